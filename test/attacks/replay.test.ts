import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Browser } from '../support/browser.ts'
import { ENGINES, startProbe, type Probe } from '../support/probe.ts'

// Replay: a copied token is presented after the session it belonged to is over, or after it was replaced.
// WSTG-SESS-06, WSTG-SESS-07, ASVS 7.3.1, 7.3.2, 7.4.1-7.4.3, 7.4.5, standards X18, X57, C6, C7, C12, C14, C18.

const IDLE = 1800
const ABSOLUTE = 12 * 3600
const RENEWAL = 600
const GRACE = 60

for (const engine of ENGINES) {
  describe(`replay, engine ${engine}`, () => {
    test('after logout: dead at once, also for a second device and for a write', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      await victim.post('/logout')
      assert.equal(victim.jar.size, 0)
      await isDead(probe, thief)
      assert.equal((await thief.post('/write')).status, 400)
    })

    test('after flush: dead at once', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      await victim.post('/flush')
      await isDead(probe, thief)
    })

    test('after renewal: good within the grace time, then theft: the session ends and an event says so', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      await renewed(probe, victim)

      probe.clock.advance(GRACE)
      assert.equal(await subject(thief), 'victim', 'a parallel tab still holds the replaced token')
      assert.deepEqual(eventsOf(probe, 'reuse'), [])

      probe.clock.advance(1)
      const stolen = await thief.get('/me')
      assert.equal(stolen.json?.['subject'], null)
      assert.deepEqual(stolen.setCookies, [])
      assert.equal(eventsOf(probe, 'reuse').length, 1)
      assert.deepEqual(
        eventsOf(probe, 'ended').map((event) => 'reason' in event && event.reason),
        ['reuse'],
      )
      assert.equal(await subject(victim), null, 'nobody can tell thief from owner, so both are out')
      assert.equal(probe.size(), 0)
    })

    test('a replaced token is never given the new one, however often it asks', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      await renewed(probe, victim)
      for (let second = 0; second < GRACE; second += 10) {
        assert.deepEqual((await thief.get('/me')).setCookies, [])
        assert.deepEqual((await thief.post('/increment')).setCookies, [])
        probe.clock.advance(10)
      }
    })

    test("after renewal, policy 'report': refused with an event, the owner stays", async () => {
      const { probe, victim, thief } = await signedIn({ engine, onReuse: 'report' })
      await renewed(probe, victim)
      probe.clock.advance(GRACE + 1)
      assert.equal(await subject(thief), null)
      assert.equal(eventsOf(probe, 'reuse').length, 1)
      await thief.post('/logout')
      assert.equal(await subject(victim), 'victim', 'a refused token can end nothing either')
    })

    test('idle: alive one second before the limit, dead one second after, whatever the cookie says', async () => {
      const { probe, victim, thief } = await signedIn({ engine, cookie: { maxAge: 86_400 }, renewalInterval: false })
      const other = probe.browser()
      await other.post('/login', { subject: 'other' })

      probe.clock.advance(IDLE - 1)
      assert.equal(await subject(victim), 'victim')
      probe.clock.advance(2)
      assert.equal(await subject(other), null)
      assert.equal(await subject(thief), 'victim', 'the request one second before the limit counted as use')
    })

    test('idle: touches never lengthen the life past the limit after the last request', async () => {
      const { probe, victim, thief } = await signedIn({ engine, renewalInterval: false })
      for (let round = 0; round < 5; round++) {
        probe.clock.advance(170) // Less than a tenth of the limit: no touch is written.
        assert.equal(await subject(victim), 'victim')
      }
      probe.clock.advance(IDLE + 1)
      await isDead(probe, thief)
    })

    test('absolute: a busy session dies at its limit, and renewals do not move it', async () => {
      const { probe, victim } = await signedIn({ engine })
      for (let second = 0; second < ABSOLUTE - 900; second += 900) {
        probe.clock.advance(900)
        assert.equal((await victim.post('/increment')).status, 200)
      }
      probe.clock.advance(899)
      assert.equal(await subject(victim), 'victim')
      assert.ok(eventsOf(probe, 'renewed').length > 20)
      probe.clock.advance(2)
      assert.equal(await subject(victim), null)
    })

    test('absolute: cycleKey() does not move the limit, reauthenticated() does', async () => {
      const { probe, victim } = await signedIn({ engine, idleTimeout: 2 * ABSOLUTE, renewalInterval: false })
      const other = probe.browser()
      await other.post('/login', { subject: 'other' })
      probe.clock.advance(ABSOLUTE - 10)
      await victim.post('/elevate')
      await other.post('/reauth')
      probe.clock.advance(11)
      assert.equal(await subject(victim), null)
      assert.equal(await subject(other), 'other')
    })

    test('an expired session is not woken by a write: the write begins a session of its own', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      await victim.post('/write', { k: 'secret', v: 'mine' })
      probe.clock.advance(IDLE + 1)
      await thief.post('/write', { k: 'new', v: 1 })
      assert.notDeepEqual(thief.jar, victim.jar)
      assert.deepEqual((await thief.get('/me')).json, { subject: null, keys: ['new'] })
    })

    test('after revocation of one session: that one is dead, the other lives', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      probe.clock.advance(1)
      const phone = probe.browser()
      await phone.post('/login', { subject: 'victim' })
      const list = (await phone.get('/sessions')).json?.['sessions']
      assert.ok(Array.isArray(list) && list.length === 2)
      const [first] = await probe.sessions.list('victim')
      assert.equal((await phone.post('/sessions/revoke', { id: first?.id })).json?.['revoked'], true)
      await isDead(probe, thief)
      assert.equal(await subject(victim), null)
      assert.equal(await subject(phone), 'victim')
    })

    test('after "sign out everywhere", by the user or by an operator: all are dead', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      const phone = probe.browser()
      await phone.post('/login', { subject: 'victim' })
      const bystander = probe.browser()
      await bystander.post('/login', { subject: 'bystander' })
      await probe.sessions.revokeAll('victim')
      for (const browser of [victim, phone, thief]) await isDead(probe, browser)
      assert.equal(await subject(bystander), 'bystander')
    })

    test('after a restart on the same file: what had ended has ended, what lived lives', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      const phone = probe.browser()
      await phone.post('/login', { subject: 'phone' })
      await victim.post('/logout')
      await probe.close()

      const restarted = await startProbe({ engine, path: probe.path, clock: probe.clock })
      await isDead(restarted, moved(thief, restarted))
      assert.equal(await subject(moved(phone, restarted)), 'phone')
    })

    test('after a renewal and a restart: reuse is still noticed', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      await renewed(probe, victim)
      await probe.close()
      probe.clock.advance(GRACE + 1)
      const restarted = await startProbe({ engine, path: probe.path, clock: probe.clock })
      assert.equal(await subject(moved(thief, restarted)), null)
      assert.equal(eventsOf(restarted, 'reuse').length, 1)
    })

    test('a second process on the same file: a logout there is a logout here, from the next request on', async () => {
      const { probe, victim, thief } = await signedIn({ engine })
      const second = await startProbe({ engine, path: probe.path, clock: probe.clock })
      assert.equal(await subject(moved(victim, second)), 'victim')
      assert.equal(await subject(victim), 'victim', 'now both processes have it in their caches')
      await moved(victim, second).post('/logout')
      await isDead(probe, thief)
      await isDead(second, moved(thief, second))
    })
  })
}

async function signedIn(options: Parameters<typeof startProbe>[0]) {
  const probe = await startProbe(options)
  const victim = probe.browser()
  await victim.post('/login', { subject: 'victim' })
  assert.equal(await subject(victim), 'victim') // Into the cache, so that what comes must get it out again.
  return { probe, victim, thief: victim.copy() }
}

/** The owner has got the next token and has shown it. */
async function renewed(probe: Probe, owner: Browser): Promise<void> {
  probe.clock.advance(RENEWAL)
  assert.equal((await owner.get('/me')).setCookies.length, 1)
  assert.equal(await subject(owner), 'victim')
}

/** Anonymous wherever it goes, and nothing in the answer helps it along. */
async function isDead(probe: Probe, browser: Browser): Promise<void> {
  const copy = browser.copy()
  const before = probe.size()
  for (const path of ['/me', '/sessions', '/read', '/session']) {
    const answer = await copy.get(path)
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.setCookies, [], path)
    assert.ok(!answer.body.includes('victim'), path)
  }
  assert.equal(probe.size(), before)
}

function moved(browser: Browser, probe: Probe): Browser {
  const there = probe.browser()
  for (const [name, value] of browser.jar) there.jar.set(name, value)
  return there
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}

function eventsOf(probe: Probe, type: string) {
  return probe.events.filter((event) => event.type === type)
}
