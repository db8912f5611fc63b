import type { Copy, Lease, Mark } from '../../core/cache.ts'
import type { Revision, SessionRecord } from '../../core/record.ts'

/*
 * What stands under a key, as text that a script can compare without parsing JSON:
 *
 *   C<until> <revision> <seenAt> <confirmedAt>\n<JSON of the other fields>\n<data><security>
 *   L<until> <random>
 *   E<until>   ending
 *   B<until>   buried
 *
 * `until` is in epoch milliseconds. Redis lets go of the key at the same time by itself; the number is for a clock that
 * stands still or jumps.
 */

export function writeCopy({ record, confirmedAt }: Copy, until: number): string {
  const { subject, createdAt, seenAt, idleSeconds, absoluteAt, data, security } = record
  const fields: Fields = [record.revision, subject, createdAt, idleSeconds, absoluteAt, data.length]
  const head = `C${until} ${orderOf(record.revision)} ${seenAt} ${confirmedAt}`
  return `${head}\n${JSON.stringify(fields)}\n${data}${security}`
}

export function writeMark(mark: Mark, until: number): string {
  return `${mark === 'ending' ? 'E' : 'B'}${until}`
}

export function writeLease({ nonce }: Lease): string {
  return `L${nonce}`
}

/** A lease and an entry past its life read as undefined. */
export function readEntry(id: string, text: string, now: number): Copy | Mark | undefined {
  const kind = text[0]
  if (kind === 'L') return undefined
  const headEnd = text.indexOf('\n')
  const [until = '', , seenAt, confirmedAt] = (headEnd === -1 ? text.slice(1) : text.slice(1, headEnd)).split(' ')
  if (Number(until) <= now) return undefined
  if (kind === 'E') return 'ending'
  if (kind === 'B') return 'buried'
  const bodyAt = text.indexOf('\n', headEnd + 1) + 1
  const fields = JSON.parse(text.slice(headEnd + 1, bodyAt)) as Fields
  const [revision, subject, createdAt, idleSeconds, absoluteAt, dataLength] = fields
  const record: SessionRecord = {
    id,
    revision,
    subject,
    data: text.slice(bodyAt, bodyAt + dataLength),
    createdAt,
    seenAt: Number(seenAt),
    idleSeconds,
    absoluteAt,
    security: text.slice(bodyAt + dataLength),
  }
  return { record, confirmedAt: Number(confirmedAt) }
}

/** One word. A script orders those that are numbers, and knows only of the others whether they are the same. */
export function orderOf(revision: Revision): string {
  return typeof revision === 'number' ? String(revision) : `s${Buffer.from(revision).toString('base64url')}`
}

type Fields = [
  revision: Revision,
  subject: string | null,
  createdAt: number,
  idleSeconds: number,
  absoluteAt: number,
  dataLength: number,
]
