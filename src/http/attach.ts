import type { AnySession } from '../core/session.ts'

/** As `session`, and not enumerable, so that a log of the request does not wander into it. */
export function attachSession(owner: object, session: AnySession): void {
  Object.defineProperty(owner, 'session', { value: session, writable: true, configurable: true, enumerable: false })
}
