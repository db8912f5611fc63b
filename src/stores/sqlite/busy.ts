import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../core/errors.ts'
import { jitter } from '../../core/random.ts'

/**
 * Reads. A write-ahead log never holds readers up, but for the moment when another process mends it after a crash;
 * then it is asked again.
 */
export async function reading<T>(work: () => T): Promise<T> {
  const begun = performance.now()
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() - begun > LONGEST_WAIT_MS) {
        throw new HoldfastError('ERR_STORE', 'SQLite refused to read', { cause: error })
      }
      await sleep(pause())
    }
  }
}

/** Whether SQLite refused because another connection holds a lock: `SQLITE_BUSY` in any of its kinds. */
export function isBusy(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false
  return typeof error.errcode === 'number' && (error.errcode & PRIMARY_CODE) === SQLITE_BUSY
}

/** Random, so that those who wait for one lock do not all come back at once. */
export function pause(): number {
  return jitter(LONGEST_PAUSE_MS)
}

export const LONGEST_WAIT_MS = 10_000
const LONGEST_PAUSE_MS = 5
const SQLITE_BUSY = 5
/** The upper bits say which kind: of the log's recovery, of a snapshot. */
const PRIMARY_CODE = 0xff
