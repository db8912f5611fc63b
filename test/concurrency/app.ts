import { createServer, type Server } from 'node:http'
import { nodeSessions } from '../../src/adapters/node.ts'
import type { Sessions } from '../../src/index.ts'

export type AppData = Record<string, string | number>

/** A small application on `node:http`: what a request may do to a session, and nothing else. */
export function createApp(sessions: Sessions<AppData>): Server {
  const meet = createMeeting()
  const serve = nodeSessions(sessions, async (request, response, session) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const of = (name: string): string => url.searchParams.get(name) ?? ''
    await meet(Number(of('together')))
    let ended: { readonly propagated?: boolean } = {}
    switch (url.pathname) {
      case '/login':
        await session.login(of('subject'))
        break
      case '/add':
        session.set(of('key'), 1)
        break
      case '/increment':
        session.update('count', (count = 0) => Number(count) + 1)
        break
      case '/set':
        session.set(of('key'), of('value'))
        break
      case '/take':
        response.end(JSON.stringify((await session.take('once')) ?? null))
        return
      case '/logout':
        ended = await session.logout()
        break
      case '/revoke':
        ended = await sessions.revoke(of('id'))
        break
      case '/revoke-all':
        ended = await sessions.revokeAll(of('subject'))
        break
    }
    const data = Object.fromEntries(session.keys().map((key) => [key, session.get(key)]))
    const { propagated } = ended
    response.end(JSON.stringify({ subject: session.subject, id: session.id, data, propagated }))
  })
  return createServer((request, response) => {
    Promise.resolve(serve(request, response)).catch((error: unknown) => {
      response.statusCode = statusOf(error)
      response.end(String(error))
    })
  })
}

/**
 * Lets requests go on when so many of them have opened their sessions: then all have loaded the same data, and each
 * write but the first of a process is late.
 */
function createMeeting(): (count: number) => Promise<void> {
  const waiting: (() => void)[] = []
  return async (count) => {
    if (count === 0) return
    const met = new Promise<void>((resolve) => waiting.push(resolve))
    if (waiting.length >= count) for (const resolve of waiting.splice(0)) resolve()
    await met
  }
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500
}
