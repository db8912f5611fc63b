import type { Clock } from 'holdfast'

/** The application's own time: it stands still until it is wound on. */
export interface WoundClock extends Clock {
  /** Seconds since the run began. */
  elapsed(): number
  advance(seconds: number): void
}

/** Begins at the present time, so that a real browser takes its cookies for fresh. */
export function woundClock(): WoundClock {
  const start = Date.now()
  let passed = 0
  return {
    now: () => start + passed * 1000,
    elapsed: () => passed,
    advance(seconds) {
      passed += seconds
    },
  }
}
