import { ERRORS, HoldfastError } from './errors.ts'
import { outgoingHeaders } from './headers.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** Serves one Web request with its session. A handler that throws commits nothing. */
export async function handleRequest<Data>(
  request: Request,
  handler: (session: Session<Data>) => Response | Promise<Response>,
  sessions: Pick<Sessions<Data>, 'open' | 'commit'>,
): Promise<Response> {
  const session = await sessions.open(request)
  const response = await handler(session)
  try {
    const outgoing = await sessions.commit(session, { status: response.status })
    if (!outgoing.touched) return response
    const headers = new Headers(response.headers)
    for (const [name, value] of outgoingHeaders(outgoing, (name) => valuesOf(headers, name)))
      replace(headers, name, value)
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
  } catch (error) {
    // The visitor's own doing, or a race they lost, is an answer; a failing store is the server's error to handle.
    if (!(error instanceof HoldfastError) || error.status >= 500) throw error
    await response.body?.cancel()
    return new Response(`${ERRORS[error.code].title}.\n`, { status: error.status, headers: ERROR_HEADERS })
  }
}

const ERROR_HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }

function valuesOf(headers: Headers, name: string): readonly string[] {
  if (name === 'set-cookie') return headers.getSetCookie()
  const value = headers.get(name)
  return value === null ? [] : [value]
}

function replace(headers: Headers, name: string, values: readonly string[]): void {
  headers.delete(name)
  for (const value of values) headers.append(name, value)
}
