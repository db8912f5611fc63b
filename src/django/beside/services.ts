import { readCookie } from '../../cookie/read.ts'
import type { Change } from '../../core/changes.ts'
import { HoldfastError } from '../../core/errors.ts'
import { interrupted } from '../../core/interrupted.ts'
import { startOver } from '../../core/new-session.ts'
import { readHeader } from '../../core/request.ts'
import type { SessionServices, Unit } from '../../core/session.ts'
import { randomText } from '../wire/session-key.ts'
import { sessionAuthHash, verifySessionAuthHash } from '../wire/auth-hash.ts'
import type { DjangoContext } from './context.ts'
import { expiryOf, expiryValue } from '../wire/expiry.ts'
import { isEmpty } from './finish.ts'
import { CSRF_TOKEN, EXPIRY, PROVED_AT, RESERVED, USER_BACKEND, USER_HASH, USER_ID } from './names.ts'
import { recordOf, type DjangoLive } from './record.ts'

/** What a session does beyond itself. The context comes late, because it holds these services. */
export function createDjangoServices(context: () => DjangoContext): SessionServices<DjangoLive> {
  const expiryOfUnit = ({ draft }: Unit<DjangoLive>) => expiryOf(draft.get(EXPIRY), context().rules.expiry)
  return {
    reserved: RESERVED,
    now: () => context().policy.clock.now(),
    take: (unit, key) => take(unit, key, context()),
    checkLogin: (unit, subject, since) => checkLogin(unit, subject, since, context()),
    signedIn: (unit, subject) => signedIn(unit, subject, context()),
    end: (unit, reason) => end(unit, reason, context()),
    setExpiry({ draft }, expiry) {
      const value = expiryValue(expiry, context().rules.expiry)
      if (value === undefined) draft.delete(EXPIRY)
      else draft.set(EXPIRY, value)
    },
    expiryAge: (unit) => expiryOfUnit(unit).ageSeconds,
    expiryDate: (unit) => new Date(expiryOfUnit(unit).date),
    endsWithBrowser: (unit) => expiryOfUnit(unit).atBrowserClose,
    isEmpty,
  }
}

/** One compare-and-swap decides who gets the value. */
async function take(unit: Unit<DjangoLive>, key: string, context: DjangoContext): Promise<unknown> {
  const { engine, committer } = context
  const { record, draft } = unit
  if (engine.remembersNothing) {
    throw new HoldfastError('ERR_ENGINE', 'take() gives a value once, and a copy of the cookie would give it again')
  }
  let taken: unknown
  if (record !== undefined) {
    const removal: Change = {
      kind: 'update',
      key,
      fn(value) {
        taken = value
        return undefined
      },
    }
    const kept = await engine.loadFresh(record.key)
    const outcome =
      kept &&
      (await committer.write({
        record: recordOf(kept, record.subject),
        changes: [removal],
        result: undefined,
        seen: draft.seen,
        migrated: false,
        amend: () => undefined,
      }))
    if (outcome === undefined || outcome.kind === 'gone') throw interrupted(record.id, context)
    draft.rebase(outcome.record)
    unit.record = outcome.record
  }
  // What this very request has put there since and not yet committed.
  const own = draft.get(key)
  draft.delete(key)
  return own ?? taken
}

async function checkLogin(
  unit: Unit<DjangoLive>,
  subject: string,
  since: number | undefined,
  { engine, users }: DjangoContext,
): Promise<void> {
  if (since !== undefined) {
    throw new HoldfastError(
      'ERR_ENGINE',
      "login() with since: Django's tables have no epoch; djangoLogin() takes the password that was checked",
    )
  }
  const user = await engine.findUser(subject)
  // The text must be Django's own for that key, because Django compares it as text.
  if (user === undefined || !user.isActive || user.id !== subject) throw new HoldfastError('ERR_USER')
  users.set(unit, user)
}

/** Django's `login()`, but for the key, which is always a new one here. */
function signedIn(unit: Unit<DjangoLive>, subject: string, { rules, users, policy }: DjangoContext): void {
  const { draft } = unit
  const user = users.get(unit)
  if (user === undefined) throw new HoldfastError('ERR_USER')
  const { keys, backends } = rules.identity
  const hash = sessionAuthHash(user.password, keys[0])
  // Whoever was here before leaves nothing to somebody else, nor to who has another password now.
  if (draft.has(USER_ID)) {
    const known =
      draft.get(USER_ID) === subject && verifySessionAuthHash(String(draft.get(USER_HASH)), user.password, keys)
    if (known === false || known === 'wrong') draft.clear()
  }
  draft.set(USER_ID, subject)
  draft.set(USER_BACKEND, backends[0])
  draft.set(USER_HASH, hash)
  draft.set(PROVED_AT, policy.clock.now())
  if (rules.csrfInSession) draft.set(CSRF_TOKEN, randomText(32, CSRF_ALPHABET))
}

const CSRF_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The session is over here. But Django may have filled its cache with it since, and know the visitor still. */
async function endDead(
  { origin, request }: Unit<DjangoLive>,
  { engine, cookie }: DjangoContext,
): Promise<{ ended: boolean; propagated: boolean }> {
  const header = origin.kind === 'dead' && engine.forget !== undefined ? readHeader(request, 'cookie') : undefined
  const keys = header === undefined ? [] : readCookie(header, cookie.name)
  const told = await Promise.all(keys.map(async (key) => engine.forget?.(key)))
  return { ended: false, propagated: !told.includes(false) }
}

async function end(
  unit: Unit<DjangoLive>,
  reason: 'logout' | 'flush',
  context: DjangoContext,
): Promise<{ propagated: boolean }> {
  const { engine, emit } = context
  // Once more, where this very request has ended it before: a cache may not have heard of it.
  const known = unit.record ?? (unit.origin.kind === 'live' ? unit.origin.record : undefined)
  const { ended, propagated } = known === undefined ? await endDead(unit, context) : await engine.end(known.key)
  if (known !== undefined && ended) emit({ type: 'ended', id: known.id, subject: known.subject, reason, propagated })
  startOver(unit, context)
  unit.draft.save() // As in Django `modified` says so, whatever there was to end.
  context.users.delete(unit)
  unit.ended ||= ended
  return { propagated }
}
