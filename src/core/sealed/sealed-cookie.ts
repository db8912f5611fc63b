import type { Cipher } from '../../token/cipher.ts'
import { HoldfastError } from '../errors.ts'
import type { SessionRecord } from '../record.ts'
import type { Security } from '../security.ts'
import type { AnyLive } from '../session.ts'

/** A session as its cookie holds it. */
export interface Sealed {
  readonly record: SealedRecord
  readonly security: SealedSecurity
}

/** What a store would keep, but for what only a store needs. */
export type SealedRecord = Omit<SessionRecord, 'revision' | 'security'>

export interface SealedSecurity extends Pick<Security, 'authenticatedAt' | 'cookieSeconds'> {
  /** The subject's epoch when this was sealed: sealed before a "sign out everywhere", it is worth nothing after. */
  readonly epoch: number
}

export interface SealedLive extends AnyLive, Sealed {
  readonly record: SealedRecord
  readonly security: SealedSecurity
  /** The subject's epoch now; undefined without endings. */
  readonly epochNow: number | undefined
}

/**
 * The cookie's value: base64url of what `createCipher` makes of two lines of JSON, first what Holdfast keeps, then
 * the data. It is bound to the cookie's name. There is one format and no other decoder: a change of it needs another
 * purpose for the keys, so that no old value is ever read as a new one.
 *
 * @throws HoldfastError ERR_DATA_LIMIT when a browser would drop the cookie.
 */
export function writeSealed({ record, security }: Sealed, cookieName: string, cipher: Cipher): string {
  const { id, subject, createdAt, seenAt, idleSeconds, absoluteAt, data } = record
  const { authenticatedAt, cookieSeconds = null, epoch } = security
  const kept: Kept = [id, subject, createdAt, seenAt, idleSeconds, absoluteAt, authenticatedAt, cookieSeconds, epoch]
  const value = cipher.seal([cookieName], `${JSON.stringify(kept)}\n${data}`).toString('base64url')
  const bytes = cookieName.length + value.length
  if (bytes > MOST_COOKIE_BYTES) {
    throw new HoldfastError(
      'ERR_DATA_LIMIT',
      `its cookie would take ${bytes} bytes with its name, and browsers drop one of more than ${MOST_COOKIE_BYTES}`,
    )
  }
  return value
}

/** Undefined when no key of ours sealed this value for this cookie. */
export function readSealed(
  value: string,
  cookieName: string,
  cipher: Cipher,
): (Sealed & { readonly sealedBy: 'first' | 'older' }) | undefined {
  if (cookieName.length + value.length > MOST_COOKIE_BYTES) return undefined
  const sealed = Buffer.from(value, 'base64url')
  // One cookie, one spelling.
  if (sealed.toString('base64url') !== value) return undefined
  const opened = cipher.open([cookieName], sealed)
  if (opened === undefined) return undefined
  const { plaintext, sealedBy } = opened
  const end = plaintext.indexOf('\n')
  // A key holder wrote it, and key holders write `Kept`.
  const kept = JSON.parse(plaintext.slice(0, end)) as Kept
  const [id, subject, createdAt, seenAt, idleSeconds, absoluteAt, authenticatedAt, cookieSeconds, epoch] = kept
  const data = plaintext.slice(end + 1)
  return {
    record: { id, subject, data, createdAt, seenAt, idleSeconds, absoluteAt },
    security: { authenticatedAt, epoch, ...(cookieSeconds === null ? {} : { cookieSeconds }) },
    sealedBy,
  }
}

/** Name and value together (RFC 6265bis, section 5.6). */
export const MOST_COOKIE_BYTES = 4096

type Kept = [
  id: string,
  subject: string | null,
  createdAt: number,
  seenAt: number,
  idleSeconds: number,
  absoluteAt: number,
  authenticatedAt: number | null,
  cookieSeconds: number | null,
  epoch: number,
]
