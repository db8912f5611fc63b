import type { SessionRecord } from '../../core/record.ts'
import { textOf } from '../../redis/client.ts'

/** The fields of the hash, in the order in which scripts answer them. */
export const FIELDS = [
  'id',
  'revision',
  'subject',
  'data',
  'createdAt',
  'seenAt',
  'idleSeconds',
  'absoluteAt',
  'security',
] as const satisfies readonly (keyof SessionRecord)[]

export function readRow(row: unknown): SessionRecord {
  const values = Array.isArray(row) ? row.map(textOf) : []
  const [id = '', revision, subject, data = '', createdAt, seenAt, idleSeconds, absoluteAt, security = ''] = values
  return {
    id,
    revision: Number(revision),
    subject: subject ?? null,
    data,
    createdAt: Number(createdAt),
    seenAt: Number(seenAt),
    idleSeconds: Number(idleSeconds),
    absoluteAt: Number(absoluteAt),
    security,
  }
}

/** Names and values of these fields, as a script takes them. What is null is left out. */
export function writeRow(record: SessionRecord, fields: readonly (keyof SessionRecord)[] = FIELDS): string[] {
  return fields.flatMap((field) => (record[field] === null ? [] : [field, String(record[field])]))
}
