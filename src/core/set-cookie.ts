import { LONGEST_MAX_AGE } from '../cookie/write.ts'
import { GRACE_MS, judge, type RenewalTimes } from '../theft/renewal.ts'
import { sealAgain, writeToken, type Token } from '../token/token.ts'
import type { Context, Core } from './context.ts'
import type { SessionRecord } from './record.ts'
import { plainHttpHost, type RequestLike } from './request.ts'
import { openSecurity, type Security } from './security.ts'
import type { Unit } from './session.ts'

/** A token that was just made for a record. */
export interface Issued {
  readonly token: Token
  readonly record: SessionRecord
  readonly security: Security
}

export function cookieFor({ token, record, security }: Issued, unit: Unit, context: Context): string {
  return setCookie(writeToken(token, context.cookie.name, context.ring), { record, security }, unit.request, context)
}

/** The cookie with any value, for as long as the session's terms say. */
export function setCookie(value: string, { record, security }: Kept, request: RequestLike, core: Core): string {
  const { cookie, policy } = core
  reportPlainHttp(request, core)
  const wanted = security.cookieSeconds ?? cookie.maxAge ?? 0
  const left = Math.ceil((record.absoluteAt - policy.clock.now()) / 1000)
  return cookie.write(value, wanted === 0 ? undefined : Math.min(wanted, left, LONGEST_MAX_AGE))
}

interface Kept {
  readonly record: Pick<SessionRecord, 'absoluteAt'>
  readonly security: Pick<Security, 'cookieSeconds'>
}

/**
 * The request's own token once more: when an older key sealed it, when the cookie has a life of its own and the
 * session's has just been lengthened, or when `setExpiry` gave it another life.
 *
 * Only while no renewal can come within the grace time: this response may be late, and must not put a token that
 * is on its way out over the one that replaced it. The owner would look like a thief. A renewal sends a cookie anyway.
 */
export function cookieAgain(unit: Unit, { lengthened, changed }: Told, context: Context): string | undefined {
  const { origin, record } = unit
  if (origin.kind !== 'live' || record === undefined) return undefined
  const { value, sealedBy } = origin
  const security = openSecurity(record, context.ring)
  if (security === undefined) return undefined
  const news = changed || (lengthened && isPersistent(security, context))
  if (sealedBy === 'first' && !news) return undefined
  // The record does not show that a token was only sealed anew, so an early renewal must be out of reach too.
  if (!isSettled(security, unit, news ? GRACE_MS : 2 * GRACE_MS, context)) return undefined
  return setCookie(sealAgain(value, context.cookie.name, context.ring), { record, security }, unit.request, context)
}

/** What a browser has to be told of by a cookie. */
export interface Told {
  readonly lengthened: boolean
  /** By `setExpiry`. */
  readonly changed: boolean
}

/** The cookie has a life of its own, and does not end with the browser. */
export function isPersistent(security: Security, { cookie }: Context): boolean {
  return (security.cookieSeconds ?? cookie.maxAge ?? 0) > 0
}

/**
 * When a renewal is due. In the grace time before that, `cookieAgain` stays silent; a cookie that the browser must be
 * told of would end before its session. So a renewal comes early then, and takes the news along, unless the old
 * token was sent less than the grace time ago: then the cookie ends at most that much too early. Undefined while the
 * time is not sure.
 */
export function renewalTimes(
  record: SessionRecord,
  security: Security,
  { lengthened, changed }: Told,
  context: Context,
): RenewalTimes | undefined {
  const { policy, touches } = context
  // A grace time that begins by a wrong clock would make a thief of its owner.
  if (!policy.clock.isSure()) return undefined
  const now = policy.clock.now()
  const every = policy.renewalMs
  const news = changed || (lengthened && isPersistent(security, context))
  const sentAt = Math.max(security.current.issuedAt, record.seenAt)
  if (every === null || !news || now - sentAt < GRACE_MS || touches.covers(record.id, now - GRACE_MS)) {
    return { now, every }
  }
  return { now, every: every - GRACE_MS }
}

function isSettled(security: Security, { origin, arrivedAt }: Unit, margin: number, { policy }: Context): boolean {
  if (origin.kind !== 'live' || security.next !== undefined || !policy.clock.isSure()) return false
  if (judge(security, origin.token, arrivedAt) !== 'current') return false
  return policy.renewalMs === null || policy.clock.now() < security.current.issuedAt + policy.renewalMs - margin
}

function reportPlainHttp(request: RequestLike, { cookie, emitOnce }: Core): void {
  const host = cookie.secure ? plainHttpHost(request) : undefined
  if (host !== undefined) emitOnce({ type: 'insecure-transport', host })
}
