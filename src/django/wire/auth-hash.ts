import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { equalTexts } from './equal-texts.ts'

/** `_auth_user_hash` of a session: it binds it to the password the user had at the login, in the encoded form. */
export function sessionAuthHash(encodedPassword: string, secretKey: string): string {
  return createHmac('sha256', keyOf(secretKey)).update(encodedPassword).digest('hex')
}

/**
 * `fallback`: made under one of `SECRET_KEY_FALLBACKS`. Django then gives the session a new key and a new hash. In
 * constant time.
 *
 * @param keys `SECRET_KEY`, then the fallbacks.
 */
export function verifySessionAuthHash(
  hash: string,
  encodedPassword: string,
  keys: readonly string[],
): 'current' | 'fallback' | 'wrong' {
  const index = keys.findIndex((key) => equalTexts(hash, sessionAuthHash(encodedPassword, key)))
  if (index === -1) return 'wrong'
  return index === 0 ? 'current' : 'fallback'
}

/** Made once: that takes longer than the hash. */
function keyOf(secretKey: string): KeyObject {
  const known = keys.get(secretKey)
  if (known !== undefined) return known
  const made = createSecretKey(createHash('sha256').update(KEY_SALT).update(secretKey).digest())
  keys.set(secretKey, made)
  return made
}

/** A site has a few, and rotates them. */
const keys = new LRUCache<string, KeyObject>({ max: 20 })
const KEY_SALT = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash'
