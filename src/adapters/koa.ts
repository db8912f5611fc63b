import type { Middleware } from 'koa'
import type { Session } from '../core/session.ts'
import type { DefaultData } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'
import { attachSession } from '../http/attach.ts'
import { openHeld } from '../http/open-held.ts'

declare module 'koa' {
  interface ExtendableContext {
    session: Session
  }
}

/**
 * Koa 3: `ctx.session` in every middleware after it. The record is committed before the first byte of headers
 * leaves, so `ctx.onerror`, which removes all headers, does not remove the session's. `ctx.respond = false` changes
 * nothing. A store that cannot be read is thrown, for `ctx.onerror`.
 *
 * Say once what your sessions hold, and `ctx.session` is typed:
 *
 * @example
 * declare module 'holdfast' {
 *   interface SessionData { cart: string[] }
 * }
 * app.use(koaSessions(sessions))
 */
export function koaSessions<Data = DefaultData>(sessions: Sessions<Data>): Middleware {
  return async (ctx, next) => {
    const ready = (session: Session<Data>): Promise<void> => {
      attachSession(ctx, session)
      return next()
    }
    const failed = (error: unknown): Promise<void> => Promise.reject(error)
    await openHeld(sessions, { request: ctx.req, response: ctx.res }, ready, failed)
  }
}
