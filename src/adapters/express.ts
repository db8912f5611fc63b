import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../core/session.ts'
import type { DefaultData } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'
import { holdResponse } from '../http/hold.ts'

declare global {
  namespace Express {
    interface Request {
      session: Session
    }
  }
}

/**
 * Express 5 and 4: `req.session` in every handler after it. The record is committed before the first byte of
 * headers leaves, also for redirects, streams and HEAD. A failing store goes to `next(error)`.
 *
 * Say once what your sessions hold, and `req.session` is typed:
 *
 * @example
 * declare module 'holdfast' {
 *   interface SessionData { cart: string[] }
 * }
 * app.use(expressSessions(sessions))
 */
export function expressSessions<Data = DefaultData>(
  sessions: Sessions<Data>,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    const attach = (session: Session<Data>): void => {
      // Not enumerable, so that a log of the request does not wander into the session.
      Object.defineProperty(request, 'session', { value: session, writable: true, configurable: true })
      holdResponse(response, (status) => sessions.commit(session, { status }))
      next()
    }
    const session = sessions.open(request)
    if (session instanceof Promise) session.then(attach, next)
    else attach(session)
  }
}
