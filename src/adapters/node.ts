import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../core/session.ts'
import type { DefaultData } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'
import { holdResponse } from '../http/hold.ts'
import { sendError } from '../http/send-error.ts'

/**
 * Sessions for `node:http`, `node:https` and the compatibility API of `node:http2`. The record is committed before
 * the first byte of headers leaves, also for redirects, streams and HEAD.
 *
 * @example
 * createServer(nodeSessions(sessions, (request, response, session) => {
 *   response.end(`Visit ${session.update('visits', (n = 0) => n + 1)}`)
 * })).listen(3000)
 */
export function nodeSessions<Data = DefaultData>(
  sessions: Sessions<Data>,
  handler: (request: IncomingMessage, response: ServerResponse, session: Session<Data>) => unknown,
): (request: IncomingMessage, response: ServerResponse) => unknown {
  const serve = (request: IncomingMessage, response: ServerResponse, session: Session<Data>): unknown => {
    holdResponse(response, (status) => sessions.commit(session, { status }))
    return handler(request, response, session)
  }
  return (request, response) => {
    const session = sessions.open(request)
    if (!(session instanceof Promise)) return serve(request, response, session)
    return session.then(
      (opened) => serve(request, response, opened),
      (error: unknown) => sendError(response, error),
    )
  }
}
