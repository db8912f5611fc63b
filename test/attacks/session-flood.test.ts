import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cachedDb, createSessions, memoryCache, sqliteStore } from '../../src/index.ts'
import { fakeClock } from '../support/clock.ts'
import { sendPipelined } from '../support/pipelined.ts'
import { COOKIE, KEY, newPath, startProbe } from '../support/probe.ts'

// Session flood: bots without cookies, or with junk, fill the store, get a cookie each, or push real users out.
// ASVS 15.2.2, CVE-2015-5143, CVE-2015-5963, CVE-2015-5964, CVE-2014-8124, standards X45, X46, A5, F7, F10, V-LOAD.

const VISITORS = 100_000

/** The login fails: it names nobody. So do a step-up and a sign-out of nobody. */
const REQUESTS = ['GET /me', 'GET /open', 'POST /logout', 'GET /read', 'POST /login', 'POST /reauth', 'HEAD /has']

const VISITS: Readonly<Record<string, (session: VisitedSession) => unknown>> = {
  'opens a page': () => undefined,
  reads: (session) => session.get('basket') ?? session.subject,
  'asks what there is': (session) => [session.keys(), session.isEmpty, session.has('x'), session.id],
  'logs out': (session) => session.logout(),
  flushes: (session) => session.flush(),
  'clears and deletes': (session) => (session.clear(), session.delete('basket')),
  'sets and deletes again': (session) => (session.set('a', 1), session.delete('a')),
  'cycles the key': (session) => session.cycleKey(),
  'takes a flash message': (session) => session.take('flash'),
  'updates to nothing': (session) => session.update('n', () => undefined),
}

type VisitedSession = Parameters<Parameters<Awaited<ReturnType<typeof startProbe>>['sessions']['handle']>[1]>[0]

describe('session flood', () => {
  for (const [what, cookie] of [
    ['without a cookie', () => ''],
    ['with a cookie that nobody sealed', (visitor) => `\r\nCookie: ${COOKIE}=${String(visitor).padStart(91, 'A')}`],
    ['with a cookie of another name', (visitor) => `\r\nCookie: tracking=${visitor}`],
  ] as const satisfies readonly (readonly [string, (visitor: number) => string])[]) {
    test(`100,000 requests over HTTP ${what}: nothing is stored, asked or set`, async () => {
      const probe = await startProbe()
      probe.watched.calls.length = 0
      const { statuses, setCookies } = await sendPipelined(probe.port, VISITORS, (visitor) => {
        return `${REQUESTS[visitor % REQUESTS.length]} HTTP/1.1${cookie(visitor)}`
      })
      const answered = [...statuses.values()].reduce((sum, count) => sum + count, 0)
      assert.equal(answered, VISITORS)
      assert.ok((statuses.get('200') ?? 0) > VISITORS / 2)
      assert.equal(setCookies, 0)
      assert.deepEqual(probe.watched.calls, [])
      assert.equal(probe.size(), 0)
    })
  }

  for (const [name, visit] of Object.entries(VISITS)) {
    test(`10,000 visitors, half with junk for a cookie, and each ${name}: nothing is stored, asked or set`, async () => {
      const probe = await startProbe()
      probe.watched.calls.length = 0
      for (let visitor = 0; visitor < VISITORS / 10; visitor++) {
        const request = new Request('http://probe/', junkEvery(visitor))
        const response = await probe.sessions.handle(request, async (session) => {
          await visit(session)
          return new Response()
        })
        if (response.headers.has('set-cookie')) assert.fail(`visitor ${visitor} got a cookie`)
      }
      assert.deepEqual(probe.watched.calls, [])
      assert.equal(probe.size(), 0)
    })
  }

  test('visitors who do store something push nobody out, though the cache is small, and go when their time is over', async () => {
    const clock = fakeClock()
    const cache = memoryCache({ clock, maxEntries: 50 })
    const engine = cachedDb(sqliteStore(newPath(), { synchronous: 'normal', clock }), cache, { clock })
    await using sessions = createSessions<Record<string, number>>({ keys: [KEY], engine, clock })
    const signIn = await sessions.handle(new Request('http://probe/'), async (session) => {
      await session.login('victim')
      return new Response()
    })
    const cookie = String(signIn.headers.getSetCookie()[0]?.split(';')[0])
    await Promise.all(
      Array.from({ length: 2_000 }, async (_, visitor) => {
        const session = await sessions.open({ headers: {} })
        session.set('basket', visitor)
        const { setCookie } = await sessions.commit(session)
        // They come back, so that the cache has to hold them too.
        const again = await sessions.open({ headers: { cookie: String(setCookie?.split(';')[0]) } })
        assert.equal(again.get('basket'), visitor)
      }),
    )
    assert.ok(cache.size <= 50)
    assert.equal((await sessions.open({ headers: { cookie } })).subject, 'victim')

    clock.advance(1800 + 301)
    assert.equal(await sessions.clearExpired(), 2_001)
  })
})

/** Every other visitor brings a cookie of our name that nobody sealed. */
function junkEvery(visitor: number): RequestInit {
  return visitor % 2 === 0 ? {} : { headers: { cookie: `${COOKIE}=${String(visitor).padStart(91, 'A')}` } }
}
