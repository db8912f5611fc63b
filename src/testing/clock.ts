import type { Clock } from '../core/clock.ts'

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** Moves on by this many milliseconds. */
  advance(ms: number): void
  set(now: number): void
}

/** @param start Epoch milliseconds. Default: the first of January 2026. */
export function fakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let now = start
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
    set(value) {
      now = value
    },
  }
}
