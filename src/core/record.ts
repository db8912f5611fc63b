/** Opaque to everyone but the store. Ours count up from 1; another table may use what it has. */
export type Revision = number | string

/** What a store keeps of one session. Nothing in it opens a session: of the secret it holds a hash. */
export interface SessionRecord {
  /** 22 characters of base64url: the public half of the token, safe to log and to show. */
  readonly id: string
  readonly revision: Revision
  /** Whose session it is. Never changes within a record: a login makes a new one. */
  readonly subject: string | null
  /** The session's data, a JSON object. */
  readonly data: string
  /** Epoch milliseconds, like every time in a record. */
  readonly createdAt: number
  readonly seenAt: number
  readonly idleSeconds: number
  readonly absoluteAt: number
  /** JSON of `Security`, sealed with an HMAC over it, the identity and the deadlines. */
  readonly security: string
}

export type Lifetime = Pick<SessionRecord, 'seenAt' | 'idleSeconds' | 'absoluteAt'>

/** When the record ends: the idle limit after it was last seen, or its absolute limit, whichever is first. */
export function expiresAt(record: Lifetime): number {
  return Math.min(record.seenAt + record.idleSeconds * 1000, record.absoluteAt)
}

export function isExpired(record: Lifetime, now: number): boolean {
  return expiresAt(record) <= now
}

/** How a session ended, remembered for `ENDING_SECONDS` so that late requests are told the truth. */
export interface Ending {
  /** The id that replaced it at a login or cycle; null when it simply ended. */
  readonly successor: string | null
}

export const ENDING_SECONDS = 60
