import { HoldfastError } from '../../core/errors.ts'

export function failure(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  // The server repeats there the row that it refused: a session's data, or a key of Django's.
  if (error instanceof Error && 'detail' in error) error.detail = undefined
  return new HoldfastError('ERR_STORE', 'PostgreSQL did not do what it was asked', { cause: error })
}

export function late(ms: number, wasSent: boolean): HoldfastError {
  const what = wasSent
    ? `PostgreSQL did not answer within ${ms} ms, and may still do what it was asked`
    : `there was no connection to PostgreSQL for ${ms} ms, and it was asked nothing`
  return new HoldfastError('ERR_STORE', what)
}

/** Whether the server undid the transaction so that others could go on. Only then may a write be sent again. */
export function wasUndone(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED
}

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'
