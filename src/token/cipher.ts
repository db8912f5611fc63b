import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { randomBytes } from '../core/random.ts'
import { derive, frame, hmac, type Fields } from './key-ring.ts'

/** Encrypts with the first key of the ring and opens with any. */
export interface Cipher {
  /** `fields` are not in the result, but it opens under the same fields only. */
  seal(fields: Fields, plaintext: string): Buffer
  /** Undefined unless a key of the ring sealed exactly this. */
  open(fields: Fields, sealed: Buffer): { readonly plaintext: string; readonly sealedBy: 'first' | 'older' } | undefined
}

/**
 * AES-256-GCM with a key for each message: salt 12 bytes | nonce 12 bytes | ciphertext | tag 16 bytes.
 *
 * GCM breaks when a key meets a nonce twice, and with random nonces of 12 bytes one key must stop at 2^32 messages.
 * The salt gives every message its own key, HMAC-SHA256(key of the ring, salt), so salt and nonce would have to
 * repeat together: 24 random bytes never do.
 */
export function createCipher(keys: readonly string[]): Cipher {
  const [first, ...older] = keys.map((key) => derive(key, 'cookie')) as [KeyObject, ...KeyObject[]]

  return {
    seal(fields, plaintext) {
      const head = randomBytes(HEAD_BYTES)
      const cipher = createCipheriv('aes-256-gcm', keyOf(head, first), nonceOf(head), OPTIONS)
      cipher.setAAD(frame('cookie', fields))
      return Buffer.concat([head, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },
    open(fields, sealed) {
      if (sealed.length < HEAD_BYTES + TAG_BYTES) return undefined
      const aad = frame('cookie', fields)
      const plaintext = decrypt(first, aad, sealed)
      if (plaintext !== undefined) return { plaintext, sealedBy: 'first' }
      for (const key of older) {
        const opened = decrypt(key, aad, sealed)
        if (opened !== undefined) return { plaintext: opened, sealedBy: 'older' }
      }
      return undefined
    },
  }
}

function decrypt(key: KeyObject, aad: Buffer, sealed: Buffer): string | undefined {
  const tagAt = sealed.length - TAG_BYTES
  const cipher = createDecipheriv('aes-256-gcm', keyOf(sealed, key), nonceOf(sealed), OPTIONS)
  cipher.setAAD(aad).setAuthTag(sealed.subarray(tagAt))
  const plaintext = cipher.update(sealed.subarray(HEAD_BYTES, tagAt))
  try {
    cipher.final()
  } catch {
    return undefined // Not ours. What came out is not looked at.
  }
  return plaintext.toString('utf8')
}

function keyOf(head: Buffer, key: KeyObject): Buffer {
  return hmac(key, head.subarray(0, SALT_BYTES))
}

function nonceOf(head: Buffer): Buffer {
  return head.subarray(SALT_BYTES, HEAD_BYTES)
}

const SALT_BYTES = 12
const HEAD_BYTES = SALT_BYTES + 12
const TAG_BYTES = 16
const OPTIONS = { authTagLength: TAG_BYTES }
