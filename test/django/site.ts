import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { nodeSessions } from '../../src/adapters/node.ts'
import { sessionsFromSettings, type DjangoExtras, type DjangoSettings } from '../../src/django.ts'
import type { Session, Sessions } from '../../src/index.ts'
import { ask, type Answer } from '../support/browser.ts'
import { fakeClock, type FakeClock } from '../support/clock.ts'

export const SECRET_KEY = 'p9#x(f2!v7kq$w0z8d@r4mj5t&n1b6hs3yc%gaeu-l_oi*+q=x'

/** The settings that a Django project's security review asks for. */
export const FOUR_SETTINGS = {
  SECRET_KEY,
  SESSION_COOKIE_AGE: 1200,
  SESSION_COOKIE_SECURE: true,
  SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
  SESSION_COOKIE_HTTPONLY: true,
} as const satisfies DjangoSettings

export interface ShopData {
  basket: string[]
}

export interface Site {
  readonly clock: FakeClock
  /** Every session cookie that any response has set. */
  readonly setCookies: readonly string[]
  visitor(cookie?: string): Visitor
  close(): Promise<void>
}

/** A browser that drops a cookie when its Max-Age is over. */
export interface Visitor {
  readonly cookie: string | undefined
  /** The last Set-Cookie it was sent. */
  readonly setCookie: string | undefined
  /** When it will drop the cookie, in epoch milliseconds. */
  readonly until: number
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  /** What a thief walks off with: the cookie, and no regard for its Max-Age. */
  copy(): Visitor
}

/** A shop on `node:http`, with the sessions of these settings and time in the test's hand. */
export async function startSite(settings: DjangoSettings, extras: DjangoExtras & { clock: FakeClock }): Promise<Site> {
  const { clock } = extras
  const sessions = sessionsFromSettings<ShopData>(settings, extras)
  const server = createServer(shop(sessions)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const setCookies: string[] = []

  const visitor = (cookie: string | undefined, honest: boolean): Visitor => {
    let until = Infinity
    let setCookie: string | undefined
    const send = async (method: string, path: string, body?: unknown): Promise<Answer> => {
      if (honest && clock.now() >= until) cookie = undefined
      const answer = await ask(base + path, { method, body, headers: cookie === undefined ? {} : { cookie } })
      for (const line of answer.setCookies) {
        setCookies.push(line)
        setCookie = line
        const maxAge = /; Max-Age=(\d+)/.exec(line)?.[1]
        until = maxAge === undefined ? Infinity : clock.now() + Number(maxAge) * 1000
        cookie = maxAge === '0' ? undefined : line.split(';', 1)[0]
      }
      return answer
    }
    return {
      get cookie() {
        return cookie
      },
      get setCookie() {
        return setCookie
      },
      get until() {
        return until
      },
      get: (path) => send('GET', path),
      post: (path, body = {}) => send('POST', path, body),
      copy: () => visitor(cookie, false),
    }
  }

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await sessions.close()
  }
  const site: Site = {
    clock,
    setCookies,
    visitor: (cookie) => visitor(cookie, true),
    close: () => (closing ??= close()),
  }
  open.push(site)
  return site
}

/** The shop itself, for a server of any kind. */
export function shop(sessions: Sessions<ShopData>): RequestListener {
  return nodeSessions(sessions, async (request, response, session) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const route = ROUTES[`${request.method} ${request.url}`]
    const answer = await route?.({ session, sessions, response }, JSON.parse(body || '{}'))
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer ?? {}))
  })
}

export function newPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-django-'))
  directories.push(directory)
  return join(directory, 'sessions.sqlite')
}

/** With a file of its own and a new clock. */
export function freshExtras(): { path: string; clock: FakeClock } {
  return { path: newPath(), clock: fakeClock() }
}

const open: Site[] = []
const directories: string[] = []
after(async () => {
  for (const site of open) await site.close()
  for (const directory of directories) rmSync(directory, { recursive: true })
})

interface Visit {
  readonly session: Session<ShopData>
  readonly sessions: Sessions<ShopData>
  readonly response: ServerResponse
}

const ROUTES: Record<string, (visit: Visit, body: Record<string, unknown>) => unknown> = {
  /** Never touches the session. */
  'GET /about': () => ({ about: 'us' }),
  'GET /me': ({ session }) => ({ subject: session.subject, basket: session.get('basket') ?? [] }),
  'GET /age': ({ session }) => ({ age: session.getExpiryAge() }),
  'POST /login': ({ session }, { subject }) => session.login(String(subject)),
  'POST /login-and-fail': async ({ session, response }, { subject }) => {
    await session.login(String(subject))
    response.statusCode = 500
  },
  'POST /logout': ({ session }) => session.logout(),
  'POST /password': async ({ session, sessions }) => {
    session.cycleKey()
    await sessions.revokeAll(String(session.subject), { except: session.id })
  },
  'POST /basket': ({ session }, { item }) => session.update('basket', (basket = []) => [...basket, String(item)]),
  'POST /basket-in-place': ({ session }, { item }) => void session.get('basket')?.push(String(item)),
  /** As if another request of this session signed out while this one worked. */
  'POST /basket-after-logout': async ({ session, sessions }, { item }) => {
    session.set('basket', [String(item)])
    await sessions.revoke(session.id ?? '')
  },
  'POST /expiry': ({ session }, { seconds }) => session.setExpiry(typeof seconds === 'number' ? seconds : null),
}
