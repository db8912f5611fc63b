/** What Django keeps among the data of a session, and relies on. */
export const USER_ID = '_auth_user_id'
export const USER_BACKEND = '_auth_user_backend'
export const USER_HASH = '_auth_user_hash'
export const EXPIRY = '_session_expiry'
export const CSRF_TOKEN = '_csrftoken'

/** Holdfast's own, which Django passes on: milliseconds, when the visitor last proved on this side who they are. */
export const PROVED_AT = '_holdfast_proved_at'

/** An application reads them, and does not set them by hand: whoever chooses a key must not choose an identity. */
export const RESERVED: ReadonlySet<string> = new Set([USER_ID, USER_BACKEND, USER_HASH, EXPIRY, PROVED_AT])

/** All that Django and its own applications put into a session. */
export const PASSED_ON: ReadonlySet<string> = new Set([
  ...RESERVED,
  CSRF_TOKEN,
  'testcookie',
  '_language',
  '_messages',
  '_password_reset_token',
])
