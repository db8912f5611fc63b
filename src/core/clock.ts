/** Where time is read. Tests pass their own; nothing else in Holdfast asks for the time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
