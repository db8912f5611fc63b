import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Browser } from '../support/browser.ts'
import { ENGINES, startProbe, type Probe } from '../support/probe.ts'

// Session puzzling: a public page sets the very variable that a private page trusts.
// WSTG-SESS-08, ASVS 15.3.3, standards X24, X25, F3, F4, C3.

/** What careless applications keep under, and what Holdfast itself calls things. */
const NAMES =
  'subject user userId uid username email role isAdmin admin authenticated aal _auth_user_id _auth_user_hash passport pending resetFor mfa identity login id token secret generation current previous verifier security mac revision record authenticatedAt absoluteAt idleSeconds createdAt seenAt expires cookie #unit __proto__ constructor toString'.split(
    ' ',
  )
const VALUES = ['victim', 'admin', true, 1, 9e15, null, { id: 'victim', subject: 'victim' }, ['victim']]

type Step = readonly [path: string, body: Readonly<Record<string, unknown>>]

/** Every page that a visitor may use without signing in, with whatever they like to say there. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ k: fc.constantFrom(...NAMES), v: fc.constantFrom(...VALUES) }).map((body) => ['/write', body] as const),
  fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES)).map((body) => ['/assign', body] as const),
  fc.constantFrom(...NAMES).map((k) => ['/increment', { k }] as const),
  fc.constantFrom(...NAMES).map((k) => ['/take', { k }] as const),
  fc
    .constantFrom('/elevate', '/reauth', '/logout', '/flush', '/password', '/logout-others', '/expiry')
    .map((path) => [path, { seconds: 9e6, subject: 'victim' }] as const),
  fc
    .constantFrom('/boom?do=/login', '/login?as=victim')
    .map((path) => [path, path.startsWith('/boom') ? { subject: 'victim' } : {}] as const),
)

for (const engine of ENGINES) {
  test(`whatever public pages are visited in whatever order, nobody is signed in by them (${engine})`, async () => {
    const probe = await startProbe({ engine })
    const victim = probe.browser()
    await victim.post('/login', { subject: 'victim' })
    const [mine] = await probe.sessions.list('victim')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const mallory = probe.browser()
        for (const [path, body] of steps) await mallory.post(path, body)
        await hasNoRights(mallory, String(mine?.id))
      }),
      { numRuns: 60 },
    )
    assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    assert.equal((await probe.sessions.list('victim')).length, 1)
    assert.deepEqual(await probe.sessions.list('admin'), [])
  })
}

describe('half signed in', () => {
  test('after the password and before the second factor: data says so, and data is no identity', async () => {
    const probe = await startProbe()
    const visitor = probe.browser()
    await visitor.post('/write', { k: 'pending', v: 'victim' })
    await hasNoRights(visitor, 'x')
    await visitor.post('/login', { subject: 'victim' }) // The second factor was right.
    assert.equal((await visitor.get('/me')).json?.['subject'], 'victim')
  })

  test('a login that has not been committed is nobody’s for every other request', async () => {
    const probe = await startProbe()
    const visitor = probe.browser()
    await visitor.post('/write')
    const parallel = visitor.copy()
    const login = visitor.post('/then-wait?do=/login', { subject: 'victim' })
    await probe.gates.reached('slow')
    await hasNoRights(parallel, 'x')
    assert.deepEqual(await probe.sessions.list('victim'), [])
    probe.gates.open('slow')
    await login
    assert.equal((await visitor.get('/me')).json?.['subject'], 'victim')
    assert.equal((await parallel.get('/me')).json?.['subject'], null, 'and not for the old token afterwards')
  })

  test('what an anonymous visitor left is not what a member gets when they come back signed out', async () => {
    const probe = await startProbe()
    const browser = probe.browser()
    await browser.post('/write', { k: 'resetFor', v: 'victim' })
    await browser.post('/login', { subject: 'member' })
    await browser.post('/logout')
    await browser.post('/write', { k: 'new', v: 1 })
    assert.deepEqual((await browser.get('/me')).json, { subject: null, keys: ['new'] })
  })

  test('nor in the very request that signs them out', async () => {
    const probe = await startProbe()
    const browser = probe.browser()
    await browser.post('/write', { k: 'resetFor', v: 'victim' })
    await browser.post('/login', { subject: 'member' })
    const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const session = await probe.sessions.open({ headers: { cookie } })
    session.set('more', 1)
    await session.logout()
    assert.deepEqual([session.subject, session.id, session.keys(), session.isEmpty], [null, null, [], true])
    assert.equal(session.authenticatedAt, null)
  })

  test('an expiry that a visitor asked for is no key to more than the absolute limit', async () => {
    const probe = await startProbe()
    const visitor = await signedInFor(probe, 9e6)
    for (let hour = 0; hour < 11; hour++) {
      probe.clock.advance(3600)
      assert.equal((await visitor.get('/me')).json?.['subject'], 'member')
    }
    probe.clock.advance(3601)
    assert.equal((await visitor.get('/me')).json?.['subject'], null)
  })
})

/** Every private page, asked as directly as an attacker would. */
async function hasNoRights(browser: Browser, handle: string): Promise<void> {
  const copy = browser.copy()
  assert.equal((await copy.get('/me')).json?.['subject'], null)
  assert.deepEqual((await copy.get('/sessions')).json, { sessions: [] })
  assert.deepEqual((await copy.post('/sessions/revoke', { id: handle })).json, { revoked: false })
  assert.deepEqual((await copy.post('/password')).json, { changed: false })
  assert.equal((await copy.post('/reauth')).status, 403)
  assert.equal((await copy.get('/session')).json?.['subject'] ?? null, null)
}

async function signedInFor(probe: Probe, seconds: number): Promise<Browser> {
  const visitor = probe.browser()
  await visitor.post('/write', { k: 'basket', v: 1 })
  await visitor.post('/expiry', { seconds })
  await visitor.post('/login', { subject: 'member' })
  return visitor
}
