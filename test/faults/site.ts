import { createSessions, type SessionEngine, type SessionEvent, type Sessions } from '../../src/index.ts'
import type { FakeClock } from '../../src/testing.ts'

export interface Data {
  n: number
  ticket: string
}

/** Why a request failed: what `handle` rejected with, or the status of a lost race. */
export interface Reply {
  readonly status: number
  readonly body: string
  readonly error: unknown
}

/** A small site on the public API alone, as one visitor sees it. */
export interface Site {
  readonly sessions: Sessions<Data>
  readonly events: readonly SessionEvent[]
  readonly visitor: Visitor
}

export interface Visitor {
  /** The cookie, and what it was before the last login or cycle. */
  readonly cookies: readonly string[]
  ask(deed: Request, cookie?: string): Promise<Reply>
}

type Request = (session: Parameters<Parameters<Sessions<Data>['handle']>[1]>[0]) => unknown

export function openSite(engine: SessionEngine, clock: FakeClock): Site {
  const sessions = createSessions<Data>({
    keys: ['a key of forty characters, 0123456789 abc'],
    engine,
    clock,
    renewalInterval: false,
  })
  const events: SessionEvent[] = []
  sessions.on('*', (event) => events.push(event))
  return { sessions, events, visitor: newVisitor(sessions) }
}

export function newVisitor(sessions: Sessions<Data>): Visitor {
  const cookies: string[] = []
  return {
    cookies,
    async ask(deed, cookie = cookies.at(-1) ?? '') {
      try {
        const request = new Request('http://localhost/', { headers: { cookie } })
        const response = await sessions.handle(request, async (session) => Response.json((await deed(session)) ?? null))
        for (const line of response.headers.getSetCookie()) cookies.push(line.split(';')[0] ?? '')
        return { status: response.status, body: await response.text(), error: undefined }
      } catch (error) {
        return { status: 500, body: '', error }
      }
    },
  }
}
