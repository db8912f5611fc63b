import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createSessions, db, HoldfastError, memoryStore, type CookieOptions } from '../../src/index.ts'
import { COOKIE, KEY, startProbe } from '../support/probe.ts'
import { rawRequest } from '../support/raw-request.ts'

// Header injection: a line break or a semicolon in something that ends up in a header makes a header or an attribute.
// ASVS 1.2.1, 4.2.4, RFC 6265bis 4.1.1, standards X37, B6, G3, G8, R09, R11.

const BREAKS = [
  '\r\nSet-Cookie: x=y',
  '\nSet-Cookie: x=y',
  '\rSet-Cookie: x=y',
  '\r\n\r\n<script>',
  '\r\n folded',
  '\0',
  '\x0b',
  '; Domain=evil.test',
  ';',
  ', x=y',
  ' ',
  '\t',
  '"',
  '\\',
  '=',
  '\x7f',
  '\u010d\u010aSet-Cookie: x=y',
  '\u2028',
  'é',
]

/** RFC 6265bis, section 4.1.1, with the attributes that we know. */
const SET_COOKIE =
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+=[\w-]{91}(?:; (?:Max-Age=[1-9]\d*|Domain=[A-Za-z0-9.-]+|Path=\/[\x20-\x3a\x3c-\x7e]*|HttpOnly|Secure|Partitioned|Priority=(?:Low|Medium|High)|SameSite=(?:Lax|Strict|None)))+$/

describe('header injection', () => {
  for (const option of ['name', 'path', 'domain', 'sameSite', 'priority', 'maxAge'] as const) {
    test(`a line break or a semicolon in the cookie option '${option}' is refused when the sessions are made`, () => {
      const good = { name: 'sid', path: '/a', domain: 'app.example', sameSite: 'lax', priority: 'high', maxAge: '60' }
      for (const bad of BREAKS) {
        // A path may hold spaces, commas, quotes and equals signs.
        if (option === 'path' && /^[ -:<-~]+$/.test(bad)) continue
        for (const value of [good[option] + bad, bad + good[option], bad]) {
          // And an empty name, path or domain is none.
          const cookie = { name: 'sid', [option]: value } as unknown as CookieOptions
          assert.throws(() => build(cookie), refused, `${option}: ${JSON.stringify(value)}`)
        }
      }
    })
  }

  test('whatever strings the options are: refused, or a cookie that keeps to the grammar and to what was asked', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ maxLength: 12 }),
      fc.constantFrom(...BREAKS, '__Host-a', '__Secure-a', '__host-a', 'a.example', '/', '/a b', 'none', 'low', ''),
    )
    const mostly = (...good: string[]): fc.Arbitrary<string> =>
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: text })
    const options = fc.record(
      {
        name: mostly('sid', '__Host-a', '__Secure-a'),
        path: mostly('/', '/a', '/a b'),
        domain: mostly('app.example'),
        sameSite: mostly('lax', 'none', 'strict'),
        priority: mostly('low', 'high'),
        partitioned: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(options, async (cookie) => {
        let sessions
        try {
          sessions = build(cookie as unknown as CookieOptions)
        } catch (error) {
          refused(error)
          return
        }
        accepted++
        const session = await sessions.open({ headers: {} })
        await session.login('x')
        const line = String((await sessions.commit(session)).setCookie)
        assert.match(line, SET_COOKIE)
        assert.ok(line.startsWith(`${cookie.name ?? COOKIE}=`))
        assert.equal(line.includes('; Domain='), cookie.domain !== undefined)
        if (/^__host-/i.test(line)) assert.match(line, /; Path=\/;.*; Secure/)
      }),
      { numRuns: 3_000 },
    )
    assert.ok(accepted > 50, `${accepted}`)
  })

  test('nothing that a request says gets into a header: not its host, its path, its data, its subject, its browser', async () => {
    const probe = await startProbe()
    const evil = 'evil\r\nSet-Cookie: x=y'
    const session = await probe.sessions.open({
      headers: { host: evil, 'user-agent': evil, cookie: `${COOKIE}=${evil}; a=${evil}`, referer: evil },
      url: `/${evil}`,
    })
    session.set(evil, evil)
    await session.login(evil)
    const { setCookie } = await probe.sessions.commit(session)
    assert.match(String(setCookie), SET_COOKIE)
    assert.doesNotMatch(String(setCookie), /evil|x=y/)
    assert.deepEqual(
      (await probe.sessions.list(evil)).map(({ device }) => device),
      ['Unknown device'],
    )
  })

  test('over HTTP: percent-encoded breaks stay text, in the query, the data and the answer’s headers', async () => {
    const probe = await startProbe()
    for (const encoded of [
      '%0d%0aSet-Cookie:%20x=y',
      '%0aSet-Cookie:%20x=y',
      '%E5%98%8A%E5%98%8DSet-Cookie:x=y',
      '%00',
    ]) {
      for (const path of [`/read?k=${encoded}`, `/me?${COOKIE}=${encoded}`, `/nowhere/${encoded}`]) {
        const { text } = await rawRequest(probe.port, path, [`${COOKIE}=${encoded}`])
        const head = text.slice(0, text.indexOf('\r\n\r\n'))
        assert.ok(!/set-cookie/i.test(head), path)
      }
    }
    const visitor = probe.browser()
    const key = 'a\r\nSet-Cookie: x=y'
    for (const [path, body] of [
      ['/write', { k: key, v: key }],
      ['/login', { subject: key }],
      ['/write', { k: key, v: 'x'.repeat(70_000) }],
      ['/sessions/revoke', { id: key }],
    ] as const) {
      const { setCookies, headers } = await visitor.post(path, body)
      for (const line of setCookies) assert.match(line, SET_COOKIE)
      assert.equal(headers['x'], undefined)
    }
    assert.deepEqual((await visitor.get('/me')).json, { subject: key, keys: [key] })
  })

  test('G3: an event says what a request sent as data, on one line and not without end', async () => {
    const probe = await startProbe()
    const host = `evil.test\r\n{"type":"login","subject":"admin"}${'x'.repeat(10_000)}`
    const session = await probe.sessions.open({ headers: { host }, socket: {} })
    session.set('k', 'v')
    await probe.sessions.commit(session)
    const event = probe.events.find(({ type }) => type === 'insecure-transport')
    const line = JSON.stringify(event)
    assert.ok(line.length < 400 && !line.includes('\n') && !line.includes('\r'))
    assert.deepEqual(JSON.parse(line), event)
  })
})

const engine = db(memoryStore({ maxEntries: 10 }))

function build(cookie: CookieOptions) {
  return createSessions({ keys: [KEY], engine, cookie })
}

function refused(error: unknown): true {
  assert.ok(error instanceof HoldfastError, String(error))
  assert.equal(error.code, 'ERR_COOKIE_OPTION')
  return true
}
