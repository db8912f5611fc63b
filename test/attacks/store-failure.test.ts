import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COOKIE, ENGINES, startProbe } from '../support/probe.ts'

// A store that fails: it must never look like a visitor without a session, nor like a logout that worked.
// ASVS 16.5.2, 16.5.3, standards X58, F11.

for (const engine of ENGINES) {
  describe(`a failing store, engine ${engine}`, () => {
    test('a read that cannot be answered is a 5xx, not an anonymous page; afterwards all is as before', async () => {
      const { probe, owner } = await signedIn(engine)
      probe.watched.fail('find')
      for (const path of ['/me', '/read', '/open', '/sessions']) {
        const answer = await owner.get(path)
        assert.ok(answer.status >= 500, `${path}: ${answer.status}`)
        assert.deepEqual([answer.setCookies, answer.headers['cache-control']], [[], 'no-store'])
        assert.ok(!answer.body.includes('null') && !answer.body.includes('database'))
      }
      assert.equal((await probe.browser().get('/me')).status, 200, 'who has no cookie needs no store')
      probe.watched.heal()
      assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
    })

    for (const [deed, ...verbs] of [
      ['/logout', 'delete'],
      ['/flush', 'delete'],
      ['/admin/revoke-user', 'deleteBySubject'],
      ['/logout-others', 'deleteBySubject'],
      ['/password', 'deleteBySubject'],
    ] as const) {
      test(`${deed} that could not be stored fails: 5xx, the cookie stays, the session counts as alive`, async () => {
        const { probe, owner } = await signedIn(engine)
        probe.watched.fail(...verbs)
        const answer = await owner.post(deed, { subject: 'owner' })
        assert.ok(answer.status >= 500)
        assert.deepEqual(answer.setCookies, [])
        assert.ok(!probe.events.some(({ type }) => type === 'ended'))
        probe.watched.heal()
        assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
        assert.equal((await owner.post(deed, { subject: 'owner' })).status, 200)
      })
    }

    for (const [deed, ...verbs] of [
      ['/write', 'update'],
      ['/increment', 'update'],
      ['/take', 'update'],
      ['/login', 'replace'],
      ['/elevate', 'replace'],
      ['/reauth', 'replace'],
      ['/sessions/revoke', 'find'],
    ] as const) {
      test(`${deed} that could not be stored: 5xx, no cookie, nothing of the application’s answer`, async () => {
        const { probe, owner } = await signedIn(engine)
        assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
        await owner.post('/write', { k: 'k', v: 'before' })
        const before = owner.jar.get(COOKIE)
        probe.watched.fail(...verbs)
        const answer = await owner.post(deed, { subject: 'other', k: 'k', v: 'after', id: 'x' })
        assert.ok(answer.status >= 500, `${answer.status}`)
        assert.deepEqual(answer.setCookies, [])
        assert.ok(!answer.body.includes('written') && !answer.body.includes('other'))
        probe.watched.heal()
        assert.equal(owner.jar.get(COOKIE), before)
        assert.deepEqual((await owner.get('/read')).json, { value: 'before' })
        assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
      })
    }

    test('a login that could not be stored signs nobody in', async () => {
      const { probe } = await signedIn(engine)
      const visitor = probe.browser()
      probe.watched.fail('create')
      const answer = await visitor.post('/login', { subject: 'visitor' })
      assert.ok(answer.status >= 500)
      assert.deepEqual(answer.setCookies, [])
      probe.watched.heal()
      assert.deepEqual(await probe.sessions.list('visitor'), [])
    })

    test('"sign out everywhere" cannot be passed by a store that does not tell its epoch', async () => {
      const { probe } = await signedIn(engine)
      probe.watched.fail('epoch')
      const answer = await probe.browser().post('/login', { subject: 'owner', since: 0 })
      assert.ok(answer.status >= 500)
      await assert.rejects(probe.sessions.epoch('owner'))
    })

    test('a reuse that could not be ended is no pardon: the thief gets a 5xx, not the session', async () => {
      const { probe, owner } = await signedIn(engine)
      const thief = owner.copy()
      probe.clock.advance(600)
      await owner.get('/me')
      await owner.get('/me')
      probe.clock.advance(61)
      probe.watched.fail('delete')
      assert.ok((await thief.get('/me')).status >= 500)
      probe.watched.heal()
      assert.equal((await thief.get('/me')).json?.['subject'], null)
      assert.equal((await owner.get('/me')).json?.['subject'], null)
    })

    test('a renewal that could not be stored fails no request, and the old token stays in force', async () => {
      const { probe, owner } = await signedIn(engine)
      probe.clock.advance(600)
      probe.watched.fail('update')
      const answer = await owner.get('/me')
      assert.deepEqual([answer.status, answer.json?.['subject'], answer.setCookies], [200, 'owner', []])
      probe.watched.heal()
      assert.equal((await owner.get('/me')).setCookies.length, 1)
      assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
    })
  })
}

/** Signed in, and in no cache, so that the store is what counts. */
async function signedIn(engine: (typeof ENGINES)[number]) {
  const probe = await startProbe({ engine })
  const owner = probe.browser()
  await owner.post('/login', { subject: 'owner' })
  return { probe, owner }
}
