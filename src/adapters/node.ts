import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Session } from '../core/session.ts'
import type { DefaultData } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'
import { openHeld } from '../http/open-held.ts'
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
export function nodeSessions<
  Data = DefaultData,
  Request extends IncomingMessage | Http2ServerRequest = IncomingMessage,
  Response extends ServerResponse | Http2ServerResponse = ServerResponse,
>(
  sessions: Sessions<Data>,
  handler: (request: Request, response: Response, session: Session<Data>) => unknown,
): (request: Request, response: Response) => unknown {
  return (request, response) => {
    // What we use of HTTP/2's compatibility API it has in common with HTTP/1.
    const pair = { request, response } as { request: IncomingMessage; response: ServerResponse }
    const failed = (error: unknown): unknown => sendError(pair.response, error)
    return openHeld(sessions, pair, (session) => handler(request, response, session), failed)
  }
}
