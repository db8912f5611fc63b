import type { SessionRecord } from '../../core/record.ts'

export interface Row {
  id: string
  revision: number
  subject: string | null
  data: string
  created_at: number
  seen_at: number
  idle_seconds: number
  absolute_at: number
  security: string
}

export function readRow(row: Row): SessionRecord {
  return {
    id: row.id,
    revision: row.revision,
    subject: row.subject,
    data: row.data,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    idleSeconds: row.idle_seconds,
    absoluteAt: row.absolute_at,
    security: row.security,
  }
}

/** Named parameters: exactly the fields of a record, whatever else an object carries. */
export function writeRow(record: SessionRecord): Record<string, string | number | null> {
  const { id, revision, subject, data, createdAt, seenAt, idleSeconds, absoluteAt, security } = record
  return { id, revision, subject, data, createdAt, seenAt, idleSeconds, absoluteAt, security }
}
