import { CACHE_SECONDS, type Copy, type Mark } from '../../core/cache.ts'

/**
 * What a cache must still be told. The last word about an id counts, and a burial outweighs a copy. Nothing waits for
 * longer than a copy lives: by then the cache has forgotten what it was to be told, however long it is away.
 */
export interface Retries {
  add(id: string, action: Action): void
  drop(id: string): void
  close(): void
}

export type Action = { readonly kind: 'put'; readonly copy: Copy } | { readonly kind: 'bury'; readonly mark: Mark }

export interface RetryOptions {
  /** By a clock that nobody sets. */
  readonly moment: () => number
  /** Answers whether the cache took it. */
  readonly apply: (id: string, action: Action) => Promise<boolean>
  readonly onRetried: (id: string, pending: number) => void
}

export function createRetries({ moment, apply, onRetried }: RetryOptions): Retries {
  const waiting = new Map<string, { readonly action: Action; readonly until: number }>()
  let closed = false
  let timer: NodeJS.Timeout | undefined

  return {
    add(id, action) {
      if (action.kind === 'put' && waiting.get(id)?.action.kind === 'bury') return
      waiting.delete(id)
      waiting.set(id, { action, until: moment() + CACHE_SECONDS * 1000 })
      schedule()
    },
    drop: (id) => void waiting.delete(id),
    close() {
      closed = true
      clearTimeout(timer)
    },
  }

  function schedule(): void {
    timer ??= setTimeout(() => void retry(), EVERY_MS).unref()
  }

  async function retry(): Promise<void> {
    timer = undefined
    for (const [id, told] of waiting) {
      if (closed) return
      const isOver = told.until <= moment()
      if (!isOver && !(await apply(id, told.action))) break
      if (waiting.get(id) === told) waiting.delete(id)
      if (!isOver) onRetried(id, waiting.size)
    }
    if (waiting.size > 0) schedule()
  }
}

const EVERY_MS = 500
