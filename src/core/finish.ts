import { renewalIsDue } from '../theft/renewal.ts'
import { beginSession, replaceSession } from './begin.ts'
import type { Context, Core } from './context.ts'
import { HoldfastError } from './errors.ts'
import { touchIsDue } from './lifetime.ts'
import { expiresAt } from './record.ts'
import { isNavigation } from './request.ts'
import { saveSession } from './save.ts'
import { unitOf, type AnyLive, type AnySession, type Identity, type StoredLive, type Unit } from './session.ts'
import { cookieAgain, cookieFor, isPersistent, renewalTimes } from './set-cookie.ts'

/** What the response owes the session. */
export interface Outgoing {
  /** The session was read or changed: `Vary: Cookie` and `Cache-Control: no-store`. */
  readonly touched: boolean
  readonly setCookie: string | undefined
}

/**
 * Commits what the request did to its session, before the response's headers leave. With a status of 500 or more
 * data changes, logins and cycles are dropped; logouts and flushes have already happened and stay.
 */
export function finishSession(session: AnySession, status: number, context: Context): Outgoing | Promise<Outgoing> {
  const unit = unitToCommit(session)
  const failed = status >= 500
  if (!unit.accessed && (failed || !mustPersist(unit, context))) {
    touch(unit, context)
    return { touched: false, setCookie: undefined }
  }
  const changes = failed ? [] : unit.draft.changes()
  const identity: Identity = failed ? { kind: 'same' } : unit.identity
  const expiry = failed ? undefined : unit.expiry
  const migrated = !failed && unit.draft.migrated
  const { record } = unit

  if (record === undefined) {
    if (identity.kind !== 'login' && changes.length === 0) return nothing(unit, context)
    return beginSession(unit, identity, changes, context).then((begun) =>
      begun === undefined ? nothing(unit, context) : { touched: true, setCookie: cookieFor(begun, unit, context) },
    )
  }
  if (identity.kind !== 'same') {
    return replaceSession(unit, record, identity, changes, context).then((begun) => ({
      touched: true,
      setCookie: cookieFor(begun, unit, context),
    }))
  }
  if (changes.length > 0 || expiry !== undefined || migrated || mayRenew(unit, context)) {
    return saveSession(unit, record, { changes, expiry, migrated }, context).then((setCookie) => ({
      touched: true,
      setCookie,
    }))
  }
  const again = cookieAgain(unit, { lengthened: touch(unit, context), changed: false }, context)
  if (again === undefined) return { touched: true, setCookie: undefined }
  return isAlive(record.id, context).then((alive) => ({ touched: true, setCookie: alive ? again : undefined }))
}

/** What a session is made of, for the one commit that it gets. */
export function unitToCommit<Live extends AnyLive = StoredLive>(session: AnySession): Unit<Live> {
  const unit = unitOf<Live>(session)
  if (unit.committed) throw new HoldfastError('ERR_COMMITTED', 'it was committed before')
  unit.committed = true
  return unit
}

/** Asked before an old cookie is sent again: the session may have ended, or got a new id, while the handler worked. */
async function isAlive(id: string, { engine, emit }: Context): Promise<boolean> {
  try {
    return (await engine.load(id)) !== undefined
  } catch (error) {
    // Nothing was to be written, so the response stands; the cookie merely lives a little shorter.
    emit({ type: 'renewal-failed', id, error })
    return false
  }
}

/**
 * No session now. The cookie goes if this request itself ended the session, or if a page load carried a dead token;
 * any other late response keeps its hands off a cookie that a newer login may have set.
 */
export function nothing(unit: Unit<AnyLive>, { cookie }: Core): Outgoing {
  const remove = unit.ended || (unit.origin.kind === 'dead' && isNavigation(unit.request))
  return { touched: true, setCookie: remove ? cookie.remove() : undefined }
}

/** Sliding expiry. Answers whether this request moved it. */
function touch({ record, arrivedAt }: Unit, { policy, touches }: Context): boolean {
  if (record === undefined || !policy.clock.isSure() || !touchIsDue(record, arrivedAt, policy.expiry)) return false
  const throttle = policy.expiry === 'every-request' ? 0 : record.idleSeconds * 100
  if (touches.covers(record.id, arrivedAt - throttle)) return false
  touches.add(record.id, arrivedAt, expiresAt(record) - arrivedAt)
  return true
}

function mayRenew({ origin, record, arrivedAt }: Unit, context: Context): boolean {
  if (origin.kind !== 'live' || record === undefined) return false
  const lengthened = touchIsDue(record, arrivedAt, context.policy.expiry)
  const times = renewalTimes(record, origin.security, { lengthened, changed: false }, context)
  return times !== undefined && renewalIsDue(origin.security, origin.presented, times)
}

/** Where every request counts as a save, it lengthens a cookie's own life too, as in Django. */
function mustPersist({ origin }: Unit, context: Context): boolean {
  return context.policy.expiry === 'every-request' && origin.kind === 'live' && isPersistent(origin.security, context)
}
