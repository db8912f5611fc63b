/** How long a run may take, from its start to its last request. It takes a fifth of a second. */
export const RUN_MS = 10_000

/** How long the application of a run lives on for its live page. */
export const LIVE_MS = 30_000

/** How long the site waits for the thread before it takes it for stuck and starts another. */
export const PATIENCE_MS = 15_000

/** The thread's memory, in MiB: it ends when it needs more, and the site does not. */
export const HEAP_MIB = 256

/** Runs at the same time, and runs that wait for their turn. */
export const MOST_RUNNING = 4
export const MOST_WAITING = 60

/** Live pages at the same time. The oldest makes room. */
export const MOST_LIVE = 40

/** The most bytes of a request. The text of the settings has a limit of its own. */
export const BODY_LIMIT = '16kb'

/** Requests of one network address in a minute: a class behind one router is many learners. */
export const MOST_RUNS_A_MINUTE = 600
export const MOST_READINGS_A_MINUTE = 6000
