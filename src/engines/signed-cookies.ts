import type { CookieEngine } from '../core/engine.ts'
import type { SessionStore } from '../core/store.ts'

export interface SignedCookiesOptions {
  /**
   * Where it is written down that a session has ended: a store of its own, such as `sqliteStore('endings.sqlite')`,
   * that all your processes share. It must keep what it is given. `memoryStore()` forgets at a restart and when it is
   * full, and what it forgets is signed in again.
   */
  readonly endings?: SessionStore
}

/**
 * The whole session in its cookie, encrypted and sealed (AES-256-GCM), with its limits inside. Django's
 * `signed_cookies` engine, but unreadable, and with a logout that counts.
 *
 * What you may rely on, with `endings`: once `logout`, `revoke` or `revokeAll` has answered, no copy of the cookie is
 * accepted by a request that starts later, and no late response brings the session back. A login or `cycleKey` ends
 * the cookie from before. Each request with a session asks the store twice (once for an anonymous one).
 *
 * Without `endings` there is no I/O at all, and a logout only asks the browser to forget: a copy of the cookie stays
 * signed in until its limits. `logout` answers `propagated: false`; `revoke`, `revokeAll`, `epoch` and
 * `login({ since })` throw ERR_ENGINE.
 *
 * What it cannot do either way, because there is nothing on the server to compare a cookie with:
 *
 * - Of two requests at once, the later response wins *whole*: what the other one changed is lost.
 * - A copied cookie shows its old data again: no counter, coupon or one-time code is safe in it. `take` throws.
 * - Nobody notices a copied cookie: there is no renewal and no reuse detection.
 * - Nobody knows which sessions there are: `list` throws, `maxPerSubject` is refused, `revoke` needs the subject,
 *   `revokeAll` does not count.
 * - Name and value fit in 4,096 bytes: some 2,800 bytes of JSON. More is ERR_DATA_LIMIT, before anything is sent.
 * - Only a request that touches its session counts as use.
 *
 * Where one of these matters, keep sessions in a store: `cachedDb`.
 *
 * @example
 * createSessions({ keys, engine: signedCookies({ endings: sqliteStore('endings.sqlite') }) })
 */
export function signedCookies({ endings }: SignedCookiesOptions = {}): CookieEngine {
  return { kind: 'cookie', name: 'signedCookies', endings }
}
