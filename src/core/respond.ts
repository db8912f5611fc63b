import type { Outgoing } from './finish.ts'
import { outgoingHeaders } from './headers.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'
import { shownError } from './shown-error.ts'

/** Commits, and answers the Web response that may leave then. When the commit fails the given one is cancelled. */
export async function commitResponse<Data>(
  session: Session<Data>,
  response: Response,
  sessions: Pick<Sessions<Data>, 'commit'>,
): Promise<Response> {
  try {
    return withSession(response, await sessions.commit(session, { status: response.status }))
  } catch (error) {
    // Nobody waits for it: a body may take its time to stop, or refuse to.
    response.body?.cancel().catch(() => {})
    throw error
  }
}

/** What leaves in place of a response whose commit failed. */
export function refusal(error: unknown): Response {
  const { status, body } = shownError(error)
  return new Response(body, { status, headers: ERROR_HEADERS })
}

const ERROR_HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }

/**
 * Always another response: the application may keep the one it gave, and give it to the next visitor. But a switch
 * of protocols cannot be copied, and no cache keeps it.
 */
function withSession(response: Response, outgoing: Outgoing): Response {
  if (!outgoing.touched || response.status === 101) return response
  const headers = new Headers(response.headers)
  for (const [name, values] of outgoingHeaders(outgoing, (name) => valuesOf(headers, name))) {
    headers.delete(name)
    for (const value of values) headers.append(name, value)
  }
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

function valuesOf(headers: Headers, name: string): readonly string[] {
  if (name === 'set-cookie') return headers.getSetCookie()
  const value = headers.get(name)
  return value === null ? [] : [value]
}
