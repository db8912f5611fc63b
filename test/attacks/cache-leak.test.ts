import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { nodeSessions } from '../../src/adapters/node.ts'
import { createSessions, db, memoryStore } from '../../src/index.ts'
import { createBrowser, type Browser } from '../support/browser.ts'
import { startCachingProxy, type CachePolicy } from '../support/caching-proxy.ts'
import { fakeClock, type FakeClock } from '../support/clock.ts'
import { COOKIE, KEY } from '../support/probe.ts'

// Cache leakage: two people behind one shared cache, and an application that calls its pages public.
// ASVS 14.2.2, 14.2.5, WSTG-ATHN-06, RFC 9111, CVE-2014-1418, CVE-2023-30861, CVE-2026-35192, standards X34-X36, E1-E4,
// R07, V-CACHE. Which headers are said when: shared-cache.test.ts.

const MODES = ['read', 'write', 'cycle', 'login', 'logout'] as const
const STATUSES = [200, 301, 404, 410, 500]
const PUBLIC: readonly Readonly<Record<string, string>>[] = [
  { 'cache-control': 'public, max-age=600' },
  { 'cache-control': 's-maxage=600' },
  { 'cache-control': 'public, max-age=1, stale-while-revalidate=600' },
  { 'cache-control': 'max-age=600, private="set-cookie"' },
  { 'cache-control': 'public, max-age=600, immutable', vary: 'accept-encoding' },
  { 'cache-control': 'public, max-age=600', vary: '*' },
  { expires: 'Fri, 01 Jan 2100 00:00:00 GMT', 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' },
  { 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT', etag: '"same for all"' },
  { 'cache-control': 'public, max-age=600', 'cdn-cache-control': 'public, max-age=600' },
  { 'cache-control': 'public, max-age=600', 'surrogate-control': 'max-age=600' },
  {},
]

const STATES: Readonly<Record<string, (visitor: Browser, clock: FakeClock) => unknown>> = {
  'just signed in': () => {},
  'due for a renewal': (_visitor, clock) => clock.advance(600),
  'due for a touch': (_visitor, clock) => clock.advance(300),
  async 'with a dead cookie'(visitor, clock) {
    await visitor.copy().post('/logout')
    clock.advance(61) // Sooner, what it writes is refused as late.
  },
  'with a forged cookie': (visitor) => visitor.jar.set(COOKIE, 'forged'),
  'without a cookie': (visitor) => visitor.jar.clear(),
}

describe('a shared cache between two people and the application', () => {
  for (const policy of ['strict', 'sloppy', 'targeted'] as const) {
    for (const [state, bring] of Object.entries(STATES)) {
      test(`${policy}, the first comes ${state}: the second gets nothing of theirs`, async () => {
        const { visit, clock } = await startBehind(policy)
        for (const mode of MODES) {
          for (const [index, headers] of PUBLIC.entries()) {
            const first = await visit('first')
            await bring(first, clock)
            for (const status of STATUSES) {
              const path = `/page?mode=${mode}&status=${status}&headers=${index}&state=${state.replaceAll(' ', '-')}`
              const warm = await first.get(path, { 'sec-fetch-mode': 'navigate' })
              assert.equal(warm.status, status)
              for (const other of [await visit('second'), await visit(undefined)]) {
                const answer = await other.get(path, { 'if-none-match': '"same for all"' })
                assert.ok(!answer.body.includes('first'), `${path} ${JSON.stringify(headers)}`)
                for (const line of answer.setCookies) {
                  assert.ok(!warm.setCookies.includes(line) || line.includes('Max-Age=0'), path)
                }
              }
            }
          }
        }
      })
    }

    test(`${policy}: what never touches a session is cached, so that the test could fail`, async () => {
      const { visit, proxy } = await startBehind(policy)
      const [first, second] = [await visit('first'), await visit('second')]
      const before = proxy.hits
      for (const browser of [first, second]) assert.equal((await browser.get('/public')).body, '"the same for all"')
      assert.equal(proxy.hits - before, 1)
    })

    test(`${policy}, web cache deception: a page under the name of a file is still the page of its reader`, async () => {
      const { visit } = await startBehind(policy)
      for (const path of [
        '/me/a.css',
        '/me/a.js',
        '/me;a.css',
        '/me%2fa.css',
        '/me%00.css',
        '/me?a.css',
        '/me%23.css',
        '/me%3f.png',
        '/static/..%2fme/x.css',
        '/me/..%2f..%2fstatic/x.png',
        '/me/favicon.ico',
      ]) {
        const victim = await visit('victim')
        assert.match((await victim.get(path)).body, /victim/, 'the application routes loosely')
        const attacker = await visit(undefined)
        assert.doesNotMatch((await attacker.get(path)).body, /victim/, path)
      }
    })

    test(`${policy}, poisoning: the cookie that one visitor was given is given to nobody else`, async () => {
      const { visit } = await startBehind(policy)
      const attacker = await visit(undefined)
      const [line] = (await attacker.get('/page?mode=write&headers=0')).setCookies
      assert.ok(line !== undefined)
      const victim = await visit(undefined)
      await victim.get('/page?mode=write&headers=0')
      assert.notEqual(victim.jar.get(COOKIE), attacker.jar.get(COOKIE))
    })

    test(`${policy}: HEAD and then GET, GET and then HEAD, ranges`, async () => {
      const { visit } = await startBehind(policy)
      const [first, second] = [await visit('first'), await visit('second')]
      for (const range of [{}, { range: 'bytes=0-3' }]) {
        await first.head('/page?mode=read&headers=0')
        assert.match((await second.get('/page?mode=read&headers=0', range)).body, /second/)
        assert.match((await first.get('/page?mode=read&headers=0', range)).body, /first/)
      }
    })

    test(`${policy}: after signing out, the page is not there any more`, async () => {
      const { visit } = await startBehind(policy)
      const owner = await visit('owner')
      assert.match((await owner.get('/page?mode=read&headers=0')).body, /owner/)
      await owner.post('/logout')
      assert.doesNotMatch((await owner.get('/page?mode=read&headers=0')).body, /owner/)
    })
  }
})

async function startBehind(policy: CachePolicy) {
  const clock = fakeClock()
  const sessions = createSessions<Record<string, number>>({ keys: [KEY], engine: db(memoryStore({ clock })), clock })
  const server = createServer(
    nodeSessions(sessions, async (request, response, session) => {
      const url = new URL(String(request.url), 'http://app')
      const say = (body: unknown): void => void response.end(JSON.stringify(body))
      if (request.method === 'POST') {
        if (url.pathname === '/login') await session.login(String(url.searchParams.get('as')))
        else await session.logout()
        say({})
      } else if (url.pathname === '/public') {
        response.setHeader('cache-control', 'public, max-age=600')
        say('the same for all')
      } else if (url.pathname.includes('me')) {
        // A router that takes whatever begins or ends like its page.
        response.setHeader('cache-control', 'public, max-age=600')
        say({ name: session.subject })
      } else {
        for (const [name, value] of Object.entries(PUBLIC[Number(url.searchParams.get('headers'))] ?? {}))
          response.setHeader(name, value)
        response.statusCode = Number(url.searchParams.get('status') ?? 200)
        const name = session.subject
        switch (url.searchParams.get('mode')) {
          case 'write':
            session.update('count', (count = 0) => count + 1)
            break
          case 'cycle':
            session.cycleKey()
            break
          case 'login':
            if (name !== null) await session.login(name)
            break
          case 'logout':
            await session.logout()
            break
          case null:
          default:
        }
        say({ name })
      }
    }),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startCachingProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, policy, clock)
  const agent = new Agent({ keepAlive: true })
  after(async () => {
    agent.destroy()
    proxy.close()
    server.closeAllConnections()
    server.close()
    await sessions.close()
  })
  return {
    proxy,
    clock,
    /** A browser behind the cache, signed in if it has a name. */
    visit: async (name: string | undefined): Promise<Browser> => {
      const browser = createBrowser(proxy.base, agent)
      if (name !== undefined) await browser.post(`/login?as=${name}`)
      return browser
    },
  }
}
