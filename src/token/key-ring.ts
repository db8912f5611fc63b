import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto'
import { HoldfastError } from '../core/errors.ts'

/** Ordered keys: the first seals, all verify. So a key is replaced without signing anyone out. */
export interface KeyRing {
  /** HMAC-SHA256 over the framed fields, by the first key. */
  seal(purpose: Purpose, fields: Fields): Buffer
  /** Which key sealed it: the first, an older one, or none. The tag may be shortened, never below 16 bytes. */
  verify(purpose: Purpose, fields: Fields, tag: Buffer): 'first' | 'older' | 'none'
}

/** A value sealed for one purpose is worthless for another: each has keys of its own. */
export type Purpose = 'token' | 'record'
export type Fields = readonly (string | Buffer)[]

export function createKeyRing(keys: readonly string[]): KeyRing {
  const checked = checkKeys(keys)
  const rings: Record<Purpose, readonly KeyObject[]> = {
    token: checked.map((key) => derive(key, 'token')),
    record: checked.map((key) => derive(key, 'record')),
  }

  return {
    seal: (purpose, fields) => hmac(rings[purpose][0] as KeyObject, frame(purpose, fields)),
    verify(purpose, fields, tag) {
      if (tag.length < SHORTEST_TAG) return 'none'
      const message = frame(purpose, fields)
      for (const [index, key] of rings[purpose].entries()) {
        const expected = hmac(key, message).subarray(0, tag.length)
        if (expected.length === tag.length && timingSafeEqual(expected, tag)) return index === 0 ? 'first' : 'older'
      }
      return 'none'
    },
  }
}

export const SHORTEST_KEY_BYTES = 32
const SHORTEST_TAG = 16
const FEWEST_DIFFERENT_CHARACTERS = 8

/** Strings from tutorials and templates, in lower case, without what people append to make them long enough. */
const WELL_KNOWN =
  /^(?:keyboard ?cat|secret|change[-_ ]?me|password|default|your[-_ ](?:secret|key)|my[-_ ]secret|insert|replace[-_ ]?me|some[-_ ]secret|example|test)/

function checkKeys(keys: readonly string[]): readonly string[] {
  if (!Array.isArray(keys) || keys.length === 0) throw new HoldfastError('ERR_KEYS', 'there is none')
  for (const [index, key] of keys.entries()) {
    const problem = keyProblem(key)
    if (problem !== undefined) throw new HoldfastError('ERR_KEYS', `keys[${index}] ${problem}`)
  }
  return keys
}

/** What is wrong with a key, without showing any of it. */
export function keyProblem(key: unknown): string | undefined {
  if (typeof key !== 'string') return `is ${key === undefined ? 'undefined' : `a ${typeof key}`}, not a string`
  const bytes = Buffer.byteLength(key)
  if (bytes < SHORTEST_KEY_BYTES) return `has ${bytes} bytes; the shortest safe key has ${SHORTEST_KEY_BYTES}`
  if (WELL_KNOWN.test(key.toLowerCase())) return 'begins like a placeholder from a tutorial'
  if (new Set(key).size < FEWEST_DIFFERENT_CHARACTERS) return 'repeats a few characters'
  return undefined
}

export function derive(key: string, purpose: Purpose | 'cookie'): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `holdfast ${purpose} v1`, 32)))
}

/** By way of a string: a buffer from `digest()` has memory of its own, which costs a third more. */
export function hmac(key: KeyObject, message: Buffer): Buffer {
  return Buffer.from(createHmac('sha256', key).update(message).digest('binary'), 'binary')
}

/** Every field goes in with its length before it, so that no two lists of fields read alike. */
export function frame(purpose: Purpose | 'cookie', fields: Fields): Buffer {
  let size = LENGTH_BYTES + purpose.length
  for (const field of fields) size += LENGTH_BYTES + Buffer.byteLength(field)
  const framed = Buffer.allocUnsafe(size)
  let at = put(purpose, framed, 0)
  for (const field of fields) at = put(field, framed, at)
  return framed
}

/** Answers where the next one begins. */
function put(field: string | Buffer, framed: Buffer, at: number): number {
  const from = at + LENGTH_BYTES
  const length = typeof field === 'string' ? framed.write(field, from) : field.copy(framed, from)
  framed.writeUInt32BE(length, at)
  return from + length
}

const LENGTH_BYTES = 4
