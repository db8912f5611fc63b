import type { Policy } from './options.ts'
import type { SessionRecord } from './record.ts'
import type { Security } from './security.ts'
import type { ExpiryChange, Identity } from './session.ts'

/** Whose a session is and how long it lives: what every engine keeps of it, beside its data. */
export interface Terms {
  readonly record: Pick<SessionRecord, 'subject' | 'createdAt' | 'seenAt' | 'idleSeconds' | 'absoluteAt'>
  readonly security: Pick<Security, 'authenticatedAt' | 'cookieSeconds'>
}

/** The terms of a new session. `base` is the one it replaces. */
export function newTerms(
  { arrivedAt, expiry }: { readonly arrivedAt: number; readonly expiry: ExpiryChange | undefined },
  identity: Identity,
  base: { readonly record: Terms['record']; readonly security: Terms['security'] | undefined } | undefined,
  policy: Policy,
): Terms {
  const now = policy.clock.now()
  const isLogin = identity.kind === 'login'
  const before = base?.record
  const subject = isLogin ? identity.subject : (before?.subject ?? null)
  const carriesOver = before !== undefined && (before.subject === null || before.subject === subject)
  const proved = isLogin || (identity.kind === 'cycle' && identity.reauthenticated)
  const cookieSeconds = carriesOver ? base?.security?.cookieSeconds : undefined

  const record = {
    subject,
    createdAt: isLogin || before === undefined ? now : before.createdAt,
    seenAt: now,
    idleSeconds: carriesOver ? before.idleSeconds : policy.idleSeconds,
    absoluteAt: proved || before === undefined ? now + policy.absoluteSeconds * 1000 : before.absoluteAt,
  }
  const security = {
    authenticatedAt: proved ? Math.min(arrivedAt, now) : (base?.security?.authenticatedAt ?? null),
    ...(cookieSeconds === undefined ? {} : { cookieSeconds }),
  }
  return withExpiry(record, security, expiry, policy.idleSeconds)
}

/** What `setExpiry` asked for, on the record and on the cookie. The caller seals. */
export function withExpiry<Kept extends { idleSeconds: number }, Known extends { cookieSeconds?: number }>(
  record: Kept,
  security: Known,
  expiry: ExpiryChange | undefined,
  defaultIdleSeconds: number,
): { record: Kept; security: Known } {
  if (expiry === undefined) return { record, security }
  const { cookieSeconds: _, ...rest } = security
  if (expiry.kind === 'default') {
    return { record: { ...record, idleSeconds: defaultIdleSeconds }, security: rest as Known }
  }
  const idleSeconds = expiry.seconds === 0 ? defaultIdleSeconds : expiry.seconds
  return { record: { ...record, idleSeconds }, security: { ...security, cookieSeconds: expiry.seconds } }
}
