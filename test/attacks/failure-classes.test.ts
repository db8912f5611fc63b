import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mock, test } from 'node:test'
import { isAllowed } from '../../examples/site/src/same-origin.ts'
import { createSessions, db, memoryStore } from '../../src/index.ts'
import { ask, type Browser } from '../support/browser.ts'
import { COOKIE, KEY, openFile, startProbe, type Probe, type ProbeOptions } from '../support/probe.ts'
import { rawRequest } from '../support/raw-request.ts'

// The sixteen ways in which session libraries have failed, by 207 advisories: one regression test for each, and the
// files that go further into it.

const CLASSES = {
  R01: { failure: 'adopts an id that it did not issue', further: ['fixation', 'forged-values', 'resurrection'] },
  R02: { failure: 'no new id at a login or a rise in privilege', further: ['fixation', 'failed-response'] },
  R03: { failure: 'state of a flow outlives the login or logout', further: ['session-puzzling', 'fixation'] },
  R04: {
    failure: 'logout does not end the session on the server',
    further: ['replay', 'failed-response', 'store-failure'],
  },
  R05: { failure: 'expiry exists on paper only', further: ['replay', 'clocks', 'stolen-storage'] },
  R06: { failure: 'a change of password or account leaves sessions alive', further: ['sign-out-everywhere', 'replay'] },
  R07: { failure: 'shared caches mix users', further: ['cache-leak', 'shared-cache'] },
  R08: {
    failure: 'the cookie parser disagrees with the browser',
    further: ['cookie-name', 'cookie-header', 'cookie-tossing'],
  },
  R09: {
    failure: 'the cookie writer loses flags or takes in attributes',
    further: ['cookie-flags', 'header-injection', 'proxies'],
  },
  R10: { failure: 'seals, keys and comparisons', further: ['forged-values', 'foreign-token', 'stolen-storage'] },
  R11: {
    failure: 'stored data that runs, injects, truncates or crashes',
    further: ['prototype-pollution', 'oversized-data'],
  },
  R12: {
    failure: 'store keys that collide, and a store that tells',
    further: ['foreign-token', 'stolen-storage', 'secret-exposure'],
  },
  R13: { failure: 'exhaustion', further: ['session-flood', 'oversized-data', 'cookie-header', 'session-limit'] },
  R14: { failure: 'the token shows, or sessions mix', further: ['secret-exposure', 'session-list'] },
  R15: { failure: 'cross-site requests', further: ['cross-site'] },
  R16: {
    failure: 'races, half-finished logins, other people’s sessions',
    further: ['resurrection', 'renewal-schedules', 'session-list'],
  },
} as const

const tested = new Set<string>()

function regression(id: keyof typeof CLASSES, run: () => Promise<void>): void {
  tested.add(id)
  test(`${id}, ${CLASSES[id].failure}`, run)
}

regression('R01', async () => {
  const { probe, browser: owner } = await signedIn()
  await owner.post('/write', { k: 'mine', v: 1 })
  const ended = owner.copy()
  await owner.post('/logout')
  const expired = await another(probe, 'expired')
  probe.clock.advance(1801)
  const neverIssued = probe.browser()
  neverIssued.jar.set(COOKIE, 'A'.repeat(91))
  for (const deed of ['/write', '/login']) {
    for (const [what, browser] of Object.entries({
      ended: ended.copy(),
      expired: expired.copy(),
      neverIssued: neverIssued.copy(),
    })) {
      const sent = String(browser.jar.get(COOKIE))
      const holder = browser.copy()
      assert.equal((await browser.post(deed, { subject: 'somebody' })).status, 200, what)
      assert.notEqual(idOf(browser.jar.get(COOKIE)), idOf(sent), what)
      assert.ok(!ids(probe).some((id) => id === idOf(sent) && what !== 'expired'), 'no record under the sent id')
      assert.deepEqual((await holder.get('/me')).json, { subject: null, keys: [] }, what)
    }
  }
})

regression('R02', async () => {
  const probe = await startProbe()
  const browser = probe.browser()
  await browser.post('/write')
  for (const [path, body] of [
    ['/login', { subject: 'user' }], // The password, or a sign-up, or a link in a mail.
    ['/login', { subject: 'user' }], // The same person again.
    ['/elevate', {}], // The second factor.
    ['/reauth', {}],
    ['/password', {}],
    ['/login', { subject: 'impersonated' }],
    ['/login', { subject: 'user' }],
  ] as const) {
    const before = browser.copy()
    await browser.post(path, body)
    assert.notEqual(idOf(browser.jar.get(COOKIE)), idOf(before.jar.get(COOKIE)), path)
    assert.equal((await before.get('/me')).json?.['subject'], null, path)
    assert.deepEqual(ids(probe), [idOf(browser.jar.get(COOKIE))], 'the old record is gone from the store')
  }
})

regression('R03', async () => {
  const { probe, browser } = await signedIn()
  await browser.post('/write', { k: 'oauth-state', v: 'of the member' })
  await browser.post('/logout')
  assert.equal((await browser.post('/take', { k: 'oauth-state' })).json?.['value'], null, 'after the logout')

  const visitor = probe.browser()
  await visitor.post('/write', { k: 'oauth-state', v: 'of the visitor' })
  const planted = visitor.copy()
  await visitor.post('/login', { subject: 'user' })
  assert.equal((await planted.post('/take', { k: 'oauth-state' })).json?.['value'] ?? null, null, 'under the old token')
  await visitor.post('/login', { subject: 'somebody else' })
  assert.equal((await visitor.post('/take', { k: 'oauth-state' })).json?.['value'], null, 'for somebody else')
})

regression('R04', async () => {
  for (const deed of ['/logout', '/flush', '/boom?do=/logout']) {
    const { probe, browser } = await signedIn()
    const second = await startProbe({ path: probe.path, clock: probe.clock })
    const thief = browser.copy()
    assert.equal(await subject(moved(thief, second)), 'user')
    const warned = mock.method(process, 'emitWarning', () => {}) // Not for the output of the tests.
    probe.sessions.on('ended', () => {
      throw new Error('a listener with a mistake in it')
    })
    await browser.post(deed)
    assert.equal(warned.mock.callCount(), 1)
    warned.mock.restore()
    assert.equal(await subject(thief), null, `${deed}, the same process`)
    assert.equal(await subject(moved(thief, second)), null, `${deed}, another process`)
    await probe.close()
    const restarted = await startProbe({ path: probe.path, clock: probe.clock })
    assert.equal(await subject(moved(thief, restarted)), null, `${deed}, after a restart`)
    assert.deepEqual(ids(restarted), [])
  }
})

regression('R05', async () => {
  const { probe, browser } = await signedIn({ cookie: { maxAge: 86_400 } })
  const kept = browser.copy() // This jar heeds no Max-Age.
  probe.clock.advance(1700)
  await browser.get('/me')
  probe.clock.advance(1801)
  assert.equal(await subject(kept), null, 'idle')
  assert.equal(await subject(browser), null, 'and the cookie with a day to live as well')
  for (const path of ['/me?maxAge=999999', '/me?expires=9e15', '/session']) {
    assert.equal((await kept.get(path, { date: 'Thu, 01 Jan 1970 00:00:00 GMT' })).json?.['subject'] ?? null, null)
  }
  probe.clock.advance(43_200)
  assert.equal(await subject(kept), null, 'nor does it come back by waiting')
})

regression('R06', async () => {
  const { probe, browser: here } = await signedIn()
  const [phone, tablet] = [await another(probe, 'user'), await another(probe, 'user')]
  await here.post('/password')
  probe.clock.advance(61) // No cache remembers now; the store decides.
  assert.deepEqual(await Promise.all([here, phone, tablet].map(subject)), ['user', null, null])

  // The account is deleted, and a new one gets the same name.
  const since = await probe.sessions.epoch('user')
  await probe.sessions.revokeAll('user')
  const login = await probe.browser().post('/login', { subject: 'user', since })
  assert.equal(login.status, 403, 'the password was checked before')
  const successor = await another(probe, 'user')
  assert.deepEqual(await Promise.all([here, phone, tablet, successor].map(subject)), [null, null, null, 'user'])
})

regression('R07', async () => {
  const { probe, browser } = await signedIn({ cookie: { maxAge: 86_400 } })
  probe.clock.advance(600)
  for (const answer of [
    await browser.get('/cached?do=GET /me'), // It renews as well.
    await browser.get('/cached?do=GET /has'),
    await browser.get('/head-first'),
    await browser.get('/stream'),
    await browser.get('/cached?do=POST /logout'),
    await probe.browser().get('/cached?do=GET /me'),
  ]) {
    assert.deepEqual([answer.headers['cache-control'], answer.headers.vary], ['no-store', 'Cookie'])
  }
})

regression('R08', async () => {
  const { probe, browser } = await signedIn()
  const token = String(browser.jar.get(COOKIE))
  for (const [header, expected] of [
    [`${COOKIE}=${token}`, 'user'],
    [`a="; ${COOKIE}=${token}; b="`, 'user'],
    [`__host-session=${token}`, null],
    [`%5F%5FHost-session=${token}`, null],
    [`\xa0${COOKIE}=${token}`, null],
    [`=${COOKIE}=${token}`, null],
    [`${COOKIE}[]=${token}`, null],
    [`${COOKIE}="${token}"`, null],
    [`a=1, ${COOKIE}=${token}`, null],
  ] as const) {
    const { text } = await rawRequest(probe.port, '/me', [header])
    assert.ok(text.includes(`"subject":${JSON.stringify(expected)}`), header)
  }
})

regression('R09', async () => {
  const { browser } = await signedIn()
  const hostile = { host: 'evil.test; Domain=evil.test', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.test' }
  for (const path of ['/elevate', '/boom?do=/logout']) {
    const { setCookies } = await browser.post(path, {}, hostile)
    assert.equal(setCookies.length, 1)
    assert.match(
      String(setCookies[0]),
      /^__Host-session=[^;]*; (?:Max-Age=0; )?Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    )
    assert.doesNotMatch(String(setCookies[0]), /domain/i)
  }
  for (const cookie of [
    { name: 'a;b' },
    { path: '/;Domain=x' },
    { name: '__Host-a', domain: 'a.b' },
    { domain: 'a\r\nb' },
  ]) {
    assert.throws(() => createSessions({ keys: [KEY], engine: db(memoryStore()), cookie } as never), {
      code: 'ERR_COOKIE_OPTION',
    })
  }
})

regression('R10', async () => {
  const { probe, browser } = await signedIn()
  const token = String(browser.jar.get(COOKIE))
  const bytes = Buffer.from(token, 'base64url')
  probe.watched.calls.length = 0
  const flipped = Array.from(bytes, (_, index) =>
    Buffer.from(bytes.map((byte, at) => (at === index ? byte ^ 1 : byte))),
  )
  for (const value of [
    ...flipped.map((wrong) => wrong.toString('base64url')),
    Buffer.concat([bytes.subarray(0, 52), Buffer.alloc(16)]).toString('base64url'),
    bytes.subarray(0, 52).toString('base64url'),
    Buffer.from('{"id":"x","subject":"admin"}').toString('base64url'),
    `${token}=`,
  ]) {
    const { json } = await ask(`${probe.base}/me`, { headers: { cookie: `${COOKIE}=${value}` } })
    assert.equal(json?.['subject'], null)
  }
  assert.deepEqual(probe.watched.calls, [])
  for (const keys of [
    [],
    [''],
    ['secret'],
    ['changeme'.repeat(8)],
    ['keyboard cat'.repeat(4)],
    ['0'.repeat(64)],
    [undefined],
  ]) {
    assert.throws(() => createSessions({ keys, engine: db(memoryStore()) } as never), { code: 'ERR_KEYS' })
  }
})

regression('R11', async () => {
  const { probe, browser } = await signedIn({ engine: 'db' })
  const hostile = { '\r\n|}";': '\0\u2028🍪', constructor: { prototype: { polluted: true } }, toJSON: 1 }
  await browser.post('/assign', hostile)
  for (const [key, value] of Object.entries(hostile)) {
    assert.deepEqual((await browser.get(`/read?k=${encodeURIComponent(key)}`)).json, { value })
  }
  for (const data of ['', '{', 'null', '[]', '"x"', '{"__proto__":{"polluted":true}}', '{"a":1']) {
    const database = openFile(probe.path)
    database.prepare('UPDATE holdfast_sessions SET data = ?, revision = revision + 1').run(data)
    database.close()
    for (const key of ['polluted', 'toString', '__proto__.polluted']) {
      assert.notEqual((await browser.get(`/has?k=${key}`)).json?.['has'], true, data)
    }
    assert.equal((await probe.browser().get('/open')).status, 200, 'it still stands')
  }
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

regression('R12', async () => {
  const shop = await signedIn({ cookie: { name: '__Host-shop' } })
  const admin = await startProbe({ path: shop.probe.path, clock: shop.probe.clock, cookie: { name: '__Host-admin' } })
  const stranger = admin.browser()
  stranger.jar.set('__Host-admin', String(shop.browser.jar.get('__Host-shop')))
  assert.equal(await subject(stranger), null, 'one store, two names')
  if (process.platform !== 'win32') assert.equal(statSync(shop.probe.path).mode & 0o077, 0, 'nobody else may read it')
  const secret = Buffer.from(String(shop.browser.jar.get('__Host-shop')), 'base64url').subarray(20)
  for (const file of [shop.probe.path, `${shop.probe.path}-wal`].filter((path) => existsSync(path))) {
    const content = readFileSync(file)
    assert.ok(!content.includes(secret.subarray(0, 32)) && !content.includes(secret.toString('base64url').slice(0, 40)))
  }
  for (const id of ['', '*', '%', '../x', '_'.repeat(22)])
    assert.equal((await admin.sessions.revoke(id)).revoked, false)
  assert.equal(await subject(shop.browser), 'user')
})

regression('R13', async () => {
  const probe = await startProbe()
  probe.watched.calls.length = 0
  for (let visitor = 0; visitor < 300; visitor++) {
    const cookie = `${'a=1; '.repeat(visitor * 10)}${COOKIE}=${'A'.repeat(visitor)}; ${';'.repeat(visitor * 10)}`
    const method = visitor % 2 === 0 ? 'GET' : 'POST'
    const answer = await ask(probe.base + (visitor % 2 === 0 ? '/me' : '/logout'), { method, headers: { cookie } })
    assert.deepEqual([answer.status, answer.setCookies], [200, []])
  }
  assert.deepEqual([probe.watched.calls, probe.size()], [[], 0])
  const deep = `{"k":"k","v":${'['.repeat(5_000)}${']'.repeat(5_000)}}`
  for (const body of [deep, { k: 'k', v: 'x'.repeat(1_000_000) }]) {
    assert.equal((await probe.browser().post('/write', body)).status, 413)
  }
  assert.equal(probe.size(), 0)
})

regression('R14', async () => {
  const probe = await startProbe()
  const users = await Promise.all(Array.from({ length: 50 }, (_, index) => another(probe, `user-${index}`)))
  await Promise.all(users.map((user, index) => user.post('/write', { v: `data of user-${index}` })))
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, async (_, request) => {
      const index = request % users.length
      const path = ['/me', '/read', '/sessions', '/session'][Math.floor(request / users.length) % 4] ?? '/me'
      const { body } = await (users[index] ?? assert.fail()).get(path)
      return { index, body }
    }),
  )
  for (const { index, body } of answers) {
    const named = [...body.matchAll(/user-(\d+)/g)].map(([, number]) => Number(number))
    assert.ok(named.length > 0 && named.every((number) => number === index), `${index} was told ${body}`)
    for (const user of users) assert.ok(!body.includes(String(user.jar.get(COOKIE)).slice(30)))
  }
})

regression('R15', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const site of ['cross-site', 'same-site', 'none', 'bogus', undefined]) {
      for (const origin of ['null', 'http://app.example', 'https://app.example.evil.test', undefined]) {
        assert.ok(!isAllowed({ method, site, origin }, ['https://app.example']), `${method} ${site} ${origin}`)
      }
    }
  }
  const { setCookies } = await (await startProbe()).browser().post('/login', { subject: 'user' })
  assert.match(String(setCookies[0]), /; SameSite=Lax/)
})

regression('R16', async () => {
  const { probe, browser } = await signedIn()
  await browser.post('/write', { k: 'one-time code', v: 'worth something' })
  const second = await startProbe({ path: probe.path, clock: probe.clock })
  // All of them have asked before the first is answered.
  const asking = Array.from({ length: 50 }, (_, index) => {
    const tab = index % 2 === 0 ? browser.copy() : moved(browser, second)
    return tab.post(`/then-wait?do=/take&gate=${index}`, { k: 'one-time code' })
  })
  for (const index of asking.keys()) await (index % 2 === 0 ? probe : second).gates.reached(String(index))
  for (const index of asking.keys()) (index % 2 === 0 ? probe : second).gates.open(String(index))
  const redeemed = await Promise.all(asking)
  assert.equal(redeemed.filter(({ json }) => json?.['value'] === 'worth something').length, 1)

  const mallory = await another(probe, 'mallory')
  const [mine] = await probe.sessions.list('user')
  assert.deepEqual((await mallory.post('/sessions/revoke', { id: mine?.id })).json?.['revoked'], false)
  const late = browser.post('/slow?do=/write')
  await probe.gates.reached('slow')
  await probe.sessions.revokeAll('user')
  probe.gates.open('slow')
  assert.equal((await late).status, 400)
  assert.equal(await subject(browser), null)
})

test('every class has its test, and every file named here is there', () => {
  assert.deepEqual([...tested], Object.keys(CLASSES))
  assert.equal(tested.size, 16)
  for (const { further } of Object.values(CLASSES)) {
    for (const name of further) assert.ok(existsSync(new URL(`${name}.test.ts`, import.meta.url)), name)
  }
})

async function signedIn(options: ProbeOptions = {}): Promise<{ probe: Probe; browser: Browser }> {
  const probe = await startProbe(options)
  return { probe, browser: await another(probe, 'user') }
}

async function another(probe: Probe, name: string): Promise<Browser> {
  const browser = probe.browser()
  await browser.post('/login', { subject: name })
  return browser
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}

function moved(browser: Browser, probe: Probe): Browser {
  const there = probe.browser()
  for (const [name, value] of browser.jar) there.jar.set(name, value)
  return there
}

function idOf(token: string | undefined): string {
  return Buffer.from(String(token), 'base64url').subarray(0, 16).toString('base64url')
}

function ids({ path }: Probe): unknown[] {
  const database = openFile(path)
  const rows = database.prepare('SELECT id FROM holdfast_sessions').all()
  database.close()
  return rows.map((row) => row['id'])
}
