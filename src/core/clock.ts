/** Where time is read. Tests pass their own; nothing else in Holdfast asks for the time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds of a clock that nobody sets. Only differences mean anything. Default: `now()`. */
  monotonic?(): number
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

export function momentOf(clock: Clock): number {
  return clock.monotonic === undefined ? clock.now() : clock.monotonic()
}

/** What time it was at a moment, by what the clock says now. */
export function timeAt(clock: Clock, moment: number): number {
  return Math.round(clock.now() - (momentOf(clock) - moment))
}
