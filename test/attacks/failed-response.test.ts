import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COOKIE, ENGINES, startProbe } from '../support/probe.ts'

// A handler that fails half way: the login that was not, the logout that was.
// ASVS 16.5.3, 7.4.1, Django's rule for a 500, standards F22.

for (const engine of ENGINES) {
  describe(`a response of 500, engine ${engine}`, () => {
    test('after a login: nobody is signed in, and the session from before is whole', async () => {
      const probe = await startProbe({ engine })
      const visitor = probe.browser()
      await visitor.post('/write', { k: 'basket', v: ['book'] })
      const before = visitor.jar.get(COOKIE)
      const boom = await visitor.post('/boom?do=/login', { subject: 'visitor' })
      assert.deepEqual([boom.status, boom.setCookies], [500, []])
      assert.deepEqual((await visitor.get('/me')).json, { subject: null, keys: ['basket'] })
      assert.equal(visitor.jar.get(COOKIE), before)
      assert.deepEqual(await probe.sessions.list('visitor'), [])
      assert.ok(!probe.events.some(({ type }) => type === 'login'))
    })

    test('after a login without a session: no record, no cookie', async () => {
      const probe = await startProbe({ engine })
      const boom = await probe.browser().post('/boom?do=/login', { subject: 'visitor' })
      assert.deepEqual([boom.status, boom.setCookies, probe.size()], [500, [], 0])
    })

    test('after a step-up or cycleKey(): the old token stays in force', async () => {
      const probe = await startProbe({ engine })
      const owner = probe.browser()
      await owner.post('/login', { subject: 'owner' })
      for (const deed of ['/reauth', '/elevate']) {
        assert.deepEqual((await owner.post(`/boom?do=${deed}`)).setCookies, [])
        assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
      }
    })

    test('after a write: nothing is kept of it', async () => {
      const probe = await startProbe({ engine })
      const owner = probe.browser()
      await owner.post('/login', { subject: 'owner' })
      await owner.post('/boom?do=/write', { k: 'half', v: 'done' })
      await owner.post('/boom?do=/increment')
      assert.deepEqual((await owner.get('/me')).json, { subject: 'owner', keys: [] })
    })

    test('after setExpiry(): the session ends when it would have', async () => {
      const probe = await startProbe({ engine })
      const owner = probe.browser()
      await owner.post('/login', { subject: 'owner' })
      assert.deepEqual((await owner.post('/boom?do=/expiry', { seconds: 40_000 })).setCookies, [])
      probe.clock.advance(1801)
      assert.equal((await owner.get('/me')).json?.['subject'], null)
    })

    for (const deed of ['/logout', '/flush']) {
      test(`after ${deed}: the session is dead all the same, and the cookie goes`, async () => {
        const probe = await startProbe({ engine })
        const owner = probe.browser()
        await owner.post('/login', { subject: 'owner' })
        const thief = owner.copy()
        const boom = await owner.post(`/boom?do=${deed}`)
        assert.equal(boom.status, 500)
        assert.equal(owner.jar.size, 0)
        assert.equal((await thief.get('/me')).json?.['subject'], null)
        assert.equal(probe.size(), 0)
      })
    }

    test('after a revocation of others: they stay revoked', async () => {
      const probe = await startProbe({ engine })
      const [here, there] = [probe.browser(), probe.browser()]
      for (const browser of [here, there]) await browser.post('/login', { subject: 'owner' })
      assert.equal((await here.post('/boom?do=/logout-others')).status, 500)
      assert.equal((await there.get('/me')).json?.['subject'], null)
      assert.equal((await here.get('/me')).json?.['subject'], 'owner')
    })
  })
}
