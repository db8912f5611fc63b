import { createHash, createHmac } from 'node:crypto'
import { equalTexts } from './equal-texts.ts'

/** `_auth_user_hash` of a session: it binds it to the password the user had at the login, in the encoded form. */
export function sessionAuthHash(encodedPassword: string, secretKey: string): string {
  const key = createHash('sha256').update(KEY_SALT).update(secretKey).digest()
  return createHmac('sha256', key).update(encodedPassword).digest('hex')
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

const KEY_SALT = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash'
