import { HoldfastError } from '../../core/errors.ts'
import type { SessionInfo } from '../../core/life.ts'
import { describeDevice } from '../../theft/client.ts'
import type { DjangoContext } from './context.ts'
import type { Row } from './engine.ts'
import { claimedSubject, identify } from './identify.ts'
import { PROVED_AT } from './names.ts'
import { publicId } from './record.ts'

/** Django's table does not say whose a session is. So all that live are read, and each one is asked. */
export async function listOf(subject: string, context: DjangoContext): Promise<SessionInfo[]> {
  const found: SessionInfo[] = []
  const identity = { ...context.rules.identity, verify: true }
  const user = await context.engine.findUser(subject)
  for await (const row of rows('list()', context)) {
    const data = context.shape.codec.parse(row.data)
    if (claimedSubject(data) !== subject) continue
    // Whether a request with this session would be that user's.
    if ((await identify(data, async () => user, identity)).kind !== 'user') continue
    const { [PROVED_AT]: provedAt } = data
    const lastSeenAt = new Date(row.savedAt)
    found.push({
      id: publicId(row.key),
      subject,
      device: describeDevice(''),
      createdAt: typeof provedAt === 'number' ? new Date(provedAt) : lastSeenAt,
      lastSeenAt,
      expiresAt: new Date(row.expireDate),
    })
  }
  return found.toSorted((one, other) => one.createdAt.getTime() - other.createdAt.getTime())
}

export async function revokeOne(
  id: string,
  subject: string | undefined,
  context: DjangoContext,
): Promise<{ revoked: boolean; propagated: boolean }> {
  for await (const row of rows('revoke()', context)) {
    if (publicId(row.key) !== id) continue
    if (subject !== undefined && claimedSubject(context.shape.codec.parse(row.data)) !== subject) break
    const { ended, propagated } = await end(row, subject ?? null, 'revoke', context)
    return { revoked: ended, propagated }
  }
  return { revoked: false, propagated: true }
}

export async function revokeAll(
  subject: string,
  except: string | undefined,
  context: DjangoContext,
): Promise<{ revoked: number; propagated: boolean }> {
  let revoked = 0
  let told = true
  // Also those that would be nobody's just now: a user who is not active may be again.
  for await (const row of rows('revokeAll()', context)) {
    if (claimedSubject(context.shape.codec.parse(row.data)) !== subject || publicId(row.key) === except) continue
    const { ended, propagated } = await end(row, subject, 'revoke-all', context)
    if (ended) revoked++
    told &&= propagated
  }
  return { revoked, propagated: told }
}

async function end(
  { key }: Row,
  subject: string | null,
  reason: 'revoke' | 'revoke-all',
  { engine, emit }: DjangoContext,
): Promise<{ ended: boolean; propagated: boolean }> {
  const { ended, propagated } = await engine.end(key)
  if (ended) emit({ type: 'ended', id: publicId(key), subject, reason, propagated })
  return { ended, propagated }
}

/** Those that cannot be read come last, as an error: one of them must not keep the others alive. */
async function* rows(verb: string, { engine: { scan, name } }: DjangoContext): AsyncGenerator<Row> {
  if (scan === undefined) {
    throw new HoldfastError('ERR_ENGINE', `${verb} has nothing to look through: the engine '${name}' keeps no table`)
  }
  let after = ''
  const failures: unknown[] = []
  for (;;) {
    const batch = await scan(after, BATCH)
    for (const row of batch) {
      if ('failure' in row) failures.push(row.failure)
      else yield row
    }
    const last = batch.at(-1)
    if (last === undefined || batch.length < BATCH) break
    after = last.key
  }
  if (failures.length > 0) throw failures[0]
}

const BATCH = 500
