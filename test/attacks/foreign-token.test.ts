import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Browser } from '../support/browser.ts'
import { COOKIE, KEY, startProbe, type Probe, type ProbeOptions } from '../support/probe.ts'

// A genuine token, in the wrong place: of another application, another cookie, a retired key.
// ASVS 9.1.2, 9.2.2-9.2.4, 13.3.4, CVE-2023-48309 class, standards X16, X32, F13, F15, F17, F20.

const OTHER_KEY = 'k2-the key of another application, of fifty bytes.'
const NEW_KEY = 'k3-the key that came after the first one, fifty-one'

describe('a token of elsewhere', () => {
  test('another key: refused without a store call, on its own store or a shared one', async () => {
    const here = await startProbe()
    for (const path of [undefined, here.path]) {
      const there = await startProbe({ keys: [OTHER_KEY], clock: here.clock, ...(path === undefined ? {} : { path }) })
      const mallory = await signIn(there, 'mallory')
      await isForeign(here, String(mallory.jar.get(COOKIE)), COOKIE)
    }
  })

  test('another cookie name, same key and same store: the admin’s cookie and the shop’s cannot be exchanged', async () => {
    const shop = await startProbe({ cookie: { name: '__Host-shop' } })
    const admin = await startProbe({ cookie: { name: '__Host-admin' }, path: shop.path, clock: shop.clock })
    const customer = await signIn(shop, 'customer')
    const operator = await signIn(admin, 'operator')
    await isForeign(admin, String(customer.jar.get('__Host-shop')), '__Host-admin')
    await isForeign(shop, String(operator.jar.get('__Host-admin')), '__Host-shop')
    assert.equal(await subject(customer), 'customer')
    assert.equal(await subject(operator), 'operator')
  })

  test('a retired key: refused without a store call', async () => {
    const before = await startProbe({ keys: [OTHER_KEY] })
    const owner = await signIn(before, 'owner')
    const after = await successor(before, { keys: [NEW_KEY] })
    await isForeign(after, String(owner.jar.get(COOKIE)), COOKIE)
  })

  test('a rotated key: accepted, sealed anew, and good after the old key has gone', async () => {
    const first = await startProbe({ keys: [OTHER_KEY] })
    const owner = await signIn(first, 'owner')
    const old = owner.jar.get(COOKIE)

    const second = await successor(first, { keys: [NEW_KEY, OTHER_KEY] })
    const here = moved(owner, second)
    const answer = await here.get('/me')
    assert.equal(answer.json?.['subject'], 'owner')
    assert.equal(answer.setCookies.length, 1)
    assert.notEqual(here.jar.get(COOKIE), old)
    assert.deepEqual((await here.get('/me')).setCookies, [], 'once is enough')
    assert.equal(await subject(moved(owner, second)), 'owner', 'another tab may still carry the old spelling')

    // The record is sealed too: it must be written under the new key before the old one can go.
    await here.post('/elevate')
    const third = await successor(second, { keys: [NEW_KEY] })
    assert.equal(await subject(moved(here, third)), 'owner')
    await isForeign(third, String(old), COOKIE)
  })

  test('a record that only the retired key sealed is refused, although the token has a new seal', async () => {
    const first = await startProbe({ keys: [OTHER_KEY] })
    const owner = await signIn(first, 'owner')
    const second = await successor(first, { keys: [NEW_KEY, OTHER_KEY] })
    const here = moved(owner, second)
    await here.get('/me')
    const third = await successor(second, { keys: [NEW_KEY] })
    const outcome = await moved(here, third).get('/me')
    assert.equal(outcome.json?.['subject'], null)
    assert.ok(third.events.some((event) => event.type === 'tampered'))
  })

  test('two applications that share key, name and store are one application, as they asked to be', async () => {
    const one = await startProbe()
    const two = await startProbe({ path: one.path, clock: one.clock, keys: [KEY] })
    const owner = await signIn(one, 'owner')
    assert.equal(await subject(moved(owner, two)), 'owner')
  })
})

async function isForeign(probe: Probe, token: string, name: string): Promise<void> {
  const stranger = probe.browser()
  stranger.jar.set(name, token)
  probe.watched.calls.length = 0
  const answer = await stranger.get('/me')
  assert.deepEqual([answer.status, answer.json, answer.setCookies], [200, { subject: null, keys: [] }, []])
  assert.deepEqual(probe.watched.calls, [])
  assert.equal(probe.events.at(-1)?.type, 'forged')
}

async function signIn(probe: Probe, name: string): Promise<Browser> {
  const browser = probe.browser()
  await browser.post('/login', { subject: name })
  return browser
}

/** The same application after a restart with other settings. */
async function successor(before: Probe, options: ProbeOptions): Promise<Probe> {
  await before.close()
  return startProbe({ path: before.path, clock: before.clock, ...options })
}

function moved(browser: Browser, probe: Probe): Browser {
  const there = probe.browser()
  for (const [name, value] of browser.jar) there.jar.set(name, value)
  return there
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}
