import type { Session } from '../core/session.ts'
import type { DefaultData } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'

/**
 * Sessions for servers that speak the Web's `Request` and `Response`: Deno, Bun, Next route handlers, Node behind
 * any fetch adapter. Further arguments (a route's context) are handed on.
 *
 * A commit refused for the visitor's sake (`ERR_SESSION_INTERRUPTED`, 400) becomes the response; a store that fails
 * rejects, for the server to answer.
 *
 * @example
 * const withSession = fetchSessions(sessions)
 * export const GET = withSession((request, session) => Response.json({ subject: session.subject }))
 */
export function fetchSessions<Data = DefaultData>(
  sessions: Sessions<Data>,
): <Rest extends readonly unknown[]>(
  handler: (request: Request, session: Session<Data>, ...rest: Rest) => Response | Promise<Response>,
) => (request: Request, ...rest: Rest) => Promise<Response> {
  return (handler) =>
    (request, ...rest) =>
      sessions.handle(request, (session) => handler(request, session, ...rest))
}
