import type { Answer, Copy, Lease, Mark, SessionCache } from '../../core/cache.ts'
import { momentOf, timeAt, type Clock } from '../../core/clock.ts'
import type { Emit } from '../../core/events.ts'
import { within } from '../../core/within.ts'
import { createRetries } from './retries.ts'

/**
 * A cache that cannot hold up or break a request: every operation has a time limit, a failing cache is left alone
 * for a while, and what it must still be told waits in a queue.
 */
export interface GuardedCache {
  /** undefined when the cache fails: the store is asked. */
  get(id: string): Answer<Copy | Mark | undefined>
  lease(id: string): Answer<Lease | undefined>
  fill(copy: Copy, lease: Lease): Answer<void>
  /** Retried until it arrives. */
  put(copy: Copy): Promise<void>
  /** Whether the cache knows now; if not, it is retried until it does. */
  bury(id: string, mark: Mark): Promise<boolean>
  /** Copies confirmed before this time may have missed a burial: epoch milliseconds, 0 while all is well. */
  distrustedUntil(): number
  /** What another process changed. Where that fails, every copy from before is distrusted. */
  forget(ids: readonly string[] | 'all'): void
  attach(emit: Emit, clock: Clock): void
  close(): void
}

export function guardCache(cache: SessionCache, ownClock: Clock, timeout: number): GuardedCache {
  let emit: Emit = () => {}
  let clock = ownClock
  let health: Health = { kind: 'up' }
  const late = (): Error => new Error(`The cache did not answer within ${timeout} ms`)
  /** The moment when the last outage ended. */
  let recoveredAt: number | undefined
  const retries = createRetries({
    moment: () => momentOf(clock),
    apply: (id, action) =>
      attempt(action.kind, () => (action.kind === 'put' ? cache.put(action.copy) : cache.bury(id, action.mark))),
    onRetried: (id, pending) => emit({ type: 'invalidation-retried', id, pending }),
  })

  return {
    get: (id) => reading('get', () => cache.get(id)),
    lease: (id) => reading('lease', () => cache.lease(id)),
    fill: (copy, lease) => reading('fill', () => cache.fill(copy, lease)),
    async put(copy) {
      if (!(await attempt('put', () => cache.put(copy)))) retries.add(copy.record.id, { kind: 'put', copy })
    },
    async bury(id, mark) {
      const told = await attempt('bury', () => cache.bury(id, mark))
      if (told) retries.drop(id)
      else retries.add(id, { kind: 'bury', mark })
      return told
    },
    forget: (ids) => void attempt('forget', () => cache.forget?.(ids)),
    distrustedUntil() {
      if (health.kind === 'down') return clock.now()
      return recoveredAt === undefined ? 0 : timeAt(clock, recoveredAt)
    },
    attach(listener, shared) {
      emit = listener
      clock = shared
    },
    close: () => retries.close(),
  }

  /** A read that fails is a miss. An in-process cache answers at once, and so does this. */
  function reading<T>(operation: string, ask: () => Answer<T>): Answer<T | undefined> {
    if (resting()) return undefined
    try {
      const answer = ask()
      if (!(answer instanceof Promise)) return answer
      return within(timeout, answer, late).then(
        (value) => (succeeded(), value),
        (error: unknown) => (failed(operation, error), undefined),
      )
    } catch (error) {
      failed(operation, error)
      return undefined
    }
  }

  async function attempt(operation: string, tell: () => Answer<void>): Promise<boolean> {
    if (resting()) return false
    try {
      const told = tell()
      if (told instanceof Promise) await within(timeout, told, late)
      succeeded()
      return true
    } catch (error) {
      failed(operation, error)
      return false
    }
  }

  /** Now and then one operation finds out whether the cache is back. The others do not wait for that. */
  function resting(): boolean {
    if (health.kind === 'up') return false
    if (momentOf(clock) < health.retryAt) return true
    health = { kind: 'down', retryAt: momentOf(clock) + REST_MS }
    return false
  }

  function failed(operation: string, error: unknown): void {
    health = { kind: 'down', retryAt: momentOf(clock) + REST_MS }
    emit({ type: 'cache-failed', operation, error })
  }

  function succeeded(): void {
    if (health.kind === 'up') return
    health = { kind: 'up' }
    recoveredAt = momentOf(clock)
    emit({ type: 'cache-recovered' })
  }
}

type Health = { readonly kind: 'up' } | { readonly kind: 'down'; readonly retryAt: number }

const REST_MS = 1000
