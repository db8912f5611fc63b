import { keepUserAgent } from '../theft/client.ts'
import { newId, newSecret, verifierOf } from '../token/token.ts'
import { findConflicts, rewrite, type Change } from './changes.ts'
import type { Context } from './context.ts'
import { EMPTY_JSON } from './data.ts'
import type { Begun } from './engine.ts'
import { HoldfastError } from './errors.ts'
import { openGenuine } from './genuine.ts'
import type { SessionRecord } from './record.ts'
import { readHeader } from './request.ts'
import { interrupted } from './interrupted.ts'
import { openSecurity, sealSecurity, type Security } from './security.ts'
import type { Identity, Unit } from './session.ts'
import type { Issued } from './set-cookie.ts'
import { NOTHING } from './shape.ts'
import type { Guard } from './store.ts'
import { newTerms } from './terms.ts'

/**
 * A record where there was none: an anonymous visitor's first data, or a login. Undefined when there is nothing to
 * keep. A request that came with a token replaced or ended a moment ago begins nothing: it is late.
 */
export async function beginSession(
  unit: Unit,
  identity: Identity,
  changes: readonly Change[],
  context: Context,
): Promise<Issued | undefined> {
  const { engine, emit, policy, shape } = context
  const data = rewrite(NOTHING, changes, shape, undefined)
  if (identity.kind !== 'login') {
    if (data === EMPTY_JSON) return undefined
    if (unit.origin.kind === 'dead' && (await engine.findEnding(unit.origin.id)) !== undefined) {
      throw interrupted(unit.origin.id, context)
    }
  }
  await policy.clock.sure()
  const issued = issue(unit, identity, undefined, data, context)
  settle(await engine.create(issued.record, guardOf(identity, context)), identity, context)
  unit.record = issued.record
  if (identity.kind === 'login')
    emit({ type: 'login', id: issued.record.id, subject: identity.subject, replaced: null })
  else emit({ type: 'created', id: issued.record.id })
  return issued
}

/** A login or a cycle: a new id in one atomic step, the old token dead, no grace for it. */
export async function replaceSession(
  unit: Unit,
  record: SessionRecord,
  identity: Identity,
  changes: readonly Change[],
  context: Context,
): Promise<Issued> {
  const { engine, emit, policy, shape } = context
  await policy.clock.sure()
  let base: SessionRecord | undefined = record
  for (let attempt = 0; base !== undefined && attempt < MOST_ATTEMPTS; attempt++) {
    const data = rewrite(base, changes, shape, unit.draft.seen)
    const keys = findConflicts(changes, record, base, shape)
    if (keys.length > 0 && policy.onConflict === 'throw') throw new HoldfastError('ERR_CONFLICT', keys.join(', '))
    const issued = issue(unit, identity, base, data, context)
    const result = await engine.replace(base.id, base.revision, issued.record, guardOf(identity, context))
    if (result.outcome === 'stale') {
      const latest = await engine.loadFresh(base.id)
      base = latest !== undefined && openGenuine(latest, context) !== undefined ? latest : undefined
      continue
    }
    if (result.outcome === 'gone') {
      base = undefined
      continue
    }
    settle(result, identity, context)
    unit.record = issued.record
    if (keys.length > 0) emit({ type: 'conflict', id: base.id, keys })
    const { id, subject } = issued.record
    if (identity.kind === 'login') emit({ type: 'login', id, subject: identity.subject, replaced: base.id })
    else emit({ type: 'cycled', id, subject, replaced: base.id })
    return issued
  }
  // Giving up, not going on: a login beside the old session would leave the old token alive.
  if (base !== undefined) throw new HoldfastError('ERR_CONTENTION')
  if (identity.kind !== 'login') throw interrupted(record.id, context)
  // The old session ended meanwhile. The password was right all the same: a fresh record, nothing carried over.
  const fresh = await beginSession(unit, identity, changes, context)
  return fresh as Issued // A login always begins a session.
}

const MOST_ATTEMPTS = 50

/** A new record with a new token. `base` is what it takes over from. */
function issue(
  unit: Unit,
  identity: Identity,
  base: SessionRecord | undefined,
  data: string,
  context: Context,
): Issued {
  const { policy, ring } = context
  const secret = newSecret()
  const before = base && openSecurity(base, ring)
  const terms = newTerms(unit, identity, base && { record: base, security: before }, policy)
  const userAgent =
    identity.kind === 'login' || before === undefined
      ? keepUserAgent(readHeader(unit.request, 'user-agent'))
      : before.userAgent
  const current = { verifier: verifierOf(secret), generation: 0, issuedAt: terms.record.seenAt }
  const security: Security = { current, ...terms.security, userAgent }
  const unsealed = { id: newId(), revision: 1, data, ...terms.record }
  const record = { ...unsealed, security: sealSecurity(security, unsealed, ring) }
  return { token: { id: record.id, generation: 0, secret }, record, security }
}

function guardOf(identity: Identity, { policy }: Context): Guard | undefined {
  if (identity.kind !== 'login') return undefined
  return { ...policy.maxPerSubject, ...(identity.since === undefined ? {} : { epoch: identity.since }) }
}

function settle(result: Begun, identity: Identity, { emit }: Context): void {
  const subject = identity.kind === 'login' ? identity.subject : null
  if (result.outcome === 'refused') throw refused(result.reason, subject ?? '', emit)
  if (result.outcome === 'exists')
    throw new HoldfastError('ERR_STORE', 'a fresh random id was taken: is the random generator broken?')
  const { evicted, propagated = true } = result
  for (const id of evicted) emit({ type: 'ended', id, subject, reason: 'evicted', propagated })
}

export function refused(reason: 'max' | 'epoch', subject: string, emit: Context['emit']): HoldfastError {
  emit({ type: 'login-refused', subject, reason })
  return new HoldfastError(reason === 'max' ? 'ERR_TOO_MANY_SESSIONS' : 'ERR_LOGIN_STALE')
}
