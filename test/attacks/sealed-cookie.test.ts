import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { ask, type Answer, type Browser } from '../support/browser.ts'
import { bitFlips, forgedValues } from '../support/forged-values.ts'
import { COOKIE, KEY, openFile, startProbe, type Probe, type ProbeOptions } from '../support/probe.ts'
import { rawRequest } from '../support/raw-request.ts'

// The session in its cookie: everything a holder of the cookie may try with it.
// ASVS 7.4.1, 9.2.2-9.2.4, 11.3.1-11.3.4, WSTG-SESS-01, -06, -10, standards A6, B5, C11, C14, F17, F19, X15, X16, X18, V-TOK.

const OTHER_KEY = 'k2-the key of another application, of fifty bytes.'
const ENGINES = ['signedCookies', 'signedCookies without endings'] as const

for (const engine of ENGINES) {
  describe(`a sealed cookie, engine ${engine}`, () => {
    test('altered, cut, lengthened, put together anew: each is answered as no cookie is, without a store call', async () => {
      const { probe, value } = await signedIn(engine)
      const bytes = Buffer.from(value, 'base64url')
      const [head, body, tag] = [bytes.subarray(0, 24), bytes.subarray(24, -16), bytes.subarray(-16)] as const
      const encode = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('base64url')
      const values = [
        ...forgedValues({ token: value, id: 'AAAAAAAAAAAAAAAAAAAAAA', verifier: 'A'.repeat(43) }),
        ...Array.from(bytes, (byte, index) => encode(bytes.with(index, byte ^ 1))),
        ...Array.from(bytes, (_, length) => encode(bytes.subarray(0, length))),
        encode(body, head, tag),
        encode(tag, body, head),
        encode(head, tag),
        encode(head, body, Buffer.alloc(16)),
        encode(head, body, body, tag),
        encode(bytes, bytes),
        encode(Buffer.alloc(12), bytes.subarray(12)),
        ...lastCharacters(value),
        Buffer.from('["AAAAAAAAAAAAAAAAAAAAAA","owner",0,0,1,9999999999999,0,null,0]\n{}').toString('base64url'),
      ].filter((other) => other !== value)
      const none = shown(await ask(`${probe.base}/me`, {}))
      probe.watched.calls.length = 0
      for (const forged of values) {
        const answer = await ask(`${probe.base}/me`, { headers: { cookie: `${COOKIE}=${forged}` } })
        assert.deepEqual(shown(answer), none, forged)
      }
      assert.ok(values.length > 600, `${values.length} vectors`)
      assert.deepEqual(probe.watched.calls, [])
      assert.equal(probe.events.filter(({ type }) => type === 'forged').length, values.length)
    })

    test('every single bit of its text counts', async () => {
      const { probe, value } = await signedIn(engine)
      let served = 0
      for (const flip of bitFlips(value).filter((text) => text.every((byte) => byte > 0x20 && byte !== 0x7f))) {
        if (flip.includes(';') || flip.includes(',')) continue
        const session = await probe.sessions.open({ headers: { cookie: `${COOKIE}=${flip.toString('latin1')}` } })
        assert.equal(session.subject, null)
        served++
      }
      assert.ok(served > 1000, `${served}`)
      const { status } = await rawRequest(probe.port, '/me', [`${COOKIE}=${value}`])
      assert.equal(status, 200)
    })

    test('of another key, another cookie name, or a retired key', async () => {
      const { probe, value } = await signedIn(engine)
      const options = { engine, clock: probe.clock }
      await isForeign(await startProbe({ ...options, keys: [OTHER_KEY] }), value, COOKIE)
      await isForeign(await startProbe({ ...options, cookie: { name: '__Host-admin' } }), value, '__Host-admin')
    })

    test('a token of a stored session is nothing here, and this is nothing there', async () => {
      const { probe, value } = await signedIn(engine)
      const stored = await startProbe({ engine: 'db', clock: probe.clock })
      const customer = stored.browser()
      await customer.post('/login', { subject: 'owner' })
      await isForeign(stored, value, COOKIE)
      await isForeign(probe, String(customer.jar.get(COOKIE)), COOKIE)
    })

    test('under an older key it opens and is sealed anew; then the old key may go', async () => {
      const first = await signedIn(engine, { keys: [OTHER_KEY] })
      const options = { engine, clock: first.probe.clock, path: first.probe.path }
      await first.probe.close()
      const second = await startProbe({ ...options, keys: [KEY, OTHER_KEY] })
      const owner = moved(first.owner, second)
      const answer = await owner.get('/me')
      assert.equal(answer.json?.['subject'], 'owner')
      assert.equal(answer.setCookies.length, 1)
      assert.deepEqual((await owner.get('/me')).setCookies, [], 'once is enough')
      await second.close()
      const third = await startProbe({ ...options, keys: [KEY] })
      assert.equal((await moved(owner, third).get('/me')).json?.['subject'], 'owner')
    })

    test('two cookies of the name: exactly one must be genuine', async () => {
      const { probe, value } = await signedIn(engine)
      const other = probe.browser()
      await other.post('/login', { subject: 'mallory' })
      const mallory = String(other.jar.get(COOKIE))
      const me = async (...values: readonly string[]): Promise<unknown> => {
        const cookie = values.map((one) => `${COOKIE}=${one}`).join('; ')
        return (await ask(`${probe.base}/me`, { headers: { cookie } })).json?.['subject']
      }
      assert.equal(await me(value, 'forged'), 'owner')
      assert.equal(await me('forged', value), 'owner')
      assert.equal(await me(value, mallory), null)
      assert.equal(await me(mallory, value), null)
    })

    test('past the idle limit and past the absolute one it is nothing, and cost no store call to say so', async () => {
      const { probe, owner, value } = await signedIn(engine)
      probe.clock.advance(1800)
      probe.watched.calls.length = 0
      assert.deepEqual((await holder(probe, value).get('/me')).json, { subject: null, keys: [] })
      assert.deepEqual(probe.watched.calls, [])

      const busy = probe.browser()
      await busy.post('/login', { subject: 'busy' })
      for (let hours = 0; hours < 12; hours += 0.25) {
        assert.equal((await busy.get('/me')).json?.['subject'], 'busy', `after ${hours} h`)
        probe.clock.advance(900)
      }
      assert.equal((await busy.get('/me')).json?.['subject'], null, 'after 12 h, however busy')
      assert.equal((await owner.get('/me')).json?.['subject'], null)
    })

    test('an old copy does not get the deadline of a newer one', async () => {
      const { probe, owner, value } = await signedIn(engine)
      probe.clock.advance(1500)
      await owner.get('/me')
      probe.clock.advance(301)
      assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
      assert.equal((await holder(probe, value).get('/me')).json?.['subject'], null)
    })

    test('a slow cycleKey() or reauthenticated() across the idle limit: 400 and no cookie, it is over', async () => {
      for (const deed of ['/elevate', '/reauth']) {
        const { probe, owner } = await signedIn(engine)
        probe.clock.advance(1799)
        const late = owner.post(`/slow?do=${deed}`, { seconds: 900 })
        await probe.gates.reached('slow')
        probe.clock.advance(1)
        probe.gates.open('slow')
        const answer = await late
        assert.equal(answer.status, 400)
        assert.deepEqual(answer.setCookies, [])
      }
    })

    test('neither the data nor the subject is readable in it', async () => {
      const { owner } = await signedIn(engine)
      await owner.post('/write', { k: 'address', v: '1 Private Road'.repeat(20) })
      const value = String(owner.jar.get(COOKIE))
      for (const text of [value, ...decodings(value)]) {
        for (const plain of ['address', 'Private', 'owner']) assert.ok(!text.includes(plain), plain)
      }
      assert.doesNotMatch(value, /(.{4}).*\1.*\1/, 'equal blocks of data are not equal in it')
    })

    test('no salt and nonce comes twice, and no two cookies are alike', async () => {
      const { probe, owner } = await signedIn(engine)
      const cookie = `${COOKIE}=${owner.jar.get(COOKIE)}`
      const heads = new Set<string>()
      const nonces = new Set<string>()
      const times = 5000
      for (let index = 0; index < times; index++) {
        const response = await probe.sessions.handle(
          new Request('http://probe/', { headers: { cookie } }),
          (session) => {
            session.set('same', true)
            return new Response()
          },
        )
        const line = response.headers.getSetCookie()[0] ?? ''
        const bytes = Buffer.from(line.slice(COOKIE.length + 1).split(';')[0] ?? '', 'base64url')
        heads.add(bytes.toString('hex', 0, 24))
        nonces.add(bytes.toString('hex', 12, 24))
      }
      assert.deepEqual([heads.size, nonces.size], [times, times])
    })

    test('__proto__ and its kin are keys like any other, on the way out and on the way in', async () => {
      const { probe, owner } = await signedIn(engine)
      await owner.post(
        '/assign',
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":"x"}',
      )
      assert.deepEqual((await owner.get('/me')).json?.['keys'], ['__proto__', 'constructor', 'toString'])
      assert.deepEqual((await owner.get('/read?k=__proto__')).json, { value: { polluted: 1 } })
      assert.deepEqual((await owner.get('/read?k=hasOwnProperty')).json, { value: null })
      assert.equal(({} as { polluted?: unknown }).polluted, undefined)
      assert.equal(
        probe.events.some(({ type }) => type === 'commit-failed'),
        false,
      )
    })

    test('filled up: an error that names the size, nothing of the answer, and the cookie from before works on', async () => {
      const { probe, owner, value } = await signedIn(engine)
      probe.watched.calls.length = 0
      for (const deed of ['/write', '/then-wait?do=/write&gate=open']) {
        probe.gates.open('open')
        const answer = await owner.post(deed, { k: 'big', v: 'x'.repeat(3000) })
        assert.equal(answer.status, 413)
        assert.equal(answer.body, 'The session data is too large or too deep.\n')
        const [failure] = probe.events.filter(({ type }) => type === 'commit-failed').slice(-1)
        assert.match(String(failure && 'error' in failure && failure.error), /take \d{4} bytes with its name.* 4096/)
        assert.deepEqual(answer.setCookies, [])
      }
      assert.equal(owner.jar.get(COOKIE), value)
      assert.deepEqual((await owner.get('/me')).json, { subject: 'owner', keys: [] })
    })

    test('filled up at a login: the session from before has not ended', async () => {
      const { probe, owner } = await signedIn(engine)
      const cookie = `${COOKIE}=${owner.jar.get(COOKIE)}`
      const response = await probe.sessions.handle(
        new Request('http://probe/', { headers: { cookie } }),
        async (session) => {
          await session.login('owner')
          session.set('big', 'x'.repeat(3000))
          return new Response()
        },
      )
      assert.equal(response.status, 413)
      assert.deepEqual(response.headers.getSetCookie(), [])
      assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
    })

    test('no output holds the cookie, the key or the data', async () => {
      const { probe, owner, value } = await signedIn(engine)
      await owner.post('/write', { k: 'address', v: '1 Private Road' })
      await holder(probe, `${value.slice(0, -1)}~`).get('/me')
      await owner.post('/write', { k: 'big', v: 'Private'.repeat(500) })
      const session = await probe.sessions.open({ headers: { cookie: `${COOKIE}=${owner.jar.get(COOKIE)}` } })
      const outputs = [
        inspect(probe.events, { depth: Infinity, showHidden: true }),
        inspect(session, { depth: Infinity, showHidden: true, getters: true }),
        JSON.stringify(session),
      ]
      for (const output of outputs) {
        for (const secret of [value, value.slice(0, 30), value.slice(-30), KEY, 'Private']) {
          assert.ok(!output.includes(secret), secret)
        }
      }
    })
  })
}

describe('a sealed cookie that was copied, with endings', () => {
  const ENDS: readonly { name: string; end: (probe: Probe, owner: Browser) => Promise<unknown> }[] = [
    { name: 'logout', end: (_, owner) => owner.post('/logout') },
    { name: 'flush', end: (_, owner) => owner.post('/flush') },
    { name: 'revoke', end: async ({ sessions }, owner) => sessions.revoke(await idOf(owner), { subject: 'owner' }) },
    { name: 'revokeAll', end: ({ sessions }) => sessions.revokeAll('owner') },
    { name: 'a password change elsewhere', end: async (probe) => (await another(probe)).post('/password') },
    { name: 'a login over it', end: (_, owner) => owner.post('/login', { subject: 'owner' }) },
    { name: 'a login as somebody else over it', end: (_, owner) => owner.post('/login', { subject: 'other' }) },
    { name: 'cycleKey()', end: (_, owner) => owner.post('/elevate') },
    { name: 'reauthenticated()', end: (_, owner) => owner.post('/reauth') },
  ]

  for (const { name, end } of ENDS) {
    test(`is nothing after ${name}, at once, after a restart, and until it would have ended by itself`, async () => {
      const { probe, owner, value } = await signedIn('signedCookies', { idleTimeout: 86_400 })
      const thief = holder(probe, value)
      assert.equal((await thief.get('/me')).json?.['subject'], 'owner')
      await end(probe, owner)
      assert.deepEqual((await thief.get('/me')).json, { subject: null, keys: [] })

      await probe.close()
      const { path, clock } = probe
      const restarted = await startProbe({ engine: 'signedCookies', idleTimeout: 86_400, path, clock })
      for (let hour = 0; hour < 13; hour++) {
        assert.equal((await holder(restarted, value).get('/me')).json?.['subject'], null, `${hour} h later`)
        await restarted.sessions.clearExpired()
        clock.advance(3600)
      }
    })

    test(`a slow write across ${name}: 400 and no cookie`, async () => {
      const { probe, owner } = await signedIn('signedCookies')
      const late = owner.copy().post('/slow?do=/write')
      await probe.gates.reached('slow')
      await end(probe, owner)
      probe.gates.open('slow')
      const answer = await late
      assert.deepEqual([answer.status, answer.setCookies], [400, []])
      assert.ok(probe.events.some(({ type }) => type === 'interrupted'))
    })

    test(`a slow cycleKey() across ${name}: 400 and no cookie`, async () => {
      const { probe, owner } = await signedIn('signedCookies')
      const late = owner.copy().post('/slow?do=/elevate')
      await probe.gates.reached('slow')
      await end(probe, owner)
      probe.gates.open('slow')
      const answer = await late
      assert.deepEqual([answer.status, answer.setCookies], [400, []])
    })

    test(`a slow login across ${name} signs in, and carries nothing over`, async () => {
      const { probe, owner } = await signedIn('signedCookies')
      await owner.post('/write')
      const tab = owner.copy()
      const late = tab.post('/slow?do=/login', { subject: 'owner' })
      await probe.gates.reached('slow')
      await end(probe, owner)
      probe.gates.open('slow')
      assert.equal((await late).status, 200)
      assert.deepEqual((await tab.get('/me')).json, { subject: 'owner', keys: [] })
    })

    test(`a slow read across ${name}: served, and no cookie`, async () => {
      const { probe, owner } = await signedIn('signedCookies')
      probe.clock.advance(200) // Its deadline is due to be moved, so there is a cookie to send.
      const late = owner.copy().post('/slow?do=/me&method=GET')
      await probe.gates.reached('slow')
      await end(probe, owner)
      probe.gates.open('slow')
      const answer = await late
      assert.deepEqual([answer.status, answer.setCookies], [200, []])
    })
  }

  test('a logout with a cookie past its idle limit ends the session that a newer cookie kept alive', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const older = owner.copy()
    probe.clock.advance(900)
    await owner.get('/me')
    probe.clock.advance(900)
    assert.equal((await owner.copy().get('/me')).json?.['subject'], 'owner')
    await older.post('/logout')
    assert.equal((await owner.get('/me')).json?.['subject'], null)
  })

  test('fixation: the cookie planted before the login is nothing after it', async () => {
    const probe = await startProbe({ engine: 'signedCookies' })
    const attacker = probe.browser()
    await attacker.post('/write', { k: 'planted', v: 1 })
    const victim = attacker.copy()
    await victim.post('/login', { subject: 'victim' })
    assert.deepEqual((await victim.get('/me')).json, { subject: 'victim', keys: ['planted'] })
    assert.deepEqual((await attacker.get('/me')).json, { subject: null, keys: [] })
    assert.equal((await attacker.post('/write')).status, 400, 'late, as far as the server can tell')
  })

  test('a shorter absoluteTimeout does not shorten the memory of a revocation', async () => {
    const { probe, owner, value } = await signedIn('signedCookies', { idleTimeout: 86_400, absoluteTimeout: 86_400 })
    const id = await idOf(owner)
    await probe.close()
    const { path, clock } = probe
    const short = await startProbe({ engine: 'signedCookies', path, clock, absoluteTimeout: 600 })
    assert.deepEqual(await short.sessions.revoke(id, { subject: 'owner' }), { revoked: true, propagated: true })
    clock.advance(20 * 3600)
    await short.sessions.clearExpired()
    assert.equal((await holder(short, value).get('/me')).json?.['subject'], null)
  })

  test('revoke with somebody else’s id ends nothing, and stands in nobody’s way', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const id = await idOf(owner)
    await probe.sessions.revoke(id, { subject: 'mallory' })
    assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
    const thief = owner.copy()
    await owner.post('/logout')
    assert.equal((await thief.get('/me')).json?.['subject'], null)
  })

  test('the file of endings holds no cookie and no data', async () => {
    const { probe, owner, value } = await signedIn('signedCookies')
    await owner.post('/write', { k: 'address', v: '1 Private Road' })
    await owner.post('/password')
    const latest = String(owner.jar.get(COOKIE))
    await owner.post('/logout')
    await probe.sessions.revokeAll('owner')
    const database = openFile(probe.path)
    const rows = JSON.stringify(database.prepare('SELECT * FROM holdfast_sessions').all())
    database.close()
    assert.ok(rows.length > 100)
    for (const secret of [value, latest, 'Private', 'address'])
      assert.ok(!rows.includes(secret), `${secret} in ${rows}`)
  })
})

test('without endings a copy outlives the logout: so it is written, and so it is', async () => {
  const { probe, owner, value } = await signedIn('signedCookies without endings')
  assert.deepEqual((await owner.post('/logout')).json, { propagated: false })
  assert.equal((await owner.get('/me')).json?.['subject'], null)
  assert.equal((await holder(probe, value).get('/me')).json?.['subject'], 'owner')
})

async function signedIn(engine: (typeof ENGINES)[number], options: ProbeOptions = {}) {
  const probe = await startProbe({ engine, ...options })
  const owner = probe.browser()
  await owner.post('/login', { subject: 'owner' })
  return { probe, owner, value: String(owner.jar.get(COOKIE)) }
}

async function another(probe: Probe): Promise<Browser> {
  const browser = probe.browser()
  await browser.post('/login', { subject: 'owner' })
  return browser
}

async function idOf(browser: Browser): Promise<string> {
  return String((await browser.get('/session')).json?.['id'])
}

function holder(probe: Probe, value: string): Browser {
  const browser = probe.browser()
  browser.jar.set(COOKIE, value)
  return browser
}

function moved(browser: Browser, probe: Probe): Browser {
  return holder(probe, String(browser.jar.get(COOKIE)))
}

async function isForeign(probe: Probe, value: string, name: string): Promise<void> {
  probe.watched.calls.length = 0
  const answer = await ask(`${probe.base}/me`, { headers: { cookie: `${name}=${value}` } })
  assert.deepEqual([answer.json, answer.setCookies], [{ subject: null, keys: [] }, []])
  assert.deepEqual(probe.watched.calls, [])
  assert.equal(probe.events.at(-1)?.type, 'forged')
}

function shown({ status, setCookies, body, headers: { date: _date, ...headers } }: Answer): unknown {
  return { status, setCookies, body, headers }
}

/** The other characters that decode to the same last byte, and those that do not. */
function lastCharacters(value: string): string[] {
  return Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_').map(
    (last) => value.slice(0, -1) + last,
  )
}

function decodings(value: string): string[] {
  const bytes = Buffer.from(value, 'base64url')
  return [bytes.toString('latin1'), bytes.toString('utf8'), bytes.toString('utf16le')]
}
