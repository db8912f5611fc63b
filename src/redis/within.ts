import { within as inTime } from '../core/within.ts'

/** Rejects when there is no answer in time. It may still come, and so may what was asked for. */
export function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  return inTime(ms, answer, () => noAnswer(ms))
}

export function noAnswer(ms: number): Error {
  return new Error(`Redis did not answer within ${ms} ms`)
}
