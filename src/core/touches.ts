import type { StoredEngine } from './engine.ts'
import type { Emit } from './events.ts'

/** Collects the touches of many requests, so that one statement carries them all. */
export interface Touches {
  /** `msLeft`: how long the record has to live. A touch must arrive while it lives. */
  add(id: string, seenAt: number, msLeft: number): void
  /** Whether one as late as this waits already; then a request need not add its own. */
  covers(id: string, seenAt: number): boolean
  flush(): Promise<void>
}

export function createTouches(engine: StoredEngine, emit: Emit): Touches {
  let waiting = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()

  return {
    covers: (id, seenAt) => (waiting.get(id) ?? -Infinity) >= seenAt,
    add(id, seenAt, msLeft) {
      waiting.set(id, Math.max(seenAt, waiting.get(id) ?? 0))
      if (msLeft < URGENT_MS) void flush()
      else timer ??= setTimeout(() => void flush(), DELAY_MS).unref()
    },
    flush,
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const batch = [...waiting].map(([id, seenAt]) => ({ id, seenAt }))
    waiting = new Map()
    if (batch.length > 0) flushing = flushing.then(() => send(batch))
    return flushing
  }

  async function send(batch: readonly { id: string; seenAt: number }[]): Promise<void> {
    try {
      await engine.touch(batch)
    } catch (error) {
      // The sessions live on; they only end a little earlier than they might.
      emit({ type: 'touch-failed', count: batch.length, error })
    }
  }
}

const DELAY_MS = 500
const URGENT_MS = 10_000
