import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Answer, Browser } from '../support/browser.ts'
import { COOKIE, startProbe, type Probe } from '../support/probe.ts'

// A shared cache keeps one visitor's page, or their Set-Cookie, and gives it to the next.
// ASVS 14.2.2, 14.2.5, 14.3.2, CVE-2014-1418, CVE-2023-30861, standards X34-X36, E1, E3, E4, F11.

const TOUCHES: readonly { what: string; ask: (browser: Browser, probe: Probe) => Promise<Answer> }[] = [
  { what: 'reads', ask: (browser) => browser.get('/cached?do=GET /read') },
  { what: 'asks who it is', ask: (browser) => browser.get('/cached?do=GET /me') },
  { what: 'asks whether a key is there', ask: (browser) => browser.get('/cached?do=GET /has') },
  { what: 'writes', ask: (browser) => browser.get('/cached?do=POST /write') },
  { what: 'increments', ask: (browser) => browser.get('/cached?do=POST /increment') },
  { what: 'takes', ask: (browser) => browser.get('/cached?do=POST /take') },
  { what: 'cycles the key', ask: (browser) => browser.get('/cached?do=POST /elevate') },
  { what: 'logs out', ask: (browser) => browser.get('/cached?do=POST /logout') },
  {
    what: 'reads when a renewal is due',
    ask(browser, probe) {
      probe.clock.advance(600)
      return browser.get('/cached?do=GET /read')
    },
  },
  {
    what: 'carries a dead token',
    async ask(browser) {
      await browser.copy().post('/logout')
      return browser.get('/cached?do=GET /read', { 'sec-fetch-mode': 'navigate' })
    },
  },
  {
    what: 'carries a forged token',
    ask(browser) {
      browser.jar.set(COOKIE, 'forged')
      return browser.get('/cached?do=GET /read')
    },
  },
  {
    what: 'carries nothing',
    ask(browser) {
      browser.jar.clear()
      return browser.get('/cached?do=GET /read')
    },
  },
]

describe('a shared cache', () => {
  for (const { what, ask } of TOUCHES) {
    test(`a request that ${what}: no-store over the application’s public, and Vary: Cookie`, async () => {
      const { probe, visitor } = await signedIn()
      const { status, headers } = await ask(visitor, probe)
      assert.deepEqual([status, headers['cache-control'], headers.vary], [200, 'no-store', 'Cookie'])
    })
  }

  test('a page that never touches the session keeps the application’s headers, cookie or not', async () => {
    const { probe, visitor } = await signedIn()
    probe.clock.advance(700) // A renewal and a touch are due; neither is worth a page that could have been cached.
    for (const browser of [visitor, probe.browser()]) {
      const { headers, setCookies } = await browser.get('/cached')
      assert.deepEqual([headers['cache-control'], headers.vary, setCookies], ['public, max-age=600', undefined, []])
      const open = await browser.get('/open')
      assert.deepEqual([open.headers['cache-control'], open.headers.vary, open.setCookies], [undefined, undefined, []])
    }
  })

  test('a handler that gives its head first and reads the session for the body: no-store all the same', async () => {
    const { visitor } = await signedIn()
    const { headers, json } = await visitor.get('/head-first')
    assert.deepEqual(json, { subject: 'visitor' })
    assert.deepEqual([headers['cache-control'], headers.vary], ['no-store', 'Cookie'])
  })

  test('a handler that gives its head first may still write: Node sends nothing before the body', async () => {
    const { probe } = await signedIn()
    const { status, headers, setCookies } = await probe.browser().get('/head-first?write')
    assert.deepEqual([status, setCookies.length, headers['cache-control']], [200, 1, 'no-store'])
  })

  test('whatever sets the cookie is no-store: login, first write, renewal, removal, streams, errors', async () => {
    const probe = await startProbe()
    const visitor = probe.browser()
    const answers = [
      await visitor.post('/write'),
      await visitor.post('/login', { subject: 'visitor' }),
      await probe.browser().get('/stream'),
      (probe.clock.advance(600), await visitor.get('/me')),
      await visitor.post('/reauth'),
      await visitor.post('/boom?do=/logout'),
    ]
    for (const { headers, setCookies } of answers) {
      assert.deepEqual([setCookies.length, headers['cache-control'], headers.vary], [1, 'no-store', 'Cookie'])
    }
  })

  test('answers that Holdfast gives in place of the application’s are no-store too', async () => {
    const { probe, visitor } = await signedIn()
    const tab = visitor.copy()
    await visitor.post('/login', { subject: 'visitor' })
    const interrupted = await tab.post('/write')
    probe.watched.fail('find', 'update', 'create')
    const failed = await probe.browser().post('/write')
    for (const { status, headers, setCookies } of [interrupted, failed]) {
      assert.ok(status === 400 || status === 500)
      assert.deepEqual([headers['cache-control'], setCookies], ['no-store', []])
    }
  })

  for (const [vary, expected] of [
    ['Accept-Encoding', 'Accept-Encoding, Cookie'],
    ['accept-encoding, Origin', 'accept-encoding, Origin, Cookie'],
    ['cookie', 'cookie'],
    ['COOKIE, Origin', 'COOKIE, Origin'],
    ['X-Cookie', 'X-Cookie, Cookie'],
    ['*', '*'],
    ['Origin,,  Accept ', 'Origin, Accept, Cookie'],
  ] as const) {
    test(`Vary: ${vary} becomes ${expected}`, async () => {
      const { visitor } = await signedIn()
      const { headers } = await visitor.get(`/cached?do=GET /me&vary=${encodeURIComponent(vary)}`)
      assert.equal(headers.vary, expected)
    })
  }

  test('two visitors behind a cache that obeys: neither gets the other’s page or cookie', async () => {
    const { probe, visitor } = await signedIn()
    const cache = new Map<string, Answer>()
    const through = async (browser: Browser, path: string): Promise<Answer> => {
      const kept = cache.get(path)
      if (kept !== undefined) return kept
      const answer = await browser.get(path)
      if (/\b(?:public|max-age)\b/.test(answer.headers['cache-control'] ?? '')) cache.set(path, answer)
      return answer
    }
    const other = probe.browser()
    await other.post('/login', { subject: 'other' })
    for (const path of ['/cached?do=GET /me', '/cached?do=POST /write', '/cached?do=POST /elevate', '/cached']) {
      const first = await through(visitor, path)
      const second = await through(other, path)
      assert.ok(!second.body.includes('"visitor"'), path)
      assert.ok(
        second.setCookies.every((line) => !first.setCookies.includes(line)),
        path,
      )
    }
    assert.deepEqual([...cache.keys()], ['/cached'])
  })

  test('fetch adapter: the same, on the Web’s Response, whose headers may be frozen', async () => {
    const { probe, visitor } = await signedIn()
    const headers = { cookie: `${COOKIE}=${visitor.jar.get(COOKIE)}` }
    const untouched = await probe.sessions.handle(new Request('http://probe/', { headers }), () => publicPage())
    assert.deepEqual(
      [untouched.headers.get('cache-control'), untouched.headers.get('vary')],
      ['public, max-age=600', null],
    )
    const touched = await probe.sessions.handle(new Request('http://probe/', { headers }), (session) => {
      void session.subject
      return publicPage()
    })
    assert.deepEqual([touched.headers.get('cache-control'), touched.headers.get('vary')], ['no-store', 'Cookie'])
    const redirect = await probe.sessions.handle(new Request('http://probe/', { headers }), async (session) => {
      await session.login('visitor')
      return Response.redirect('http://probe/next')
    })
    assert.deepEqual([redirect.status, redirect.headers.get('cache-control')], [302, 'no-store'])
    assert.equal(redirect.headers.getSetCookie().length, 1)
  })
})

async function signedIn() {
  const probe = await startProbe()
  const visitor = probe.browser()
  await visitor.post('/login', { subject: 'visitor' })
  return { probe, visitor }
}

function publicPage(): Response {
  return new Response('page', { headers: { 'cache-control': 'public, max-age=600' } })
}
