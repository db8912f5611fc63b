import type { Policy } from './options.ts'
import { expiresAt, type Lifetime } from './record.ts'
import { HoldfastTypeError } from './errors.ts'
import type { ExpiryChange } from './session.ts'

/** What lengthens a session's life. Nothing a client sends does. */
export type Expiry =
  /** Every request; written at most once per tenth of the idle limit. */
  | 'sliding'
  /** Every request, written each time (Django's SESSION_SAVE_EVERY_REQUEST). */
  | 'every-request'
  /** Only a save of data, a login or a cycle (Django's default: reading is not activity). */
  | 'since-save'

/** Whether a request at `now` should move the record's `seenAt`. */
export function touchIsDue(record: Lifetime, now: number, expiry: Expiry): boolean {
  switch (expiry) {
    case 'since-save':
      return false
    case 'every-request':
      return now > record.seenAt
    case 'sliding':
      return now - record.seenAt >= (record.idleSeconds * 1000) / TOUCHES_PER_IDLE_LIMIT
  }
}

/** Whole seconds until the record ends, never negative. */
export function secondsLeft(record: Lifetime, now: number): number {
  return Math.max(0, Math.ceil((expiresAt(record) - now) / 1000))
}

/** The same for a session as its request leaves it, which may not be stored yet. */
export function expiryAge(
  { record, expiry }: { record: Lifetime | undefined; expiry: ExpiryChange | undefined },
  { idleSeconds, clock }: Pick<Policy, 'idleSeconds' | 'clock'>,
): number {
  if (expiry === undefined && record !== undefined) return secondsLeft(record, clock.now())
  return expiry?.kind === 'seconds' && expiry.seconds > 0 ? expiry.seconds : idleSeconds
}

/** What `setExpiry` was given, checked. */
export function expiryChange(expiry: number | Date | null): ExpiryChange {
  if (expiry === null) return { kind: 'default' }
  if (typeof expiry === 'number' && Number.isInteger(expiry) && expiry >= 0) return { kind: 'seconds', seconds: expiry }
  throw new HoldfastTypeError('ERR_OPTION', 'setExpiry takes a whole number of seconds, or null')
}

/** Whether the cookie ends with the browser. `cookieSeconds`: what an earlier `setExpiry` asked for. */
export function endsWithBrowser(
  expiry: ExpiryChange | undefined,
  cookieSeconds: number | undefined,
  cookie: { readonly maxAge: number | undefined },
): boolean {
  const asked = expiry === undefined ? cookieSeconds : expiry.kind === 'seconds' ? expiry.seconds : undefined
  return (asked ?? cookie.maxAge ?? 0) === 0
}

const TOUCHES_PER_IDLE_LIMIT = 10
