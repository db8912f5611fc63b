import { randomBytes } from '../core/random.ts'
import type { SessionRecord } from '../core/record.ts'

export function newId(): string {
  return randomBytes(16).toString('base64url')
}

/** A record that was begun at `now` and ends 30 minutes later, unless the changes say otherwise. */
export function newRecord(now: number, changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: newId(),
    revision: 1,
    subject: null,
    data: '{}',
    createdAt: now,
    seenAt: now,
    idleSeconds: IDLE_SECONDS,
    absoluteAt: now + 12 * 60 * 60 * 1000,
    security: '{}',
    ...changes,
  }
}

export const IDLE_SECONDS = 1800
/** Long enough for a record from `newRecord` to expire. */
export const IDLE_MS = IDLE_SECONDS * 1000

/** Runs the work `times` times at once. */
export function parallel<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)))
}
