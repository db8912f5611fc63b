import { HoldfastError } from './errors.ts'
import { commitResponse, refusal } from './respond.ts'
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
    return await commitResponse(session, response, sessions)
  } catch (error) {
    // The visitor's own doing, or a race they lost, is an answer; a failing store is the server's error to handle.
    if (!(error instanceof HoldfastError) || error.status >= 500) throw error
    return refusal(error)
  }
}
