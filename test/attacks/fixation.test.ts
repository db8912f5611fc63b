import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Browser } from '../support/browser.ts'
import { COOKIE, ENGINES, startProbe } from '../support/probe.ts'

// Session fixation: the attacker knows a token, the victim signs in under it.
// WSTG-SESS-03, ASVS 7.2.4, standards X01, X02, C1, C2, A5.

for (const engine of ENGINES) {
  describe(`fixation, engine ${engine}`, () => {
    test('WSTG-SESS-03 (a): a token planted before the login is worthless after it', async () => {
      const probe = await startProbe({ engine })
      const attacker = probe.browser()
      await attacker.post('/write', { k: 'planted', v: true })
      const victim = attacker.copy() // The attacker's cookie, forced on the victim.

      const login = await victim.post('/login', { subject: 'victim' })
      assert.equal(login.status, 200)
      assert.equal(login.setCookies.length, 1)
      assert.notEqual(token(victim), token(attacker))
      assert.equal(await subject(victim), 'victim')

      assert.equal(await subject(attacker), null)
      assert.equal((await attacker.post('/write', { k: 'more', v: 1 })).status, 400)
    })

    test('WSTG-SESS-03 (b): restoring the cookies of before the login restores nothing', async () => {
      const probe = await startProbe({ engine })
      const victim = probe.browser()
      await victim.post('/write', { k: 'basket', v: ['book'] })
      const before = new Map(victim.jar)
      await victim.post('/login', { subject: 'victim' })
      assert.equal(await subject(victim), 'victim')

      victim.jar.clear()
      for (const [name, value] of before) victim.jar.set(name, value)
      const me = await victim.get('/me')
      assert.deepEqual(me.json, { subject: null, keys: [] })
      assert.deepEqual(me.setCookies, [])
    })

    test('WSTG-SESS-03 (b), without a prefix in the name: cookies forced on victim and attacker alike', async () => {
      const probe = await startProbe({ engine, cookie: { name: 'sid' } })
      const forced = probe.browser()
      await forced.post('/write', { k: 'planted', v: true })
      const [victim, attacker, third] = [forced.copy(), forced.copy(), forced.copy()]
      await victim.post('/login', { subject: 'victim' })
      await attacker.post('/login', { subject: 'attacker' })
      assert.notEqual(victim.jar.get('sid'), attacker.jar.get('sid'))
      assert.equal(await subject(victim), 'victim')
      assert.equal(await subject(attacker), 'attacker')
      assert.deepEqual((await third.get('/me')).json, { subject: null, keys: [] }, 'the forced cookie itself is dead')
      assert.equal((await third.post('/write', { k: 'planted', v: 'again' })).status, 400)
      assert.equal(probe.size(), 2)
    })

    test('X02: a token nobody issued is not adopted: the first write gets another', async () => {
      const probe = await startProbe({ engine })
      const planted = 'A'.repeat(91)
      const victim = probe.browser()
      victim.jar.set(COOKIE, planted)
      await victim.post('/write', { k: 'mine', v: 1 })
      assert.notEqual(token(victim), planted)

      const attacker = probe.browser()
      attacker.jar.set(COOKIE, planted)
      assert.deepEqual((await attacker.get('/me')).json, { subject: null, keys: [] })
    })

    test('signing in again as the same subject gives a new token and kills the old one', async () => {
      const probe = await startProbe({ engine })
      const { victim, thief } = await stolenSession(probe.browser())
      await victim.post('/write', { k: 'basket', v: ['book'] })
      await victim.post('/login', { subject: 'victim' })
      assert.deepEqual((await victim.get('/me')).json, { subject: 'victim', keys: ['basket'] })
      assert.equal(await subject(thief), null)
      assert.equal(probe.size(), 1)
    })

    test('signing in as somebody else carries no data over', async () => {
      const probe = await startProbe({ engine })
      const { victim, thief } = await stolenSession(probe.browser())
      await victim.post('/write', { k: 'address', v: '1 Private Road' })
      await victim.post('/login', { subject: 'somebody else' })
      assert.deepEqual((await victim.get('/me')).json, { subject: 'somebody else', keys: [] })
      assert.equal(await subject(thief), null)
    })

    test('what the first subject wrote in the request that signs in the second goes too', async () => {
      const probe = await startProbe({ engine })
      const { victim } = await stolenSession(probe.browser())
      const request = new Request('http://probe/', { headers: { cookie: `${COOKIE}=${token(victim)}` } })
      const response = await probe.sessions.handle(request, async (session) => {
        session.set('address', '1 Private Road')
        await session.login('somebody else')
        return Response.json(session.keys())
      })
      assert.deepEqual(await response.json(), [])
      const [line] = response.headers.getSetCookie()
      victim.jar.set(COOKIE, String(line?.split(';')[0]?.slice(COOKIE.length + 1)))
      assert.deepEqual((await victim.get('/me')).json, { subject: 'somebody else', keys: [] })
    })

    test('reauthenticated(): a fresh proof of identity is a new token', async () => {
      const probe = await startProbe({ engine })
      const { victim, thief } = await stolenSession(probe.browser())
      assert.equal((await victim.post('/reauth')).status, 200)
      assert.equal(await subject(victim), 'victim')
      assert.equal(await subject(thief), null)
      assert.equal((await thief.post('/write')).status, 400)
    })

    test('cycleKey(): a rise in privilege is a new token, with no grace for the old one', async () => {
      const probe = await startProbe({ engine })
      const { victim, thief } = await stolenSession(probe.browser())
      assert.equal((await victim.post('/elevate')).status, 200)
      assert.notEqual(token(victim), token(thief))
      assert.equal(await subject(victim), 'victim')
      assert.equal(await subject(thief), null)
    })

    test('changing the password: the other sessions die, this one lives on under a new token', async () => {
      const probe = await startProbe({ engine })
      const { victim, thief } = await stolenSession(probe.browser())
      const phone = probe.browser()
      await phone.post('/login', { subject: 'victim' })
      assert.deepEqual((await victim.post('/password')).json, { changed: true })
      assert.equal(await subject(victim), 'victim')
      assert.equal(await subject(thief), null)
      assert.equal(await subject(phone), null)
    })
  })
}

/** A session of `victim`, and a thief with a copy of its cookie. */
async function stolenSession(victim: Browser): Promise<{ victim: Browser; thief: Browser }> {
  await victim.post('/login', { subject: 'victim' })
  return { victim, thief: victim.copy() }
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}

function token(browser: Browser): string | undefined {
  return browser.jar.get(COOKIE)
}
