import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COOKIE, ENGINES, startProbe } from '../support/probe.ts'

// A login slips past "sign out everywhere": its password was checked before, its session begins after.
// ASVS 7.4.2, 7.4.3, 7.4.5, CVE-2025-46336 class, standards X49, C18-C20, F5.

for (const engine of ENGINES) {
  describe(`sign out everywhere, engine ${engine}`, () => {
    test('a login whose password was checked before it is refused, with an event', async () => {
      const probe = await startProbe({ engine })
      const thief = probe.browser()
      const since = await probe.sessions.epoch('victim')
      await probe.sessions.revokeAll('victim')
      const login = await thief.post('/login', { subject: 'victim', since })
      assert.deepEqual([login.status, login.setCookies], [403, []])
      assert.equal((await thief.get('/me')).json?.['subject'], null)
      assert.deepEqual(
        probe.events.filter(({ type }) => type === 'login-refused').map((event) => 'reason' in event && event.reason),
        ['epoch'],
      )
      assert.equal(probe.size(), 0)
    })

    test('also when it lands between login() and the commit', async () => {
      const probe = await startProbe({ engine })
      for (const planted of [false, true]) {
        const thief = probe.browser()
        if (planted) await thief.post('/write')
        const gate = `gate-${planted}`
        const since = await probe.sessions.epoch('victim')
        const login = thief.post(`/then-wait?do=/login&gate=${gate}`, { subject: 'victim', since })
        await probe.gates.reached(gate)
        await probe.sessions.revokeAll('victim')
        probe.gates.open(gate)
        assert.equal((await login).status, 403)
        assert.deepEqual((await login).setCookies, [])
        assert.equal((await thief.get('/me')).json?.['subject'], null)
        assert.deepEqual(await probe.sessions.list('victim'), [])
      }
    })

    test('in any order of a hundred logins and one sign-out, none that began before it survives', async () => {
      const probe = await startProbe({ engine })
      const since = await probe.sessions.epoch('victim')
      const tokens: string[] = []
      const login = async (): Promise<void> => {
        const browser = probe.browser()
        await browser.post('/login', { subject: 'victim', since })
        const token = browser.jar.get(COOKIE)
        if (token !== undefined) tokens.push(token)
      }
      await Promise.all([
        ...Array.from({ length: 50 }, login),
        probe.sessions.revokeAll('victim'),
        ...Array.from({ length: 50 }, login),
      ])
      for (const token of tokens) {
        const browser = probe.browser()
        browser.jar.set(COOKIE, token)
        assert.equal((await browser.get('/me')).json?.['subject'], null)
      }
      assert.deepEqual(await probe.sessions.list('victim'), [])
    })

    test('a login that began after it, or of somebody else, is none of its business', async () => {
      const probe = await startProbe({ engine })
      const other = await probe.sessions.epoch('other')
      await probe.sessions.revokeAll('victim')
      const since = await probe.sessions.epoch('victim')
      assert.equal((await probe.browser().post('/login', { subject: 'victim', since })).status, 200)
      assert.equal((await probe.browser().post('/login', { subject: 'other', since: other })).status, 200)
    })

    test('the epoch outlives a restart', async () => {
      const probe = await startProbe({ engine })
      const since = await probe.sessions.epoch('victim')
      await probe.sessions.revokeAll('victim')
      await probe.close()
      const restarted = await startProbe({ engine, path: probe.path, clock: probe.clock })
      assert.equal((await restarted.browser().post('/login', { subject: 'victim', since })).status, 403)
    })

    test('"all other sessions" spares the one that asks, and no session of anybody else', async () => {
      const probe = await startProbe({ engine })
      const [here, there, bystander] = [probe.browser(), probe.browser(), probe.browser()]
      for (const browser of [here, there]) await browser.post('/login', { subject: 'victim' })
      await bystander.post('/login', { subject: 'bystander' })
      assert.equal((await here.post('/logout-others')).json?.['revoked'], 1)
      assert.equal((await here.get('/me')).json?.['subject'], 'victim')
      assert.equal((await there.get('/me')).json?.['subject'], null)
      assert.equal((await bystander.get('/me')).json?.['subject'], 'bystander')
    })
  })
}
