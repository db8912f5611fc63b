import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COOKIE, ENGINES, openFile, startProbe } from '../support/probe.ts'

// "Where you are signed in": the handles of somebody else (IDOR), and what a handle is good for.
// ASVS 7.5.2, 8.2.2, CVE-2017-18878, CVE-2016-8638, standards X47, C22.

for (const engine of ENGINES) {
  describe(`the list of sessions, engine ${engine}`, () => {
    test('another subject’s handle ends nothing', async () => {
      const { probe, victim, mallory } = await twoSubjects(engine)
      const [handle] = await probe.sessions.list('victim')
      const answer = await mallory.post('/sessions/revoke', { id: handle?.id })
      assert.equal(answer.json?.['revoked'], false)
      assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    })

    test('handles that were never any: no error, no crash, nothing ended', async () => {
      const { probe, victim, mallory } = await twoSubjects(engine)
      for (const id of [
        '',
        '*',
        '%',
        '_'.repeat(22),
        '__proto__',
        "' OR 1=1--",
        '\0',
        'x'.repeat(10_000),
        String(mallory.jar.get(COOKIE)),
      ]) {
        const answer = await mallory.post('/sessions/revoke', { id })
        assert.deepEqual([answer.status, answer.json?.['revoked']], [200, false], id)
      }
      assert.equal(probe.size(), 2)
      assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    })

    test('the list holds one’s own sessions alone, and nothing that opens one', async () => {
      const { probe, victim, mallory } = await twoSubjects(engine)
      const { json, body } = await mallory.get('/sessions')
      const list = json?.['sessions']
      assert.ok(Array.isArray(list) && list.length === 1)
      assert.ok(!body.includes('victim'))
      const thief = probe.browser()
      for (const value of Object.values((await probe.sessions.list('victim'))[0] ?? {})) {
        thief.jar.set(COOKIE, String(value).replaceAll(/[^\w-]/g, ''))
        assert.equal((await thief.get('/me')).json?.['subject'], null)
      }
      assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    })

    test('a handle that a cycle has just replaced ends the session by its new name, for its owner only', async () => {
      const { probe, victim, mallory } = await twoSubjects(engine)
      const phone = probe.browser()
      await phone.post('/login', { subject: 'victim' })
      probe.clock.advance(1)
      const thief = probe.browser()
      await thief.post('/login', { subject: 'victim' })
      const handle = (await probe.sessions.list('victim')).at(-1)
      await thief.post('/elevate') // While the owner looks at the list.
      await thief.post('/reauth')
      assert.equal((await mallory.post('/sessions/revoke', { id: handle?.id })).json?.['revoked'], false)
      assert.equal((await thief.get('/me')).json?.['subject'], 'victim')
      assert.equal((await victim.post('/sessions/revoke', { id: handle?.id })).json?.['revoked'], true)
      assert.equal((await thief.get('/me')).json?.['subject'], null)
      assert.equal((await phone.get('/me')).json?.['subject'], 'victim')
    })

    test('an anonymous visitor sees no list and ends no session', async () => {
      const { probe, victim } = await twoSubjects(engine)
      const visitor = probe.browser()
      await visitor.post('/write')
      const [handle] = await probe.sessions.list('victim')
      assert.deepEqual((await visitor.get('/sessions')).json, { sessions: [] })
      assert.deepEqual((await visitor.post('/sessions/revoke', { id: handle?.id })).json, { revoked: false })
      assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    })

    test('a browser that lies about itself puts no markup and no flood on the page', async () => {
      const probe = await startProbe({ engine })
      const mallory = probe.browser()
      const agent = `<script>alert(1)</script> Firefox/${'9'.repeat(9_000)}`
      await mallory.post('/login', { subject: 'mallory' }, { 'user-agent': agent })
      const { body } = await mallory.get('/sessions')
      assert.ok(!body.includes('<script') && body.length < 1000)
      const database = openFile(probe.path)
      const stored = database.prepare('SELECT length(security) AS length FROM holdfast_sessions').get()
      database.close()
      assert.ok(Number(stored?.['length']) < 1000, 'nor in the store')
    })
  })
}

async function twoSubjects(engine: (typeof ENGINES)[number]) {
  const probe = await startProbe({ engine })
  const [victim, mallory] = [probe.browser(), probe.browser()]
  await victim.post('/login', { subject: 'victim' })
  await mallory.post('/login', { subject: 'mallory' })
  return { probe, victim, mallory }
}
