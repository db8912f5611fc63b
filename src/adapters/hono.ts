import type { MiddlewareHandler } from 'hono'
import { commitResponse, refusal } from '../core/respond.ts'
import type { Session } from '../core/session.ts'
import type { DefaultData } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'

declare module 'hono' {
  interface ContextVariableMap {
    session: Session
  }
}

/**
 * Hono 4, with Node's response behind it or without: `c.get('session')`, or `c.var.session`, in every handler after
 * it. The record is committed when the handlers below are done and their errors answered, before the response is
 * handed on. When the commit fails, the answer is that error alone. A store that cannot be read is thrown, for
 * `app.onError`.
 *
 * Say once what your sessions hold, and `c.get('session')` is typed:
 *
 * @example
 * declare module 'holdfast' {
 *   interface SessionData { cart: string[] }
 * }
 * app.use(honoSessions(sessions))
 */
export function honoSessions<Data = DefaultData>(
  sessions: Sessions<Data>,
): MiddlewareHandler<{ Variables: { session: Session<Data> } }> {
  return async (context, next) => {
    const session = await sessions.open(context.req.raw)
    context.set('session', session)
    await next()
    const given = context.res
    if (given.headers.has(ALREADY_SENT)) {
      sessions.reportBypass(session)
      return
    }
    const answer = await commitResponse(session, given, sessions).catch(refusal)
    if (answer === given) return
    // First none at all: Hono puts the headers of the response before onto the next.
    context.res = undefined
    context.res = answer
  }
}

/** How a handler tells `@hono/node-server` that it wrote to Node's response itself. */
const ALREADY_SENT = 'x-hono-already-sent'
