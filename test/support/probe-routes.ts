import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JsonValue, Session, Sessions } from '../../src/index.ts'
import type { Gates } from './gates.ts'

export type ProbeData = Record<string, JsonValue>

export interface Exchange {
  readonly url: URL
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly session: Session<ProbeData>
  readonly body: Readonly<Record<string, unknown>>
  readonly sessions: Sessions<ProbeData>
  readonly gates: Gates
}

/** What a small application does with sessions: each route one use of them, `POST` where it changes something. */
export const ROUTES: Readonly<Record<string, (exchange: Exchange) => unknown>> = {
  /** Never touches the session. */
  'GET /open': () => ({ open: true }),
  'GET /read': ({ session, url }) => ({ value: session.get(param(url, 'k') ?? 'k') ?? null }),
  'GET /me': ({ session }) => ({ subject: session.subject, keys: session.keys() }),
  'GET /session': ({ session, request }) => ({
    session,
    id: session.id,
    // oxlint-disable-next-line typescript/no-base-to-string -- a careless template does just this
    shown: String(session),
    fields: Object.keys(request),
  }),
  'GET /has': ({ session, url }) => ({ has: session.has(param(url, 'k') ?? 'k') }),

  'POST /write': ({ session, body }) => {
    session.set(text(body['k'] ?? 'k'), (body['v'] ?? 'v') as JsonValue)
    return { written: true }
  },
  'POST /increment': ({ session, body }) => ({
    value: session.update(text(body['k'] ?? 'count'), (count) => Number(count ?? 0) + 1),
  }),
  /** A careless application: whatever the client sends becomes session data. */
  'POST /assign': ({ session, body }) => {
    for (const [key, value] of Object.entries(body)) session.set(key, value as JsonValue)
    return { written: true }
  },
  'POST /take': async ({ session, body }) => ({
    value: (await session.take(text(body['k'] ?? 'k'))) ?? null,
    subject: session.subject,
  }),

  'POST /login': ({ session, body }) => login(session, body),
  'POST /reauth': ({ session }) => {
    session.reauthenticated()
    return { subject: session.subject }
  },
  'POST /elevate': ({ session }) => {
    session.cycleKey()
    return { subject: session.subject }
  },
  'POST /expiry': ({ session, body }) => {
    session.setExpiry(Number(body['seconds']))
    return { age: session.getExpiryAge() }
  },
  'POST /logout': ({ session }) => session.logout(),
  'POST /flush': ({ session }) => session.flush(),
  'POST /logout-others': ({ session, sessions }) =>
    session.subject === null ? { revoked: 0 } : sessions.revokeAll(session.subject, { except: session.id }),
  'POST /password': async ({ session, sessions }) => {
    if (session.subject === null) return { changed: false }
    await sessions.revokeAll(session.subject, { except: session.id })
    session.cycleKey()
    return { changed: true }
  },
  'GET /sessions': async ({ session, sessions }) => ({
    sessions: session.subject === null ? [] : await sessions.list(session.subject),
  }),
  'POST /sessions/revoke': ({ session, sessions, body }) =>
    session.subject === null ? { revoked: false } : sessions.revoke(text(body['id']), { subject: session.subject }),
  'POST /admin/revoke-user': ({ sessions, body }) => sessions.revokeAll(text(body['subject'])),

  /** Loads its session, waits at the gate, then does as told: the request that comes too late. */
  'POST /slow': async (exchange) => {
    const { session, gates, url } = exchange
    void session.subject
    await gates.pass(param(url, 'gate') ?? 'slow')
    return ROUTES[`${param(url, 'method') ?? 'POST'} ${param(url, 'do') ?? '/write'}`]?.(exchange)
  },
  /** Acts, then waits before it answers, so that others act between the deed and the commit. */
  'POST /then-wait': async (exchange) => {
    const { gates, url } = exchange
    const answer = await ROUTES[`POST ${param(url, 'do') ?? '/write'}`]?.(exchange)
    await gates.pass(param(url, 'gate') ?? 'slow')
    return answer
  },
  'POST /boom': async (exchange) => {
    await ROUTES[`POST ${param(exchange.url, 'do') ?? '/write'}`]?.(exchange)
    throw new Error('the handler failed')
  },
  /** An application that believes its page is public. */
  'GET /cached': async (exchange) => {
    const { url, response } = exchange
    response.setHeader('cache-control', 'public, max-age=600')
    const vary = param(url, 'vary')
    if (vary !== undefined) response.setHeader('vary', vary)
    const deed = param(url, 'do')
    return deed === undefined ? { cached: true } : ROUTES[deed]?.(exchange)
  },
  /** The plain way of `node:http`: the head first, and the session only for the body. */
  'GET /head-first': ({ session, response, url }) => {
    response.writeHead(200, { 'cache-control': 'public, max-age=600', 'content-type': 'application/json' })
    if (param(url, 'write') !== undefined) session.set('late', true)
    response.end(JSON.stringify({ subject: session.subject }))
    return undefined
  },
  'GET /stream': ({ session, response }) => {
    session.set('streamed', true)
    response.write('one\n')
    response.end('two\n')
    return undefined
  },
}

async function login(session: Session<ProbeData>, { subject, since }: Exchange['body']): Promise<unknown> {
  await session.login(text(subject), typeof since === 'number' ? { since } : {})
  return { subject: session.subject }
}

function param(url: URL, name: string): string | undefined {
  return url.searchParams.get(name) ?? undefined
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('a string was expected')
}
