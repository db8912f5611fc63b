import { LRUCache } from 'lru-cache'
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

type Identity = Omit<SessionRecord, keyof Unsealed | 'security'>

export function sealSecurity(security: Security, identity: Identity, ring: KeyRing): string {
  const body = JSON.stringify(security)
  const mac = ring.seal('record', fieldsOf(body, identity)).subarray(0, MAC_BYTES).toString('base64url')
  return `${body.slice(0, -1)}${MAC_BEGIN}${mac}${MAC_END}`
}

/** Undefined when the record was not written by a holder of a key: then the session is refused. */
export function openSecurity(record: SessionRecord, ring: KeyRing): Security | undefined {
  const known = opened.get(record)
  if (known !== undefined && known.ring === ring) return known.security
  const security = recall(record, ring) ?? verify(record, ring)
  if (security !== undefined) opened.set(record, { ring, security })
  return security
}

/** A copy that differs in what is not sealed. What was verified of the one is verified of the other. */
export function alter(record: SessionRecord, changes: Partial<Unsealed>): SessionRecord {
  const altered = { ...record, ...changes }
  const known = opened.get(record)
  if (known !== undefined) opened.set(altered, known)
  return altered
}

type Unsealed = Pick<SessionRecord, 'data' | 'revision' | 'seenAt'>

/** Records are immutable, so what was verified once stays verified. A cached record is judged many times. */
const opened = new WeakMap<SessionRecord, { ring: KeyRing; security: Security }>()

/**
 * What was verified stays verified in a record that comes from a shared cache once more, too: another object, but every
 * sealed character and number the same. Comparing them costs a fraction of the HMAC.
 */
function recall(record: SessionRecord, ring: KeyRing): Security | undefined {
  const judged = verified.get(ring)?.get(record.id)
  return judged !== undefined && SEALED.every((field) => judged.sealed[field] === record[field])
    ? judged.security
    : undefined
}

function remember(record: SessionRecord, ring: KeyRing, security: Security): void {
  const { id, subject, createdAt, idleSeconds, absoluteAt } = record
  // A text of its own: what was cut out of an answer of Redis would hold on to the whole answer.
  const text = Buffer.from(record.security).toString()
  const judged = verified.get(ring) ?? new LRUCache({ max: MOST_VERIFIED })
  verified.set(ring, judged)
  judged.set(id, { security, sealed: { id, subject, createdAt, idleSeconds, absoluteAt, security: text } })
}

const verified = new WeakMap<KeyRing, LRUCache<string, Verified>>()

interface Verified {
  readonly sealed: Sealed
  readonly security: Security
}

type Sealed = Pick<SessionRecord, (typeof SEALED)[number]>

const SEALED = ['security', 'id', 'subject', 'createdAt', 'idleSeconds', 'absoluteAt'] as const

/** 5 MB when full. */
const MOST_VERIFIED = 5000

/** The tag is judged before anything is parsed. It stands last, and its length is fixed. */
function verify(record: SessionRecord, ring: KeyRing): Security | undefined {
  const at = record.security.length - MAC_LENGTH - MAC_END.length
  const begin = at - MAC_BEGIN.length
  if (begin < 0 || !record.security.startsWith(MAC_BEGIN, begin)) return undefined
  const body = `${record.security.slice(0, begin)}}`
  const mac = Buffer.from(record.security.slice(at, at + MAC_LENGTH), 'base64url')
  if (ring.verify('record', fieldsOf(body, record), mac) === 'none') return undefined
  const security = JSON.parse(body) as Security // A key holder wrote it, and key holders write `Security`.
  remember(record, ring, security)
  return security
}

const MAC_BYTES = 16
const MAC_LENGTH = 22
const MAC_BEGIN = ',"mac":"'
const MAC_END = '"}'

function fieldsOf(body: string, { id, subject, createdAt, idleSeconds, absoluteAt }: Identity): Fields {
  return [id, subject ?? '', String(createdAt), String(idleSeconds), String(absoluteAt), body]
}
