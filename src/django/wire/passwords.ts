import { createHash, createHmac } from 'node:crypto'
export function sessionAuthHash(encoded: string, secret: string): string {
  const key = createHash('sha256')
    .update('django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash' + secret)
    .digest()
  return createHmac('sha256', key).update(encoded).digest('hex')
}
export function verifySessionAuthHash(
  hash: string,
  encoded: string,
  keys: readonly string[],
): 'current' | 'fallback' | 'wrong' {
  const at = keys.findIndex((key) => sessionAuthHash(encoded, key) === hash)
  return at === -1 ? 'wrong' : at === 0 ? 'current' : 'fallback'
}
