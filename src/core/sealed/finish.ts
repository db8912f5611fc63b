import { nothing, unitToCommit, type Outgoing } from '../finish.ts'
import { touchIsDue } from '../lifetime.ts'
import type { AnySession, Identity, Unit } from '../session.ts'
import { beginSealed, replaceSealed } from './begin.ts'
import type { SealedContext } from './context.ts'
import { saveSealed } from './save.ts'
import type { SealedLive } from './sealed-cookie.ts'

/**
 * Commits what the request did to its session: the commit is the cookie of this response. With a status of 500 or more
 * data changes, logins and cycles are dropped; logouts and flushes have already happened and stay.
 */
export function finishSealed(
  session: AnySession,
  status: number,
  context: SealedContext,
): Outgoing | Promise<Outgoing> {
  const unit = unitToCommit<SealedLive>(session)
  const failed = status >= 500
  const { record, origin } = unit
  // A response that has nothing to do with the session must not turn uncacheable for the sake of a deadline.
  if (!unit.accessed && (failed || context.policy.expiry !== 'every-request' || record === undefined)) {
    return { touched: false, setCookie: undefined }
  }
  const changes = failed ? [] : unit.draft.changes()
  const identity: Identity = failed ? { kind: 'same' } : unit.identity
  const expiry = failed ? undefined : unit.expiry
  const migrated = !failed && unit.draft.migrated

  if (record === undefined || origin.kind !== 'live') {
    if (identity.kind !== 'login' && changes.length === 0) return nothing(unit, context)
    return beginSealed(unit, identity, changes, context).then((setCookie) =>
      setCookie === undefined ? nothing(unit, context) : { touched: true, setCookie },
    )
  }
  if (identity.kind !== 'same') {
    return replaceSealed(unit, origin, identity, changes, context).then((setCookie) => ({ touched: true, setCookie }))
  }
  if (changes.length > 0 || expiry !== undefined || migrated || isDue(unit, origin, context)) {
    return saveSealed(unit, origin, { changes, expiry, migrated }, context).then((setCookie) => ({
      touched: true,
      setCookie,
    }))
  }
  return { touched: true, setCookie: undefined }
}

/** A new cookie without news: to move a deadline, to leave an old key behind, or to say that a pardon was seen. */
function isDue({ arrivedAt }: Unit<SealedLive>, live: SealedLive, { policy }: SealedContext): boolean {
  const { record, security, sealedBy, epochNow = security.epoch } = live
  return sealedBy === 'older' || epochNow !== security.epoch || touchIsDue(record, arrivedAt, policy.expiry)
}
