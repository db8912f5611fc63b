/**
 * Whose a session was when it was last seen here, so that its row and its user can be asked for in one go. A guess
 * decides nothing: what the row says counts.
 */
export interface Guesses {
  get(key: string): string | undefined
  set(key: string, subject: string | null): void
}

export function createGuesses(): Guesses {
  const known = new Map<string, string>()
  return {
    get: (key) => known.get(beginningOf(key)),
    set(key, subject) {
      const begins = beginningOf(key)
      known.delete(begins)
      if (subject === null) return
      known.set(begins, subject)
      if (known.size > MOST) known.delete(known.keys().next().value as string)
    },
  }
}

/** Enough to tell sessions apart, and far from enough to have one. */
function beginningOf(key: string): string {
  return key.slice(0, 8)
}

/** A few megabytes. */
const MOST = 20_000
