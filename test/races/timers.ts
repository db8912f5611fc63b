import { AsyncLocalStorage } from 'node:async_hooks'
import type { FakeClock } from '../../src/testing.ts'

/**
 * `setTimeout` on the clock of a race: what is due when time passes becomes a step of the schedule. What goes on beside
 * the races, such as a connection that is kept alive, keeps its own timers.
 */
export interface Timers {
  /** Takes what has become due. Each answers whether it was still wanted, and then has been run. */
  due(): (() => boolean)[]
  restore(): void
}

const inRace = new AsyncLocalStorage<true>()

export function asRace<T>(work: () => T): T {
  return inRace.run(true, work)
}

export function installTimers(clock: FakeClock): Timers {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  const waiting = new Map<object, { readonly at: number; readonly callback: () => void }>()

  const set = (callback: () => void, ms = 0, ...rest: []): object => {
    if (inRace.getStore() === undefined) return real.setTimeout(callback, ms, ...rest)
    const handle = { unref: () => handle, ref: () => handle, hasRef: () => false }
    waiting.set(handle, { at: clock.now() + ms, callback })
    return handle
  }
  globalThis.setTimeout = set as unknown as typeof setTimeout
  globalThis.clearTimeout = ((handle: NodeJS.Timeout) =>
    waiting.delete(handle) || real.clearTimeout(handle)) as unknown as typeof clearTimeout

  return {
    due() {
      const ready = [...waiting].filter(([, { at }]) => at <= clock.now())
      return ready.map(([handle, { callback }]) => () => {
        if (!waiting.delete(handle)) return false
        callback()
        return true
      })
    },
    restore: () => Object.assign(globalThis, real),
  }
}
