import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask } from '../support/browser.ts'
import { COOKIE, startProbe } from '../support/probe.ts'
import { Agent } from 'node:http'

// Session flood: bots without cookies, or with junk, fill the store or get a cookie each.
// ASVS 15.2.2, CVE-2015-5143, CVE-2015-5963, CVE-2015-5964, CVE-2014-8124, standards X45, F7.

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
  for (const [name, visit] of Object.entries(VISITS)) {
    test(`10,000 visitors without a cookie: each ${name}; nothing is stored, asked or set`, async () => {
      const { sessions, watched, size } = await startProbe()
      watched.calls.length = 0
      for (let visitor = 0; visitor < 10_000; visitor++) {
        const request = new Request('http://probe/', junkEvery(visitor))
        const response = await sessions.handle(request, async (session) => {
          await visit(session)
          return new Response()
        })
        if (response.headers.has('set-cookie')) assert.fail(`visitor ${visitor} got a cookie`)
      }
      assert.deepEqual(watched.calls, [])
      assert.equal(size(), 0)
    })
  }

  test('3,000 requests over HTTP, with and without junk cookies, logins that fail and logouts of nobody', async () => {
    const probe = await startProbe()
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    probe.watched.calls.length = 0
    const answers = await Promise.all(
      Array.from({ length: 3_000 }, (_, visitor) => {
        const headers = visitor % 2 === 0 ? {} : { cookie: `${COOKIE}=${visitor}` }
        const [method, path] = [
          ['GET', '/me'],
          ['GET', '/open'],
          ['POST', '/logout'],
          ['GET', '/read'],
          ['POST', '/boom?do=/login'],
          ['POST', '/reauth'],
        ][visitor % 6] ?? ['GET', '/']
        const body = method === 'POST' ? { subject: 'victim' } : undefined
        return ask(probe.base + String(path), { agent, headers, body, method: String(method) })
      }),
    )
    agent.destroy()
    assert.deepEqual(new Set(answers.flatMap(({ setCookies }) => setCookies)), new Set())
    assert.deepEqual(probe.watched.calls, [])
    assert.equal(probe.size(), 0)
  })
})

/** Every other visitor brings a cookie of our name that nobody sealed. */
function junkEvery(visitor: number): RequestInit {
  return visitor % 2 === 0 ? {} : { headers: { cookie: `${COOKIE}=${String(visitor).padStart(91, 'A')}` } }
}
