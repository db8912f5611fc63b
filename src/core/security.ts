import type { Fields, KeyRing } from '../token/key-ring.ts'
import type { SessionRecord } from './record.ts'

/** The part of a record that Holdfast itself relies on. Sealed, so that storage cannot be edited into someone else. */
export interface Security {
  readonly current: Verifier
  /** Issued, not yet seen. */
  readonly next?: Verifier
  /** What `current` replaced, accepted until then: parallel requests still carry it. */
  readonly previous?: Expiring
  /** A `next` that was replaced unseen. Its response may have arrived late, so it stands until `next` is seen. */
  readonly lost?: Expiring
  /** Epoch milliseconds of the last proof of identity; null for an anonymous session. */
  readonly authenticatedAt: number | null
  /** The User-Agent at the login, for "your devices". */
  readonly userAgent: string
  /** How long the browser keeps the cookie, where `setExpiry` said so: 0 until it closes. */
  readonly cookieSeconds?: number
}

export interface Verifier {
  readonly verifier: string
  readonly generation: number
  /** Epoch milliseconds. */
  readonly issuedAt: number
}

export interface Expiring {
  readonly verifier: string
  /** Epoch milliseconds; null while it stands without limit. */
  readonly until: number | null
}

type Identity = Pick<SessionRecord, 'id' | 'subject' | 'createdAt' | 'idleSeconds' | 'absoluteAt'>

export function sealSecurity(security: Security, identity: Identity, ring: KeyRing): string {
  const body = JSON.stringify(security)
  const mac = ring.seal('record', fieldsOf(body, identity)).subarray(0, MAC_BYTES).toString('base64url')
  return JSON.stringify({ ...security, mac })
}

/** Undefined when the record was not written by a holder of a key: then the session is refused. */
export function openSecurity(record: SessionRecord, ring: KeyRing): Security | undefined {
  const known = opened.get(record)
  if (known !== undefined && known.ring === ring) return known.security
  const security = verify(record, ring)
  if (security !== undefined) opened.set(record, { ring, security })
  return security
}

/** Records are immutable, so what was verified once stays verified. A cached record is judged many times. */
const opened = new WeakMap<SessionRecord, { ring: KeyRing; security: Security }>()

const MAC_BYTES = 16

function verify(record: SessionRecord, ring: KeyRing): Security | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(record.security)
  } catch {
    return undefined // Not JSON: nobody with a key wrote it.
  }
  if (typeof parsed !== 'object' || parsed === null || !('mac' in parsed) || typeof parsed.mac !== 'string')
    return undefined
  const { mac, ...security } = parsed
  const body = JSON.stringify(security)
  if (ring.verify('record', fieldsOf(body, record), Buffer.from(mac, 'base64url')) === 'none') return undefined
  return security as Security // A key holder wrote it, and key holders write `Security`.
}

function fieldsOf(body: string, { id, subject, createdAt, idleSeconds, absoluteAt }: Identity): Fields {
  return [id, subject ?? '', String(createdAt), String(idleSeconds), String(absoluteAt), body]
}
