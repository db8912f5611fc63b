import { expiresAt, type SessionRecord } from '../../core/record.ts'

/** `pg` answers a bigint as text, unless the application taught it otherwise. */
type BigInteger = string | number | bigint

export interface Row {
  id: string
  revision: BigInteger
  subject: string | null
  data: string
  created_at: BigInteger
  seen_at: BigInteger
  idle_seconds: BigInteger
  absolute_at: BigInteger
  security: string
}

export const COLUMNS = 'id, revision, subject, data, created_at, seen_at, idle_seconds, absolute_at, security'

export function readRow(row: Row): SessionRecord {
  return {
    id: row.id,
    revision: Number(row.revision),
    subject: row.subject,
    data: row.data,
    createdAt: Number(row.created_at),
    seenAt: Number(row.seen_at),
    idleSeconds: Number(row.idle_seconds),
    absoluteAt: Number(row.absolute_at),
    security: row.security,
  }
}

/** The columns in their order, and `due_at`. */
export function writeRow(record: SessionRecord): unknown[] {
  const { id, revision, subject, data, createdAt, seenAt, idleSeconds, absoluteAt, security } = record
  return [id, revision, subject, data, createdAt, seenAt, idleSeconds, absoluteAt, security, expiresAt(record)]
}
