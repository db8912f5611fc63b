/** What bounds the lab: in time, in memory, and in number. */
export interface Limits {
  /** Milliseconds a run may take, from its start to its last request. It takes a fifth of a second. */
  readonly runMs: number
  /** Milliseconds the application of a run lives on for its live page. */
  readonly liveMs: number
  /** Milliseconds the site waits for the thread of the runs before it takes it for stuck and starts another. */
  readonly patienceMs: number
  /** That thread's memory. It ends when it needs more, and the site does not. */
  readonly heapMib: number
  /** Runs at the same time. */
  readonly mostRunning: number
  /** Runs that wait for their turn. */
  readonly mostWaiting: number
  /** Live pages at the same time. The oldest makes room. With 0 there are none. */
  readonly mostLive: number
  /** Requests of one network address. A class behind one router is many learners. */
  readonly runsAMinute: number
  readonly readingsAMinute: number
  /** Questions that were answered, and looks at what a live page has reported. */
  readonly looksAMinute: number
}

export const LIMITS: Limits = {
  runMs: 10_000,
  liveMs: 30_000,
  patienceMs: 15_000,
  heapMib: 256,
  mostRunning: 4,
  mostWaiting: 60,
  mostLive: 40,
  runsAMinute: 600,
  readingsAMinute: 600,
  looksAMinute: 6000,
}

/** The most bytes of a request. The text of the settings has a limit of its own. */
export const BODY_LIMIT = '16kb'
