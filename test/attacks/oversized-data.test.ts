import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HoldfastError, HoldfastTypeError, type JsonValue, type Session } from '../../src/index.ts'
import { COOKIE, startProbe } from '../support/probe.ts'

// Data that a session cannot hold: too much, too deep, or nothing that JSON can say. It must never be lost in silence.
// ASVS 1.5.2, 15.2.2, CVE-2016-4423 class, standards X40, X41, X43, X44, F1, F8, F9, V-DATA.

const circular: Record<string, unknown> = {}
circular['self'] = circular
class Money {
  readonly cents = 100
}
class Entity {
  readonly id = 1
  toJSON(): string {
    return 'entity'
  }
}

const REFUSED: readonly [what: string, value: unknown, path: RegExp][] = [
  ['a Date', { user: { born: new Date(0) } }, /k\.user\.born is a Date/],
  ['a Map', [new Map([[1, 2]])], /k\[0\] is a Map/],
  ['a Set', { tags: new Set(['a']) }, /k\.tags is a Set/],
  ['undefined in an object', { a: { b: undefined } }, /k\.a\.b is a undefined|k\.a\.b is undefined/],
  ['undefined in an array', [1, undefined], /k\[1\]/],
  ['undefined itself', undefined, /k is/],
  ['a hole in an array', Object.assign([1], { 2: 3 }), /k\[1\] is a hole/],
  ['NaN', { n: [NaN] }, /k\.n\[0\] is NaN/],
  ['Infinity', -Infinity, /k is -Infinity/],
  ['a BigInt', { n: 10n }, /k\.n is a bigint/],
  ['a function', { f: () => 1 }, /k\.f is a function/],
  ['a symbol', Symbol('s'), /k is a symbol/],
  ['a symbol as a key', { [Symbol('s')]: 1 }, /k is an object with symbol keys/],
  ['an instance of a class', { price: new Money() }, /k\.price is a Money/],
  ['an object with toJSON()', new Entity(), /k is a Entity/],
  ['an array with toJSON()', Object.assign([1], { toJSON: () => 'other' }), /k is a/],
  [
    'a hidden toJSON()',
    Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'other' }),
    /k is an object with a toJSON/,
  ],
  ['a Buffer', { photo: Buffer.from('x') }, /k\.photo is a Buffer/],
  ['a regular expression', { r: /x/ }, /k\.r is a RegExp/],
  ['an error', { e: new Error('x') }, /k\.e is a Error/],
  ['a promise', { p: Promise.resolve(1) }, /k\.p is a Promise/],
  ['a boxed string', { s: Object('x') as unknown }, /k\.s is a String/],
  ['a cycle', circular, /k\.self/],
  ['33 levels', nested(33), /k\.d\.d/],
  ['100,000 levels', nested(100_000), /k\.d\.d/],
]

describe('data that a session cannot hold', () => {
  for (const [what, value, path] of REFUSED) {
    test(`${what}: an error that names the path, at once, and nothing is changed`, async () => {
      const session = await fresh()
      const before = session.keys()
      for (const attempt of [
        () => session.set('k', value as JsonValue),
        () => session.update('k', () => value as JsonValue),
      ]) {
        if (what === 'undefined itself' && attempt.toString().includes('update')) continue // There it means: remove.
        assert.throws(attempt, (error) => {
          assert.ok(error instanceof HoldfastTypeError || error instanceof HoldfastError)
          assert.ok(error.code === 'ERR_DATA_VALUE' || error.code === 'ERR_DATA_LIMIT', error.code)
          if (error.code === 'ERR_DATA_VALUE') assert.ok(error instanceof TypeError)
          assert.match(error.message, path)
          return true
        })
      }
      assert.deepEqual(session.keys(), before)
    })

    test(`${what}, put into an object that was read: the request fails alone, nothing is lost`, async () => {
      const probe = await startProbe()
      const visitor = probe.browser()
      await visitor.post('/write', { k: 'k', v: { kept: true } })
      const request = { headers: { cookie: `${COOKIE}=${visitor.jar.get(COOKIE)}` } }
      const session = await probe.sessions.open(request)
      const held = session.get('k') as Record<string, unknown>
      held['bad'] = value
      session.set('other', 1)
      await assert.rejects(async () => probe.sessions.commit(session), /k\.bad/)
      assert.deepEqual((await visitor.get('/read')).json, { value: { kept: true } })
      assert.deepEqual((await visitor.get('/me')).json, { subject: null, keys: ['k'] })
    })
  }

  test('too large, over HTTP: 413, the session as it was, its cookie still good', async () => {
    const probe = await startProbe()
    const visitor = probe.browser()
    await visitor.post('/login', { subject: 'visitor' })
    await visitor.post('/write', { k: 'kept', v: 1 })
    for (const v of [
      'x'.repeat(64 * 1024),
      '€'.repeat(22 * 1024),
      Array.from({ length: 40_000 }, () => 0),
      Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 0])),
    ]) {
      const answer = await visitor.post('/write', { k: 'large', v })
      assert.deepEqual([answer.status, answer.setCookies], [413, []])
      assert.ok(!answer.body.includes('xxx') && !answer.body.includes('€€€'))
    }
    assert.deepEqual((await visitor.get('/me')).json, { subject: 'visitor', keys: ['kept'] })
  })

  test('too large for a first write: no record and no cookie', async () => {
    const probe = await startProbe()
    const answer = await probe.browser().post('/write', { k: 'large', v: 'x'.repeat(1024 * 1024) })
    assert.deepEqual([answer.status, answer.setCookies, probe.size()], [413, [], 0])
  })

  test('the limit holds for the sum, in bytes: what fits is kept, what does not fit fails alone', async () => {
    const probe = await startProbe({ limits: { bytes: 1000 } })
    const visitor = probe.browser()
    await visitor.post('/write', { k: 'first', v: 1 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => visitor.copy().post('/write', { k: `k${index}`, v: '€'.repeat(50) })),
    )
    const stored = answers.filter(({ status }) => status === 200).length
    assert.ok(stored === 6, `${stored}`) // 160 bytes each, of 1000.
    assert.ok(answers.every(({ status }) => status === 200 || status === 413))
    const keys = (await visitor.get('/me')).json?.['keys']
    assert.ok(Array.isArray(keys) && keys.length === stored + 1)
  })

  test('a write that fails beside others in one commit takes none of them with it', async () => {
    const probe = await startProbe()
    const visitor = probe.browser()
    await visitor.post('/write', { k: 'first', v: 1 })
    const cookie = `${COOKIE}=${visitor.jar.get(COOKIE)}`
    const opened = await Promise.all(
      Array.from({ length: 30 }, async () => probe.sessions.open({ headers: { cookie } })),
    )
    probe.watched.calls.length = 0
    // All in one turn, so that they travel together.
    const outcomes = await Promise.all(
      opened.map(async (session, index) => {
        session.set(`k${index}`, index % 3 === 1 ? 'x'.repeat(70_000) : index)
        try {
          await probe.sessions.commit(session)
          return 'written'
        } catch (error) {
          return error instanceof HoldfastError ? error.code : error
        }
      }),
    )
    assert.deepEqual(
      outcomes,
      Array.from({ length: 30 }, (_, index) => (index % 3 === 1 ? 'ERR_DATA_LIMIT' : 'written')),
    )
    assert.ok(probe.watched.calls.filter((verb) => verb === 'update').length <= 3, 'they did travel together')
    const keys = (await visitor.get('/me')).json?.['keys']
    assert.ok(Array.isArray(keys) && keys.length === 21)
  })

  test('growing little by little ends at the limit, not in the memory', async () => {
    const probe = await startProbe({ limits: { bytes: 2000 } })
    const mallory = probe.browser()
    let status = 200
    let steps = 0
    for (; status === 200; steps++)
      status = (await mallory.post('/write', { k: `k${steps}`, v: 'x'.repeat(90) })).status
    assert.equal(status, 413)
    assert.ok(steps <= 21)
  })

  test('X40: what looks like a format’s own marks comes back as it went in', async () => {
    const probe = await startProbe()
    const visitor = probe.browser()
    const strings = [
      '\r\n',
      '\0',
      '|',
      '}',
      '"',
      ';',
      '\\',
      '\u2028',
      '\u202e',
      '\ud83c\udf6a',
      '\ud800',
      '</script>',
      'ａ',
      'ﷺ'.repeat(100),
    ]
    const keys = ['', ' ', 'a.b', 'a[0]', '\0', '"', '1', '__proto__', '\ud800']
    const value = {
      strings,
      numbers: [0, 1.5, -1, 1e21, 5e-324, Number.MAX_SAFE_INTEGER],
      nothing: null,
      empty: [{}, [], ''],
    }
    for (const k of keys) await visitor.post('/write', { k, v: value })
    probe.clock.advance(61) // From the store, not the cache.
    const session = await probe.sessions.open({ headers: { cookie: `${COOKIE}=${visitor.jar.get(COOKIE)}` } })
    assert.deepEqual(new Set(session.keys()), new Set(keys))
    for (const k of keys) assert.deepEqual(session.get(k), value)
  })

  test('X41: a subject reads back as the one that signed in, or the login is refused', async () => {
    const probe = await startProbe({ engine: 'db' })
    const names = [
      'admin',
      'admin\0',
      'admin ',
      ' admin',
      'ADMIN',
      'admin\u200b',
      '\u0430dmin',
      'ﬁ',
      'é',
      'e\u0301',
      '\ud800',
      '\ud801',
      '\udfff',
      '\ufffd',
      "a' OR 1=1--",
      '%',
      '🍪'.repeat(60),
      'x'.repeat(255),
    ]
    const sessions = new Map<string, string>()
    for (const name of names) {
      const answer = await probe.sessions.handle(new Request('http://probe/'), async (session) => {
        await session.login(name).catch(() => {})
        return new Response()
      })
      const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
      if (cookie !== undefined) sessions.set(name, cookie)
    }
    assert.ok(sessions.has('admin') && sessions.has('é') && sessions.has('\u0430dmin'))
    for (const [name, cookie] of sessions) {
      const session = await probe.sessions.open({ headers: { cookie } })
      assert.equal(session.subject, name, JSON.stringify(name))
      assert.equal((await probe.sessions.list(name)).length, 1, JSON.stringify(name))
    }
  })

  test('a subject that is none: refused before anything is asked', async () => {
    const probe = await startProbe()
    probe.watched.calls.length = 0
    for (const subject of ['', 'x'.repeat(256), '\ud800', 'a\udfff', null, 1, {}, ['admin'], true, undefined]) {
      const answer = await probe.browser().post('/login', { subject })
      assert.ok(answer.status >= 400 && answer.setCookies.length === 0)
      const session = await probe.sessions.open({ headers: {} })
      await assert.rejects(session.login(subject as string), TypeError)
      assert.equal(session.subject, null)
    }
    assert.deepEqual(probe.watched.calls, [])
  })
})

async function fresh(): Promise<Session<Record<string, JsonValue>>> {
  const probe = await startProbe()
  const session = await probe.sessions.open({ headers: {} })
  session.set('before', 1)
  return session
}

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = { d: value }
  return value
}
