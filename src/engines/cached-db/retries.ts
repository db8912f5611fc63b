import type { Copy, Mark } from '../../core/cache.ts'

/** What a cache must still be told. The last word about an id counts, and a burial outweighs a copy. */
export interface Retries {
  add(id: string, action: Action): void
  drop(id: string): void
  close(): void
}

export type Action = { readonly kind: 'put'; readonly copy: Copy } | { readonly kind: 'bury'; readonly mark: Mark }

export interface RetryOptions {
  /** Answers whether the cache took it. */
  readonly apply: (id: string, action: Action) => Promise<boolean>
  readonly onRetried: (id: string, pending: number) => void
}

export function createRetries({ apply, onRetried }: RetryOptions): Retries {
  const waiting = new Map<string, Action>()
  let timer: NodeJS.Timeout | undefined

  return {
    add(id, action) {
      if (action.kind === 'put' && waiting.get(id)?.kind === 'bury') return
      waiting.set(id, action)
      schedule()
    },
    drop: (id) => void waiting.delete(id),
    close: () => clearTimeout(timer),
  }

  function schedule(): void {
    timer ??= setTimeout(() => void retry(), EVERY_MS).unref()
  }

  async function retry(): Promise<void> {
    timer = undefined
    for (const [id, action] of waiting) {
      if (!(await apply(id, action))) break
      if (waiting.get(id) === action) waiting.delete(id)
      onRetried(id, waiting.size)
    }
    if (waiting.size > 0) schedule()
  }
}

const EVERY_MS = 500
