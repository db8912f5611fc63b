import { timeAt } from './clock.ts'
import type { SharedClock } from './shared-clock.ts'

/** When a request arrived. */
export interface Arrival {
  /** Epoch milliseconds. While the clock is not sure, they are its guess; once it is, they are right and stay. */
  readonly at: number
}

export function arrive(clock: SharedClock): Arrival {
  let at = clock.now()
  if (clock.isSure()) return { at }
  const moment = clock.monotonic()
  let isSure = false
  return {
    get at() {
      if (isSure) return at
      isSure = clock.isSure()
      at = timeAt(clock, moment)
      return at
    },
  }
}
