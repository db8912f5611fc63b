import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Answer, Browser } from '../support/browser.ts'
import { ENGINES, openFile, startProbe, type Probe } from '../support/probe.ts'

// Resurrection: a slow request saves after its session has ended, and brings it back.
// ASVS 15.4.1, 15.4.2, CVE-2025-46336, standards X20, F5.

const ENDS: readonly { name: string; end: (probe: Probe, victim: Browser) => Promise<unknown> }[] = [
  { name: 'logout', end: (_, victim) => victim.post('/logout') },
  { name: 'flush', end: (_, victim) => victim.post('/flush') },
  { name: 'a login in another tab', end: (_, victim) => victim.post('/login', { subject: 'victim' }) },
  { name: 'cycleKey()', end: (_, victim) => victim.post('/elevate') },
  { name: 'reauthenticated()', end: (_, victim) => victim.post('/reauth') },
  {
    name: 'revoke',
    end: async ({ sessions }) => {
      const [first] = await sessions.list('victim')
      return sessions.revoke(String(first?.id))
    },
  },
  { name: 'revokeAll', end: ({ sessions }) => sessions.revokeAll('victim') },
]

for (const engine of ENGINES) {
  describe(`resurrection, engine ${engine}`, () => {
    for (const { name, end } of ENDS) {
      for (const deed of ['/write', '/increment', '/take', '/expiry', '/elevate', '/reauth']) {
        test(`a slow ${deed} across ${name}: 400, no cookie, nothing written`, async () => {
          const { probe, victim, id } = await signedIn(engine)
          const late = slow(victim, `do=${deed}`)
          await probe.gates.reached('slow')
          await end(probe, victim)
          const dump = dataOf(probe)
          probe.gates.open('slow')

          isInterrupted(await late)
          assert.deepEqual(dataOf(probe), dump)
          assert.ok(!dump.some((row) => row.id === id), 'no record under the old id')
          assert.ok(probe.events.some((event) => event.type === 'interrupted' && event.id === id))
        })
      }

      test(`a slow read across ${name}: served, without a cookie`, async () => {
        const { probe, victim, id } = await signedIn(engine)
        probe.clock.advance(700) // A renewal and a touch are due, so there is something to send and to write.
        const late = slow(victim, 'do=/me&method=GET')
        await probe.gates.reached('slow')
        await end(probe, victim)
        probe.gates.open('slow')
        const answer = await late
        assert.equal(answer.status, 200)
        assert.deepEqual(answer.setCookies, [])
        assert.ok(!dataOf(probe).some((row) => row.id === id))
      })
    }

    test('a write that was answered before the logout does not bring the session back either', async () => {
      const { probe, victim } = await signedIn(engine)
      const thief = victim.copy()
      await Promise.all([
        ...Array.from({ length: 20 }, (_, index) => victim.copy().post('/increment', { k: `k${index}` })),
        victim.post('/logout'),
        ...Array.from({ length: 20 }, (_, index) => victim.copy().post('/write', { k: `w${index}` })),
      ])
      assert.equal(probe.size(), 0)
      assert.equal((await thief.get('/me')).json?.['subject'], null)
    })

    test('the first write under an id that ended in the last 60 s: 400; later it begins a session of its own', async () => {
      const { probe, victim, id } = await signedIn(engine)
      const tab = victim.copy()
      await victim.post('/logout')
      probe.clock.advance(59)
      isInterrupted(await tab.post('/write'))
      assert.equal(probe.size(), 0)

      probe.clock.advance(2)
      assert.equal((await tab.post('/write')).status, 200)
      assert.deepEqual((await tab.get('/me')).json, { subject: null, keys: ['k'] })
      assert.ok(!dataOf(probe).some((row) => row.id === id))
    })

    test('the first write under an id that a login replaced: 400, and the login’s cookie is left alone', async () => {
      const { victim } = await signedIn(engine)
      const tab = victim.copy()
      await victim.post('/login', { subject: 'victim' })
      isInterrupted(await tab.post('/write'))
      const navigation = await tab.get('/me')
      assert.deepEqual(navigation.setCookies, [])
      assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    })

    test('signing out with the token that was just replaced ends the session, whatever it is called now', async () => {
      const { probe, victim } = await signedIn(engine)
      const tab = victim.copy()
      await victim.post('/elevate')
      await victim.post('/reauth')
      await tab.post('/logout')
      assert.equal((await victim.get('/me')).json?.['subject'], null)
      assert.equal(probe.size(), 0)
    })

    test('a token replaced longer than 60 s ago ends nothing', async () => {
      const { probe, victim } = await signedIn(engine)
      const thief = victim.copy()
      await victim.post('/elevate')
      probe.clock.advance(61)
      await thief.post('/logout')
      assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    })

    test('a login whose session was ended meanwhile still signs in, and carries nothing over', async () => {
      const { probe, victim } = await signedIn(engine)
      const late = victim.post('/slow?do=/login', { subject: 'victim' })
      await probe.gates.reached('slow')
      await probe.sessions.revokeAll('victim')
      probe.gates.open('slow')
      assert.equal((await late).status, 200)
      assert.deepEqual((await victim.get('/me')).json, { subject: 'victim', keys: [] })
      assert.equal(probe.size(), 1)
    })

    test('a logout that lost the race against a login ends the successor, not only the shell', async () => {
      const { probe, victim } = await signedIn(engine)
      const late = slow(victim, 'do=/logout')
      await probe.gates.reached('slow')
      await victim.post('/elevate')
      probe.gates.open('slow')
      assert.equal((await late).status, 200)
      assert.equal(probe.size(), 0)
    })

    test('clearing the expired, while a slow write is under way, leaves it nothing to write to', async () => {
      const { probe, victim } = await signedIn(engine)
      const late = slow(victim, 'do=/write')
      await probe.gates.reached('slow')
      probe.clock.advance(1800 + 301)
      assert.equal(await probe.sessions.clearExpired(), 1)
      probe.gates.open('slow')
      isInterrupted(await late)
      assert.equal(probe.size(), 0)
    })

    test('a session that expired under a slow write stays expired, also before it is cleared', async () => {
      const { probe, victim } = await signedIn(engine)
      const late = slow(victim, 'do=/write')
      await probe.gates.reached('slow')
      probe.clock.advance(1801)
      probe.gates.open('slow')
      isInterrupted(await late)
      assert.equal((await victim.get('/me')).json?.['subject'], null)
    })
  })
}

describe('resurrection of a cookie', () => {
  // A late response must not put an old cookie over the one that a newer login has set.
  for (const { name, end } of ENDS) {
    test(`a slow read across ${name} does not lengthen the old cookie`, async () => {
      const probe = await startProbe({ cookie: { maxAge: 3600 } })
      const victim = probe.browser()
      await victim.post('/login', { subject: 'victim' })
      probe.clock.advance(300) // A touch is due, and with it a new life for the cookie.
      const late = slow(victim, 'do=/me&method=GET')
      await probe.gates.reached('slow')
      await end(probe, victim)
      probe.gates.open('slow')
      assert.deepEqual((await late).setCookies, [])
    })

    test(`a slow read across ${name} does not seal the old token anew`, async () => {
      const old = 'k0-the key that was first before, of forty bytes'
      const before = await startProbe({ keys: [old] })
      const victim = before.browser()
      await victim.post('/login', { subject: 'victim' })
      await before.close()
      const probe = await startProbe({
        path: before.path,
        clock: before.clock,
        keys: ['k2-the new first key, at least forty bytes', old],
      })
      const here = probe.browser()
      for (const [cookie, value] of victim.jar) here.jar.set(cookie, value)
      const late = slow(here, 'do=/me&method=GET')
      await probe.gates.reached('slow')
      await end(probe, here)
      probe.gates.open('slow')
      assert.deepEqual((await late).setCookies, [])
    })
  }

  test('a slow read that straddles a renewal does not bring the replaced token back', async () => {
    const probe = await startProbe({ cookie: { maxAge: 3600 } })
    const owner = probe.browser()
    await owner.post('/login', { subject: 'victim' })
    probe.clock.advance(590) // A touch is due, a renewal almost.
    const late = slow(owner, 'do=/me&method=GET')
    await probe.gates.reached('slow')
    probe.clock.advance(10)
    await owner.get('/me') // Gets the next token,
    await owner.get('/me') // and shows it.
    probe.gates.open('slow')
    await late
    probe.clock.advance(61)
    assert.equal((await owner.get('/me')).json?.['subject'], 'victim')
    assert.ok(!probe.events.some((event) => event.type === 'reuse'), 'nobody stole anything')
  })

  test('a response overtaken by a renewal on its way to the browser holds no token that the renewal replaced', async () => {
    const probe = await startProbe({ cookie: { maxAge: 3600 } })
    const owner = probe.browser()
    await owner.post('/login', { subject: 'victim' })
    probe.clock.advance(300)
    assert.equal((await owner.copy().get('/me')).setCookies.length, 1, 'far from a renewal the cookie is lengthened')

    probe.clock.advance(299)
    const delayed = await owner.copy().post('/write')
    probe.clock.advance(1)
    await owner.get('/me')
    await owner.get('/me')
    for (const line of delayed.setCookies) owner.jar.set('__Host-session', String(line.split(/[=;]/)[1]))
    probe.clock.advance(61)
    assert.equal((await owner.get('/me')).json?.['subject'], 'victim')
    assert.ok(!probe.events.some((event) => event.type === 'reuse'))
  })

  test('a slow write that straddles a renewal does not bring the replaced token back', async () => {
    const probe = await startProbe({ cookie: { maxAge: 3600 } })
    const owner = probe.browser()
    await owner.post('/login', { subject: 'victim' })
    probe.clock.advance(590)
    const late = slow(owner, 'do=/write')
    await probe.gates.reached('slow')
    probe.clock.advance(10)
    await owner.get('/me')
    await owner.get('/me')
    probe.gates.open('slow')
    await late
    probe.clock.advance(61)
    assert.equal((await owner.get('/me')).json?.['subject'], 'victim')
    assert.ok(!probe.events.some((event) => event.type === 'reuse'))
  })
})

async function signedIn(engine: (typeof ENGINES)[number]) {
  const probe = await startProbe({ engine })
  const victim = probe.browser()
  await victim.post('/login', { subject: 'victim' })
  await victim.post('/write', { k: 'kept', v: 1 })
  const [first] = await probe.sessions.list('victim')
  return { probe, victim, id: first?.id }
}

function slow(browser: Browser, query: string): Promise<Answer> {
  return browser.post(`/slow?${query}`, { seconds: 900 })
}

function isInterrupted(answer: Answer): void {
  assert.equal(answer.status, 400, answer.body)
  assert.deepEqual(answer.setCookies, [])
  assert.match(answer.body, /session ended before the request completed/)
}

/** What the store holds, without the times that a touch may move. */
function dataOf({ path }: Probe) {
  const database = openFile(path)
  try {
    return database.prepare('SELECT id, subject, data, revision FROM holdfast_sessions ORDER BY id').all()
  } finally {
    database.close()
  }
}
