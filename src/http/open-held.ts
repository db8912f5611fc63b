import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'
import { holdResponse } from './hold.ts'

/**
 * Opens the session of a Node request, and makes the response wait for its commit. Calls `ready` at once when the
 * session can be had without I/O.
 */
export function openHeld<Data, T>(
  sessions: Sessions<Data>,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  ready: (session: Session<Data>) => T,
  failed: (error: unknown) => T,
): T | Promise<Awaited<T>> {
  const hold = (session: Session<Data>): T => {
    holdResponse(response, session, sessions)
    return ready(session)
  }
  const session = sessions.open(request)
  return session instanceof Promise ? (session.then(hold, failed) as Promise<Awaited<T>>) : hold(session)
}
