import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, test } from 'node:test'
import { nodeSessions } from '../../src/adapters/node.ts'
import { createSessions, db, memoryStore, type CookieOptions } from '../../src/index.ts'
import { ask, type Answer } from '../support/browser.ts'
import { COOKIE, KEY, startProbe } from '../support/probe.ts'

// Lost flags: one path that writes the cookie forgets Secure, HttpOnly, the path, or that there was one already.
// ASVS 3.3.1-3.3.5, WSTG-SESS-02, RFC 6265bis 4.1.1, standards X28, X59, B1-B7, B9-B15, E8, R09, V-SETCOOKIE.

const ISSUED = /^__Host-session=[\w-]{91}; Path=\/; HttpOnly; Secure; SameSite=Lax$/
const REMOVED =
  /^__Host-session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax$/

const environment = process.env['NODE_ENV']
afterEach(() => {
  if (environment === undefined) delete process.env['NODE_ENV']
  else process.env['NODE_ENV'] = environment
})

for (const mode of [undefined, 'development', 'production', 'test']) {
  test(`every cookie of every flow has every flag, with NODE_ENV ${mode ?? 'unset'}`, async () => {
    if (mode === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = mode
    const probe = await startProbe()
    const visitor = probe.browser()
    const issued = [
      await visitor.post('/write'),
      await visitor.post('/login', { subject: 'visitor' }),
      await visitor.post('/elevate'),
      await visitor.post('/reauth'),
      await visitor.post('/login', { subject: 'visitor' }),
      (probe.clock.advance(600), await visitor.get('/me')),
      await probe.browser().get('/stream'),
      await probe.browser().get('/head-first?write'),
      await probe.browser().get('/cached?do=POST /write'),
    ]
    const tab = visitor.copy()
    const removed = [
      await visitor.post('/logout'),
      await tab.get('/me', { 'sec-fetch-mode': 'navigate' }),
      await (await signedIn(probe)).post('/flush'),
      await (await signedIn(probe)).post('/boom?do=/logout'),
    ]
    for (const [answers, form] of [
      [issued, ISSUED],
      [removed, REMOVED],
    ] as const) {
      for (const [index, { setCookies }] of answers.entries()) {
        assert.equal(setCookies.length, 1, `answer ${index}`)
        assert.match(String(setCookies[0]), form, `answer ${index}`)
      }
    }
  })
}

describe('flags that the application chose', () => {
  for (const [what, cookie, attributes] of [
    ['Strict', { sameSite: 'strict' }, 'Path=/; HttpOnly; Secure; SameSite=Strict'],
    ['Partitioned', { sameSite: 'none', partitioned: true }, 'Path=/; HttpOnly; Secure; Partitioned; SameSite=None'],
    [
      'a domain and a path',
      { name: '__Secure-s', domain: 'app.example', path: '/shop' },
      'Domain=app.example; Path=/shop; HttpOnly; Secure; SameSite=Lax',
    ],
    ['a priority', { priority: 'high' }, 'Path=/; HttpOnly; Secure; Priority=High; SameSite=Lax'],
  ] as const satisfies readonly (readonly [string, CookieOptions, string])[]) {
    test(`${what}: the removal repeats them, or the browser would ignore it`, async () => {
      const probe = await startProbe({ cookie })
      const visitor = probe.browser()
      const [login] = (await visitor.post('/login', { subject: 'x' })).setCookies
      const [logout] = (await visitor.post('/logout')).setCookies
      assert.equal(login?.replace(/^[^;]*; /, ''), attributes)
      assert.deepEqual(
        attributesOf(logout),
        [...attributes.split('; '), 'Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'Max-Age=0'].toSorted(),
      )
    })
  }

  test('a life of its own is a whole number, never longer than the session can live, nor than 400 days', async () => {
    for (const [maxAge, absoluteTimeout, said] of [
      [86_400, 43_200, 43_200],
      [3600, 43_200, 3600],
      [34_560_000, 99_999_999, 34_560_000],
    ] as const) {
      const probe = await startProbe({ cookie: { maxAge }, absoluteTimeout, idleTimeout: absoluteTimeout })
      const visitor = probe.browser()
      const [line] = (await visitor.post('/login', { subject: 'x' })).setCookies
      assert.match(String(line), new RegExp(`; Max-Age=${said};`))
      assert.doesNotMatch(String(line), /Expires/)
      probe.clock.advance(said / 2 + 0.5)
      const renewed = Number(/Max-Age=(\d+)/.exec(String((await visitor.get('/me')).setCookies[0]))?.[1])
      assert.ok(renewed <= Math.min(said, absoluteTimeout - Math.floor(said / 2)), `${renewed}`)
    }
  })
})

test('no life is longer than 400 days, whoever asks for it', async () => {
  const sessions = createSessions({ keys: [KEY], engine: db(memoryStore()), absoluteTimeout: 99_999_999 })
  const session = await sessions.open({ headers: {} })
  session.setExpiry(99_999_999)
  await session.login('x')
  assert.match(String((await sessions.commit(session)).setCookie), /Max-Age=34560000;/)
  assert.throws(() => createSessions({ keys: [KEY], engine: db(memoryStore()), cookie: { maxAge: 34_560_001 } }), {
    code: 'ERR_COOKIE_OPTION',
  })
})

describe('one cookie of one name in one response', () => {
  for (const [how, set] of [
    ['setHeader, a list', (response) => void response.setHeader('Set-Cookie', ['a=1', `${COOKIE}=mine`, 'b=2'])],
    ['setHeader, lower case', (response) => void response.setHeader('set-cookie', `${COOKIE}=mine; Path=/`)],
    ['appendHeader', (response) => void response.appendHeader('Set-Cookie', `${COOKIE}=mine`)],
    ['writeHead', (response) => void response.writeHead(200, { 'Set-Cookie': [`${COOKIE}=mine`, 'c=3'] })],
    [
      'writeHead, a flat list',
      (response) => void response.writeHead(200, ['set-cookie', `${COOKIE}=mine`, 'x-a', '1']),
    ],
    ['nothing', () => {}],
  ] as const satisfies readonly (readonly [string, (response: Parameters<Handler>[1]) => void])[]) {
    test(`the application set one too, by ${how}: ours takes its place, its others stay`, async () => {
      const answer = await serve((_request, response, session) => {
        session.set('visits', 1)
        set(response)
        response.end()
      })
      const ours = answer.setCookies.filter((line) => line.startsWith(`${COOKIE}=`))
      assert.equal(ours.length, 1)
      assert.match(String(ours[0]), ISSUED)
      const others = answer.setCookies.filter((line) => !line.startsWith(`${COOKIE}=`))
      assert.deepEqual(others, { 'setHeader, a list': ['a=1', 'b=2'], writeHead: ['c=3'] }[how as string] ?? [])
    })
  }

  test('a request that writes, signs in, cycles and signs out sends one: the last word', async () => {
    const answer = await serve(async (_request, response, session) => {
      session.set('a', 1)
      await session.login('x')
      session.cycleKey()
      await session.logout()
      session.set('b', 2)
      await session.login('y')
      response.end(String(session.subject))
    })
    assert.equal(answer.body, 'y')
    assert.equal(answer.setCookies.length, 1)
    assert.match(String(answer.setCookies[0]), ISSUED)
  })

  test('informational responses carry none, redirects, errors and HEAD do', async () => {
    const early: unknown[] = []
    const answer = await serve(
      (_request, response, session) => {
        session.set('a', 1)
        response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
        response.writeProcessing()
        response.writeHead(302, { location: '/next' }).end()
      },
      {},
      (information) => early.push(information),
    )
    assert.equal(answer.status, 302)
    assert.equal(answer.setCookies.length, 1)
    assert.ok(early.length > 0 && !JSON.stringify(early).toLowerCase().includes('set-cookie'))
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 404],
      ['GET', 304],
    ] as const) {
      const sent = await serve(
        (_request, response, session) => {
          session.set('a', 1)
          response.statusCode = status
          response.end()
        },
        { method },
      )
      assert.deepEqual([sent.status, sent.setCookies.length], [status, 1])
      assert.equal(sent.headers['cache-control'], 'no-store')
    }
  })

  test('a change after the headers have gone is an error, not a cookie that is silently lost', async () => {
    let thrown: unknown
    const answer = await serve((_request, response, session) => {
      response.write('begun ')
      try {
        session.set('late', 1)
      } catch (error) {
        thrown = error
      }
      response.end()
    })
    assert.deepEqual(answer.setCookies, [])
    assert.match(String(thrown), /after its response had begun/)
  })
})

type Handler = Parameters<typeof nodeSessions<Record<string, number>>>[1]

/** One request to a server of its own. */
async function serve(
  handler: Handler,
  options: { method?: string } = {},
  onInformation?: (info: unknown) => void,
): Promise<Answer> {
  await using sessions = createSessions<Record<string, number>>({ keys: [KEY], engine: db(memoryStore()) })
  const server: Server = createServer(nodeSessions(sessions, handler)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    return await ask(url, { ...options, ...(onInformation === undefined ? {} : { onInformation }) })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function signedIn(probe: Awaited<ReturnType<typeof startProbe>>) {
  const browser = probe.browser()
  await browser.post('/login', { subject: 'x' })
  return browser
}

function attributesOf(line: string | undefined): string[] {
  return (line ?? '').split('; ').slice(1).toSorted()
}
