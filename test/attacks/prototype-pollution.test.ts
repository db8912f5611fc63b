import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { openFile, startProbe, type Probe } from '../support/probe.ts'

// Prototype pollution: keys of an object's own machinery, through session data or through the store.
// ASVS 15.3.6, 15.3.5, 15.3.3, standards X42, A15, F2, F3.

/** As raw JSON, because an object literal cannot say `__proto__`. */
const BODIES: readonly string[] = [
  '{"__proto__":{"polluted":true,"isAdmin":true}}',
  '{"a":{"__proto__":{"polluted":true}}}',
  '{"a":[{"__proto__":{"polluted":true}}]}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":{"constructor":{"prototype":{"polluted":true}}}}',
  '{"prototype":{"polluted":true},"toString":"x","valueOf":1,"hasOwnProperty":null}',
  '{"toJSON":"x","then":"x","__defineGetter__":"x","__lookupSetter__":"x"}',
]

describe('prototype pollution', () => {
  afterEach(() => {
    assert.equal(Reflect.get({}, 'polluted'), undefined)
    assert.equal(Reflect.get([], 'polluted'), undefined)
    assert.equal(
      Reflect.get(() => {}, 'polluted'),
      undefined,
    )
    assert.deepEqual(Object.keys(Object.prototype), [])
  })

  for (const body of BODIES) {
    test(`${body} is data like any other, in this session only`, async () => {
      const probe = await startProbe()
      const [mallory, other] = [probe.browser(), probe.browser()]
      await other.post('/login', { subject: 'other' })
      assert.equal((await mallory.post('/assign', body)).status, 200)

      const keys = Object.keys(JSON.parse(body) as object)
      assert.deepEqual((await mallory.get('/me')).json, { subject: null, keys })
      for (const key of keys) {
        const { json } = await mallory.get(`/read?k=${key}`)
        assert.equal(JSON.stringify({ [key]: json?.['value'] }), JSON.stringify({ [key]: readBack(body, key) }))
      }
      assert.deepEqual((await other.get('/me')).json, { subject: 'other', keys: [] })
      assert.deepEqual((await probe.browser().get('/has?k=polluted')).json, { has: false })
    })
  }

  test('what every object inherits is not in a session', async () => {
    const probe = await startProbe()
    const visitor = probe.browser()
    await visitor.post('/write', { k: 'own', v: 1 })
    for (const key of ['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf', 'isPrototypeOf']) {
      assert.deepEqual((await visitor.get(`/has?k=${key}`)).json, { has: false }, key)
      assert.deepEqual((await visitor.get(`/read?k=${key}`)).json, { value: null }, key)
    }
  })

  test('set, update, delete and take of __proto__ and constructor stay on the session’s own keys', async () => {
    const probe = await startProbe()
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const session = await probe.sessions.open({ headers: {} })
      session.set(key, { polluted: true })
      session.update(key, (value) => Object.assign(value as object, { more: true }))
      assert.deepEqual(session.get(key), { polluted: true, more: true })
      assert.equal(session.delete(key), true)
      assert.equal(session.has(key), false)
      session.set(key, 'flash')
      assert.equal(await session.take(key), 'flash')
      assert.equal(session.isEmpty, true)
    }
  })

  test('an object whose prototype was set is refused, not flattened', async () => {
    const probe = await startProbe()
    const session = await probe.sessions.open({ headers: {} })
    const inherited: unknown = Object.create({ isAdmin: true })
    assert.throws(() => session.set('user', inherited as never), /user is an object|user is a/)
  })

  test('concurrent writers merge __proto__ as a key, and nothing else', async () => {
    const probe = await startProbe()
    const visitor = probe.browser()
    await visitor.post('/write', { k: 'first', v: 1 })
    await Promise.all([
      ...BODIES.map((body) => visitor.copy().post('/assign', body)),
      ...Array.from({ length: 10 }, (_, index) => visitor.copy().post('/write', { k: `k${index}`, v: index })),
    ])
    const { json } = await visitor.get('/me')
    const keys = json?.['keys']
    assert.ok(Array.isArray(keys) && keys.includes('__proto__') && keys.includes('k9') && !keys.includes('polluted'))
  })

  for (const data of [
    '{"__proto__":{"polluted":true,"subject":"admin"},"kept":1}',
    '{"kept":1,"a":{"__proto__":{"polluted":true}},"constructor":{"prototype":{"polluted":true}}}',
  ]) {
    test(`a stored record that holds ${data}`, async () => {
      const probe = await startProbe({ engine: 'db' })
      const visitor = probe.browser()
      await visitor.post('/login', { subject: 'visitor' })
      editData(probe, data)
      assert.deepEqual((await visitor.get('/read?k=kept')).json, { value: 1 })
      assert.equal((await visitor.get('/me')).json?.['subject'], 'visitor')
      assert.deepEqual((await visitor.get('/has?k=polluted')).json, { has: false })
      assert.equal((await visitor.post('/increment', { k: 'kept' })).json?.['value'], 2)
      assert.equal((await visitor.post('/elevate')).status, 200)
      assert.deepEqual((await visitor.get('/read?k=kept')).json, { value: 2 })
    })
  }

  for (const data of [
    '',
    'null',
    '1',
    '"x"',
    '[]',
    '[1]',
    '{',
    '{"a":',
    'undefined',
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  ]) {
    test(`F1: a stored record whose data is ${data.slice(0, 12) || 'empty'}: no crash, nobody signed in as another`, async () => {
      const probe = await startProbe({ engine: 'db' })
      const visitor = probe.browser()
      await visitor.post('/login', { subject: 'visitor' })
      editData(probe, data)
      for (const answer of [await visitor.get('/me'), await visitor.get('/read'), await visitor.post('/write')]) {
        assert.ok(!answer.body.includes('admin') && !answer.body.includes('    at '))
      }
      assert.equal((await probe.browser().get('/open')).status, 200, 'the server still stands')
      assert.equal((await visitor.post('/logout')).status, 200, 'and the session can still be ended')
      assert.equal((await visitor.copy().get('/me')).json?.['subject'], null)
    })
  }

  test('F3: no name that a client may send is one that Holdfast trusts', async () => {
    const probe = await startProbe()
    const mallory = probe.browser()
    await mallory.post('/assign', {
      id: 'x',
      subject: 'admin',
      user: 'admin',
      userId: 1,
      uid: 1,
      _auth_user_id: '1',
      isAdmin: true,
      aal: 3,
      authenticatedAt: 9e15,
      absoluteAt: 9e15,
      expires: 9e15,
      cookie: { maxAge: 9e9 },
      security: '{}',
      revision: 1,
    })
    assert.equal((await mallory.get('/me')).json?.['subject'], null)
    assert.equal((await mallory.post('/reauth')).status, 403)
    probe.clock.advance(1801)
    assert.deepEqual((await mallory.get('/me')).json, { subject: null, keys: [] })
  })
})

function readBack(body: string, key: string): unknown {
  return Object.entries(JSON.parse(body) as object).find(([name]) => name === key)?.[1]
}

/** Someone writes to the table without a key: the application's data carries no seal. */
function editData({ path }: Probe, data: string): void {
  const database = openFile(path)
  database.prepare('UPDATE holdfast_sessions SET data = ?, revision = revision + 1').run(data)
  database.close()
}
