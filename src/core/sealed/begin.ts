import { newId } from '../../token/token.ts'
import { refused } from '../begin.ts'
import { rewrite, type Change } from '../changes.ts'
import { EMPTY_JSON } from '../data.ts'
import { interrupted } from '../interrupted.ts'
import { isExpired } from '../record.ts'
import { setCookie } from '../set-cookie.ts'
import type { Identity, Unit } from '../session.ts'
import { NOTHING } from '../shape.ts'
import { newTerms } from '../terms.ts'
import type { SealedContext } from './context.ts'
import { writeSealed, type Sealed, type SealedLive } from './sealed-cookie.ts'

/**
 * A session where there was none: an anonymous visitor's first data, or a login. Undefined when there is nothing to
 * keep. A request that came with a cookie replaced or ended a moment ago begins nothing: it is late.
 */
export async function beginSealed(
  unit: Unit<SealedLive>,
  identity: Identity,
  changes: readonly Change[],
  context: SealedContext,
): Promise<string | undefined> {
  const { emit, endings, policy, shape } = context
  const data = rewrite(NOTHING, changes, shape, undefined)
  if (identity.kind !== 'login' && data === EMPTY_JSON) return undefined
  await policy.clock.sure()
  if (identity.kind !== 'login' && unit.origin.kind === 'dead' && endings !== undefined) {
    const { id, subject = null } = unit.origin
    if ((await endings.lately({ id, subject })) !== undefined) throw interrupted(id, context)
  }
  const issued = issue(unit, identity, undefined, data, await epochFor(identity, 0, context), context)
  const { id } = issued.sealed.record
  unit.record = issued.sealed.record
  if (identity.kind === 'login') emit({ type: 'login', id, subject: identity.subject, replaced: null })
  else emit({ type: 'created', id })
  return issued.setCookie
}

/**
 * A login or a cycle: a new id. Where there are endings the old one gets its marker first, and only who writes it goes
 * on, so that of two requests at once one replaces the session and no old cookie outlives it.
 */
export async function replaceSealed(
  unit: Unit<SealedLive>,
  live: SealedLive,
  identity: Identity,
  changes: readonly Change[],
  context: SealedContext,
): Promise<string | undefined> {
  const { endings, emit, policy, shape } = context
  const { record, security } = live
  await policy.clock.sure()
  const standing = await endings?.standing(record, security.epoch)
  // Its time may have come while the handler worked.
  if (!isExpired(record, policy.clock.now()) && (standing === undefined || standing.kind === 'alive')) {
    const epoch = await epochFor(identity, standing?.epoch ?? security.epoch, context)
    // A cookie that is too large fails here, before anything has ended.
    const issued = issue(unit, identity, live, rewrite(record, changes, shape, unit.draft.seen), epoch, context)
    if (endings === undefined || (await endings.end(record, issued.sealed.record))) {
      const { id, subject } = issued.sealed.record
      unit.record = issued.sealed.record
      if (identity.kind === 'login') emit({ type: 'login', id, subject: identity.subject, replaced: record.id })
      else emit({ type: 'cycled', id, subject, replaced: record.id })
      return issued.setCookie
    }
  }
  if (identity.kind !== 'login') throw interrupted(record.id, context)
  // The old session ended meanwhile. The password was right all the same: a fresh session, nothing carried over.
  return beginSealed(unit, identity, changes, context)
}

/**
 * The epoch to seal. For a login it is the one from before the password was checked, where the application read it:
 * a "sign out everywhere" that comes after it reaches this cookie too, wherever the two of them meet.
 */
async function epochFor(identity: Identity, otherwise: number, { endings, emit }: SealedContext): Promise<number> {
  if (identity.kind !== 'login' || endings === undefined) return identity.kind === 'login' ? 0 : otherwise
  const epoch = await endings.epoch(identity.subject)
  if (identity.since !== undefined && identity.since !== epoch) throw refused('epoch', identity.subject, emit)
  return epoch
}

function issue(
  unit: Unit<SealedLive>,
  identity: Identity,
  base: Sealed | undefined,
  data: string,
  epoch: number,
  context: SealedContext,
): { sealed: Sealed; setCookie: string } {
  const { policy, cookie, cipher } = context
  const terms = newTerms(unit, identity, base, policy)
  const sealed: Sealed = { record: { id: newId(), data, ...terms.record }, security: { ...terms.security, epoch } }
  const value = writeSealed(sealed, cookie.name, cipher)
  return { sealed, setCookie: setCookie(value, sealed, unit.request, context) }
}
