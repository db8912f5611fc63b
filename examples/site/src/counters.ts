/** Counts attempts, for all processes together. */
export interface Counters {
  /** One more. The first one opens a window of so many milliseconds; after it the count begins anew. */
  add(key: string, windowMs: number): Promise<{ readonly count: number; readonly until: Date }>
  /** One less, as if it had not been. */
  takeBack(key: string): Promise<void>
  /** Forgets what is over. */
  clear(): Promise<void>
}
