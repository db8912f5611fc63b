import type { Source } from '../../shared/api.ts'

/**
 * What is in the editor and was not checked yet. It stays in this tab, so that going from step to step loses nothing.
 * A browser that keeps nothing is no trouble: what was checked comes from the server.
 */
export function readDraft(): Source | undefined {
  try {
    const kept = sessionStorage.getItem(KEY)
    return kept === null ? undefined : (JSON.parse(kept) as Source)
  } catch {
    return undefined
  }
}

export function keepDraft(source: Source): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(source))
  } catch {
    // Nothing is kept, then.
  }
}

const KEY = 'lab-draft'
