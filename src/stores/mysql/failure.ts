import { HoldfastError } from '../../core/errors.ts'

export function failure(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  return new HoldfastError('ERR_STORE', 'MySQL did not do what it was asked', { cause: error })
}

export function late(ms: number, wasSent: boolean): HoldfastError {
  const what = wasSent
    ? `MySQL did not answer within ${ms} ms, and may still do what it was asked`
    : `there was no connection to MySQL for ${ms} ms, and it was asked nothing`
  return new HoldfastError('ERR_STORE', what)
}

/** Whether the server undid the transaction so that others could go on. Only then may a write be sent again. */
export function wasUndone(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === DEADLOCK || errno === RECORD_CHANGED
}

export function isDuplicate(error: unknown): boolean {
  return errnoOf(error) === DUPLICATE_ENTRY
}

export function isMissingTable(error: unknown): boolean {
  return errnoOf(error) === NO_SUCH_TABLE
}

function errnoOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'errno' in error ? error.errno : undefined
}

/** MariaDB's `innodb_snapshot_isolation`: a record changed since this transaction first looked. */
const RECORD_CHANGED = 1020
const DUPLICATE_ENTRY = 1062
const NO_SUCH_TABLE = 1146
const DEADLOCK = 1213
