import { hash, timingSafeEqual } from 'node:crypto'
import { randomBytes } from '../core/random.ts'
import type { KeyRing } from './key-ring.ts'

/** What the cookie carries. The `secret` is the only part that storage does not know. */
export interface Token {
  /** 22 characters of base64url, public; lasts until a cycle. */
  readonly id: string
  /** Counts the secrets of this session, from 0. */
  readonly generation: number
  readonly secret: Buffer
}

/** base64url( id 16 | generation 4 | secret 32 | seal 16 ), 91 characters. */
export function writeToken(token: Token, cookieName: string, ring: KeyRing): string {
  const body = Buffer.allocUnsafe(TOKEN_BYTES)
  body.write(token.id, 0, 'base64url')
  body.writeUInt32BE(token.generation, GENERATION_AT)
  token.secret.copy(body, SECRET_AT)
  return seal(body, cookieName, ring)
}

/** The token in a genuine value once more, sealed by the first key. */
export function sealAgain(value: string, cookieName: string, ring: KeyRing): string {
  return seal(Buffer.from(value, 'base64url'), cookieName, ring)
}

/**
 * Opens a cookie's value. A value of another shape, or one that no key of the ring sealed for this cookie,
 * is undefined: it ends here, without any I/O.
 */
export function readToken(
  value: string,
  cookieName: string,
  ring: KeyRing,
): { token: Token; sealedBy: 'first' | 'older' } | undefined {
  if (!SHAPE.test(value)) return undefined
  const body = Buffer.from(value, 'base64url')
  const sealedBy = ring.verify('token', sealed(body, cookieName), body.subarray(SEAL_AT))
  if (sealedBy === 'none') return undefined
  const token = {
    id: body.toString('base64url', 0, ID_BYTES),
    generation: body.readUInt32BE(GENERATION_AT),
    secret: body.subarray(SECRET_AT, SEAL_AT),
  }
  return { token, sealedBy }
}

export function newId(): string {
  return randomBytes(ID_BYTES).toString('base64url')
}

export function newSecret(): Buffer {
  return randomBytes(SECRET_BYTES)
}

/** All that storage holds of a secret. The secret has 256 bits, so one fast hash is enough. */
export function verifierOf(secret: Buffer): string {
  return hash('sha256', secret, 'base64url')
}

/** In constant time; both are verifiers, so their lengths are no secret. */
export function sameVerifier(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'))
}

function seal(body: Buffer, cookieName: string, ring: KeyRing): string {
  ring.seal('token', sealed(body, cookieName)).copy(body, SEAL_AT, 0, SEAL_BYTES)
  return body.toString('base64url')
}

function sealed(body: Buffer, cookieName: string): readonly (string | Buffer)[] {
  return [
    cookieName,
    body.subarray(0, GENERATION_AT),
    body.subarray(GENERATION_AT, SECRET_AT),
    body.subarray(SECRET_AT, SEAL_AT),
  ]
}

const ID_BYTES = 16
const SECRET_BYTES = 32
const SEAL_BYTES = 16
const GENERATION_AT = ID_BYTES
const SECRET_AT = GENERATION_AT + 4
const SEAL_AT = SECRET_AT + SECRET_BYTES
const TOKEN_BYTES = SEAL_AT + SEAL_BYTES
export const TOKEN_CHARACTERS = 91

/** The last character has its two unused bits clear: one token, one spelling. */
const SHAPE = /^[A-Za-z0-9_-]{90}[AEIMQUYcgkosw048]$/
