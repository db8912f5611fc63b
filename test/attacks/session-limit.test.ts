import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Browser } from '../support/browser.ts'
import { ENGINES, startProbe } from '../support/probe.ts'

// Concurrent logins: a limit that is checked first and applied later lets a burst through.
// WSTG-SESS-11, ASVS 7.1.2, 15.4.2, standards C24.

for (const engine of ENGINES) {
  describe(`the limit of sessions, engine ${engine}`, () => {
    test('100 parallel logins, evict-oldest: never more than the limit, and the rest are dead', async () => {
      const probe = await startProbe({ engine, maxPerSubject: 5 })
      const browsers = Array.from({ length: 100 }, () => probe.browser())
      const answers = await Promise.all(browsers.map((browser) => browser.post('/login', { subject: 'victim' })))
      assert.ok(answers.every(({ status }) => status === 200))
      assert.equal((await probe.sessions.list('victim')).length, 5)
      assert.equal(await signedIn(browsers), 5)
      assert.equal(probe.events.filter((event) => event.type === 'ended' && event.reason === 'evicted').length, 95)
    })

    test('100 parallel logins, refuse: exactly the limit get in, the others are told', async () => {
      const probe = await startProbe({ engine, maxPerSubject: { max: 5, policy: 'refuse' } })
      const browsers = Array.from({ length: 100 }, () => probe.browser())
      const answers = await Promise.all(browsers.map((browser) => browser.post('/login', { subject: 'victim' })))
      assert.equal(answers.filter(({ status }) => status === 200).length, 5)
      assert.equal(answers.filter(({ status, setCookies }) => status === 403 && setCookies.length === 0).length, 95)
      assert.equal(await signedIn(browsers), 5)
    })

    for (const policy of ['refuse', 'evict-oldest'] as const) {
      test(`all past login() before the first commit, ${policy}: the commit counts again`, async () => {
        const probe = await startProbe({ engine, maxPerSubject: { max: 2, policy } })
        const browsers = Array.from({ length: 6 }, () => probe.browser())
        const logins = browsers.map((browser, index) =>
          browser.post(`/then-wait?do=/login&gate=${index}`, { subject: 'victim' }),
        )
        await Promise.all(browsers.map((_, index) => probe.gates.reached(String(index))))
        for (const index of browsers.keys()) probe.gates.open(String(index))
        const statuses = (await Promise.all(logins)).map(({ status }) => status)
        assert.equal(statuses.filter((status) => status === 200).length, policy === 'refuse' ? 2 : 6)
        assert.equal((await probe.sessions.list('victim')).length, 2)
        assert.equal(await signedIn(browsers), 2)
      })
    }

    test('in sequence: the oldest makes room, other subjects keep theirs', async () => {
      const probe = await startProbe({ engine, maxPerSubject: 2 })
      const bystander = probe.browser()
      await bystander.post('/login', { subject: 'bystander' })
      const browsers = [probe.browser(), probe.browser(), probe.browser()]
      for (const browser of browsers) {
        probe.clock.advance(1)
        await browser.post('/login', { subject: 'victim' })
        assert.equal(await subject(browser), 'victim') // Into the cache, so that its eviction must get it out again.
      }
      assert.deepEqual(await Promise.all(browsers.map(subject)), [null, 'victim', 'victim'])
      assert.equal(await subject(bystander), 'bystander')
    })

    test('signing in again in the same browser takes no second place', async () => {
      const probe = await startProbe({ engine, maxPerSubject: { max: 1, policy: 'refuse' } })
      const owner = probe.browser()
      for (let login = 0; login < 3; login++) {
        assert.equal((await owner.post('/login', { subject: 'owner' })).status, 200)
      }
      assert.equal((await probe.browser().post('/login', { subject: 'owner' })).status, 403)
      await owner.post('/logout')
      assert.equal((await probe.browser().post('/login', { subject: 'owner' })).status, 200)
    })

    test('a refused login leaves the session it came with as it was', async () => {
      const probe = await startProbe({ engine, maxPerSubject: { max: 1, policy: 'refuse' } })
      await probe.browser().post('/login', { subject: 'victim' })
      const visitor = probe.browser()
      await visitor.post('/write', { k: 'basket', v: ['book'] })
      assert.equal((await visitor.post('/login', { subject: 'victim' })).status, 403)
      assert.deepEqual((await visitor.get('/me')).json, { subject: null, keys: ['basket'] })
    })
  })
}

async function signedIn(browsers: readonly Browser[]): Promise<number> {
  const subjects = await Promise.all(browsers.map(subject))
  return subjects.filter((name) => name === 'victim').length
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}
