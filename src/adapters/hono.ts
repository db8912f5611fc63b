import type { Context, MiddlewareHandler } from 'hono'
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
    if (!context.finalized) return // Nobody answered: Hono makes an error of it.
    const given = context.res
    if (leftByNode(context)) {
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

/** The handler tells `@hono/node-server` that it writes to Node's response itself. Elsewhere this is a mere header. */
function leftByNode({ env, res }: Context): boolean {
  return res.headers.has('x-hono-already-sent') && 'outgoing' in Object(env)
}
