import type { Emit } from '../../core/events.ts'
import type { DjangoCache } from '../caches/cache.ts'
import { publicId } from './record.ts'

/** Takes entries out of Django's cache, and tries again until they are out. */
export interface Forgetting {
  /**
   * Whether it is out now. If not, it is tried again, as long as there is room: for `anybody`, whose key may be of no
   * session at all, there is less.
   */
  forget(key: string, whose?: 'session' | 'anybody'): Promise<boolean>
  attach(emit: Emit): void
  close(): void
}

export function createForgetting(cache: DjangoCache, entryOf: (key: string) => string): Forgetting {
  const waiting = new Set<string>()
  let emit: Emit = () => {}
  let timer: NodeJS.Timeout | undefined

  return {
    async forget(key, whose = 'session') {
      const out = await attempt(key)
      if (!out && waiting.size < MOST_WAITING[whose]) {
        waiting.add(key)
        schedule()
      }
      return out
    },
    attach(listener) {
      emit = listener
    },
    close() {
      waiting.clear()
      clearTimeout(timer)
    },
  }

  async function attempt(key: string): Promise<boolean> {
    try {
      await cache.delete(entryOf(key))
      return true
    } catch (error) {
      emit({ type: 'cache-failed', operation: 'delete', error })
      return false
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => void retry(), EVERY_MS).unref()
  }

  async function retry(): Promise<void> {
    timer = undefined
    for (const key of waiting) {
      if (!(await attempt(key))) break
      if (waiting.delete(key)) emit({ type: 'invalidation-retried', id: publicId(key), pending: waiting.size })
    }
    if (waiting.size > 0) schedule()
  }
}

const EVERY_MS = 500
/** Where a cache is away for so long that more wait, its entries will be old in any case. */
const MOST_WAITING = { session: 10_000, anybody: 1000 }
