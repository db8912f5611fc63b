import { expiresAt, type SessionRecord } from '../../core/record.ts'
import type { Value } from './client.ts'

export interface Row {
  id: Bytes
  revision: BigInteger
  subject: Bytes | null
  data: Bytes
  created_at: BigInteger
  seen_at: BigInteger
  idle_seconds: BigInteger
  absolute_at: BigInteger
  security: Bytes
}

/** What `mysql2` makes of these columns is up to the options of the pool. */
type Bytes = Buffer | string
type BigInteger = number | string | bigint

export const COLUMNS = 'id, revision, subject, data, created_at, seen_at, idle_seconds, absolute_at, security'

export function readRow(row: Row): SessionRecord {
  return {
    id: readText(row.id),
    revision: Number(row.revision),
    subject: row.subject === null ? null : readText(row.subject),
    data: readText(row.data),
    createdAt: Number(row.created_at),
    seenAt: Number(row.seen_at),
    idleSeconds: Number(row.idle_seconds),
    absoluteAt: Number(row.absolute_at),
    security: readText(row.security),
  }
}

/** The columns in their order, and `due_at`. */
export function writeRow(record: SessionRecord): Value[] {
  const { id, revision, subject, data, createdAt, seenAt, idleSeconds, absoluteAt, security } = record
  const whose = subject === null ? null : bytes(subject)
  const times = [createdAt, seenAt, idleSeconds, absoluteAt]
  return [bytes(id), revision, whose, bytes(data), ...times, bytes(security), expiresAt(record)]
}

/** Bytes reach the server as they are, whatever the character set of the connection. */
export function bytes(text: string): Buffer {
  return Buffer.from(text)
}

export function readText(value: Bytes): string {
  return value.toString()
}
