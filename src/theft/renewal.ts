import type { Security, Verifier } from '../core/security.ts'
import type { GenuineToken } from '../token/reader.ts'
import { newSecret, sameVerifier, verifierOf } from '../token/token.ts'

/** What a genuine token turned out to be, held against a record. */
export type Presented =
  | 'current'
  | 'next'
  | 'previous'
  | 'lost'
  /** It was ours once and is not any more: someone has a copy. */
  | 'reuse'
  /** It is newer than the record: the store lost a write. No theft. */
  | 'store-behind'

/**
 * Judges by the time the request *arrived*: a request must not turn into theft because it queued.
 * Only a record from the store may be asked about `reuse` and `store-behind`; a cached one may be older than the token.
 */
export function judge(security: Security, { verifier, generation }: PresentedToken, arrivedAt: number): Presented {
  const { current, next, previous, lost } = security
  if (sameVerifier(verifier, current.verifier)) return 'current'
  if (next !== undefined && sameVerifier(verifier, next.verifier)) return 'next'
  if (previous !== undefined && stands(previous.until, arrivedAt) && sameVerifier(verifier, previous.verifier))
    return 'previous'
  if (lost !== undefined && stands(lost.until, arrivedAt) && sameVerifier(verifier, lost.verifier)) return 'lost'
  return generation > (next ?? current).generation ? 'store-behind' : 'reuse'
}

/** What a record has to say about a token: it was found by its id. */
export type PresentedToken = Pick<GenuineToken, 'verifier' | 'generation'>

/** The record's next state after a token was seen, and the secret to send when a new one was issued. */
export interface Renewal {
  readonly security: Security
  readonly issued?: { readonly generation: number; readonly secret: Buffer }
}

export interface RenewalTimes {
  readonly now: number
  /** Milliseconds between renewals; null turns them off. */
  readonly every: number | null
}

/**
 * What the record should become because this token was presented; undefined when nothing changes.
 * A pure function of the record, so that it is computed afresh after a lost compare-and-swap, never re-applied.
 */
export function renew(
  security: Security,
  token: PresentedToken,
  arrivedAt: number,
  times: RenewalTimes,
): Renewal | undefined {
  const presented = judge(security, token, arrivedAt)
  if (!renewalIsDue(security, presented, times)) return undefined
  if (presented !== 'current') return { security: promote(security, presented, times.now) }
  // A request that arrived before `next` can have reached the browser is no sign that `next` was lost, however long
  // its handler took. Only one lost secret is remembered, so the browser's must not be pushed out.
  if (security.next !== undefined && arrivedAt - security.next.issuedAt < GRACE_MS) return undefined
  return issueNext(security, times.now)
}

/** Whether `renew` may change anything. */
export function renewalIsDue(security: Security, presented: Presented, { now, every }: RenewalTimes): boolean {
  const { current, next } = security
  if (presented === 'next' || presented === 'lost') return next !== undefined
  if (presented !== 'current' || every === null || now - current.issuedAt < every) return false
  return next === undefined || now - next.issuedAt >= GRACE_MS
}

/** Parallel requests may carry the replaced secret this long; a `next` unseen is issued again no sooner. */
export const GRACE_MS = 60_000

function promote(security: Security, presented: Presented, now: number): Security {
  const { current, next, lost, previous: _, ...rest } = security
  if (next === undefined) return security
  const previous = { verifier: current.verifier, until: now + GRACE_MS }
  if (presented === 'lost' && lost !== undefined) {
    // Its response did arrive, so this is what the browser holds. The `next` that replaced it may arrive yet.
    return {
      ...rest,
      current: { verifier: lost.verifier, generation: next.generation - 1, issuedAt: now },
      next,
      previous,
    }
  }
  const stale = lost === undefined ? {} : { lost: { verifier: lost.verifier, until: now + GRACE_MS } }
  return { ...rest, current: { ...next, issuedAt: now }, previous, ...stale }
}

function issueNext(security: Security, now: number): Renewal {
  const { next: unseen, ...rest } = security
  const secret = newSecret()
  const generation = (unseen ?? security.current).generation + 1
  const next: Verifier = { verifier: verifierOf(secret), generation, issuedAt: now }
  const lost = unseen === undefined ? {} : { lost: { verifier: unseen.verifier, until: null } }
  return { security: { ...rest, next, ...lost }, issued: { generation, secret } }
}

function stands(until: number | null, arrivedAt: number): boolean {
  return until === null || arrivedAt <= until
}
