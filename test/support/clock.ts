import type { Clock } from '../../src/index.ts'

/** Time that moves only when a test says so. Stores, caches and sessions of one test share it. */
export interface FakeClock extends Clock {
  advance(seconds: number): void
}

export function fakeClock(start = Date.UTC(2030, 0, 1)): FakeClock {
  let now = start
  return {
    now: () => now,
    advance(seconds) {
      now += seconds * 1000
    },
  }
}
