import type { Data } from '../../core/data.ts'
import type { DjangoUser } from '../tables/users.ts'
import { verifySessionAuthHash, sessionAuthHash } from '../wire/auth-hash.ts'
import { USER_BACKEND, USER_HASH, USER_ID } from './names.ts'

/** What the settings say of who may be signed in. */
export interface IdentityRules {
  /** `SECRET_KEY`, then `SECRET_KEY_FALLBACKS`. */
  readonly keys: readonly [string, ...string[]]
  /** `AUTHENTICATION_BACKENDS`. A login here is one by the first. */
  readonly backends: readonly [string, ...string[]]
  /** Whether `auth_user` is asked at each request. */
  readonly verify: boolean
}

export type Identified =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user'
      readonly subject: string
      readonly user: DjangoUser | undefined
      /** Made with the first key, where the session has that of another. */
      readonly newHash: string | undefined
    }
  /** The password has changed since: the session is to be flushed. */
  | { readonly kind: 'outdated'; readonly subject: string }

/**
 * Whose session it is, as Django's `get_user` finds it: the user exists and is active, and the hash in the session fits
 * the password in `auth_user`.
 */
export async function identify(
  data: Data,
  findUser: (pk: string) => Promise<DjangoUser | undefined>,
  { keys, backends, verify }: IdentityRules,
): Promise<Identified> {
  const subject = claimedSubject(data)
  const { [USER_BACKEND]: backend, [USER_HASH]: hash } = data
  if (subject === undefined || typeof backend !== 'string' || !backends.includes(backend)) return ANONYMOUS
  if (!verify) {
    const claimed = { kind: 'user', subject, user: undefined, newHash: undefined } as const
    return typeof hash === 'string' && hash !== '' ? claimed : { kind: 'outdated', subject }
  }
  const user = await findUser(subject)
  if (user === undefined || !user.isActive) return ANONYMOUS
  switch (typeof hash === 'string' ? verifySessionAuthHash(hash, user.password, keys) : 'wrong') {
    case 'current':
      return { kind: 'user', subject, user, newHash: undefined }
    case 'fallback':
      return { kind: 'user', subject, user, newHash: sessionAuthHash(user.password, keys[0]) }
    case 'wrong':
      return { kind: 'outdated', subject }
  }
}

/** Nothing is known to be true of it. */
export function claimedSubject({ [USER_ID]: id }: Data): string | undefined {
  return typeof id === 'string' && id !== '' ? id : undefined
}

/** Whether the JSON may name a user. Most visitors' does not, and to parse it only for that is dear. */
export function mayClaim(json: string): boolean {
  return json.includes(USER_ID) || ESCAPED_ASCII.test(json)
}

/** Python writes none in the name of a key, but what reads it takes it. */
const ESCAPED_ASCII = /\\u00[0-7]/
export const ANONYMOUS = { kind: 'anonymous' } as const
