import { renew } from '../theft/renewal.ts'
import type { Token } from '../token/token.ts'
import type { Change } from './changes.ts'
import type { Context } from './context.ts'
import { openGenuine } from './genuine.ts'
import { interrupted } from './interrupted.ts'
import { touchIsDue } from './lifetime.ts'
import type { SessionRecord } from './record.ts'
import { alter, sealSecurity } from './security.ts'
import type { ExpiryChange, Unit } from './session.ts'
import { cookieAgain, cookieFor, renewalTimes, type Issued, type Told } from './set-cookie.ts'
import { withExpiry } from './terms.ts'

/** What a request wants of the session it came with. */
export interface Wanted {
  readonly changes: readonly Change[]
  readonly expiry: ExpiryChange | undefined
  /** The request read data that had to be migrated. */
  readonly migrated: boolean
}

/**
 * Writes to a record that exists: data, expiry, renewal, in one compare-and-swap. Answers the cookie to send.
 * A renewal or a migration alone is never worth a failed request.
 */
export async function saveSession(
  unit: Unit,
  record: SessionRecord,
  wanted: Wanted,
  context: Context,
): Promise<string | undefined> {
  const { changes, expiry, migrated } = wanted
  const saving = changes.length > 0 || expiry !== undefined
  let amended: Amended | undefined

  const amend = (latest: SessionRecord): SessionRecord | undefined => {
    amended = amendRecord(latest, unit, wanted, context) // Of the newest attempt: an earlier one was never written.
    return amended?.record
  }

  try {
    const { draft } = unit
    const result = changes.length > 0 || migrated ? draft.result() : undefined
    const outcome = await context.committer.write({ record, changes, result, seen: draft.seen, migrated, amend })
    if (outcome.kind === 'gone') {
      if (saving) throw interrupted(record.id, context)
      return undefined
    }
    unit.record = outcome.record
    const { issued, told } = amended ?? UNCHANGED
    if (issued === undefined) return cookieAgain(unit, told, context)
    context.emit({ type: 'renewed', id: record.id, subject: record.subject })
    return cookieFor({ ...issued, record: outcome.record }, unit, context)
  } catch (error) {
    if (saving) throw error
    context.emit({ type: 'renewal-failed', id: record.id, error })
    return undefined
  }
}

interface Amended {
  readonly record: SessionRecord
  readonly issued: { readonly token: Token; readonly security: Issued['security'] } | undefined
  readonly told: Told
}

const UNCHANGED = { issued: undefined, told: { lengthened: false, changed: false } }

function amendRecord(
  latest: SessionRecord,
  unit: Unit,
  { changes, expiry }: Wanted,
  context: Context,
): Amended | undefined {
  const { policy, ring } = context
  const security = openGenuine(latest, context)
  if (security === undefined || unit.origin.kind !== 'live') throw interrupted(latest.id, context)
  const saving = changes.length > 0 || expiry !== undefined
  const told = {
    lengthened: saving || touchIsDue(latest, unit.arrivedAt, policy.expiry),
    changed: expiry !== undefined,
  }
  const times = renewalTimes(latest, security, told, context)
  const renewal = times && renew(security, unit.origin.token, unit.arrivedAt, times)
  if (!saving && renewal === undefined) return undefined

  // A renewal is no save: where expiry counts from the last save it moves nothing.
  const counts = policy.clock.isSure() && (saving || policy.expiry !== 'since-save')
  const seen = counts ? alter(latest, { seenAt: Math.max(latest.seenAt, unit.arrivedAt) }) : latest
  if (renewal === undefined && expiry === undefined) return { record: seen, issued: undefined, told }

  const expiring = withExpiry(seen, renewal?.security ?? security, expiry, policy.idleSeconds)
  const sealed = { ...expiring.record, security: sealSecurity(expiring.security, expiring.record, ring) }
  const issued = renewal?.issued && { token: { id: latest.id, ...renewal.issued }, security: expiring.security }
  return { record: sealed, issued, told }
}
