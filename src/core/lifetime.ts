import { expiresAt, type SessionRecord } from './record.ts'

/** What lengthens a session's life. Nothing a client sends does. */
export type Expiry =
  /** Every request; written at most once per tenth of the idle limit. */
  | 'sliding'
  /** Every request, written each time (Django's SESSION_SAVE_EVERY_REQUEST). */
  | 'every-request'
  /** Only a save of data, a login or a cycle (Django's default: reading is not activity). */
  | 'since-save'

/** Whether a request at `now` should move the record's `seenAt`. */
export function touchIsDue(record: SessionRecord, now: number, expiry: Expiry): boolean {
  switch (expiry) {
    case 'since-save':
      return false
    case 'every-request':
      return now > record.seenAt
    case 'sliding':
      return now - record.seenAt >= (record.idleSeconds * 1000) / TOUCHES_PER_IDLE_LIMIT
  }
}

/** Whole seconds until the record ends, never negative. */
export function secondsLeft(record: SessionRecord, now: number): number {
  return Math.max(0, Math.ceil((expiresAt(record) - now) / 1000))
}

const TOUCHES_PER_IDLE_LIMIT = 10
