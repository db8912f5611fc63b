import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../core/session.ts'
import type { DefaultData } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'
import { attachSession } from '../http/attach.ts'
import { openHeld } from '../http/open-held.ts'

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
    const ready = (session: Session<Data>): void => {
      attachSession(request, session)
      next()
    }
    void openHeld(sessions, { request, response }, ready, next)
  }
}
