import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSessions, memoryStore, signedCookies, sqliteStore, type SessionsOptions } from '../../src/index.ts'
import type { Browser } from '../support/browser.ts'
import { COOKIE, KEY, startProbe, type Probe, type ProbeOptions } from '../support/probe.ts'

const ENGINES = ['signedCookies', 'signedCookies without endings'] as const

for (const engine of ENGINES) {
  describe(`${engine}: a session in its cookie`, () => {
    test('is kept across requests, and across a restart', async () => {
      const { probe, owner } = await signedIn(engine)
      await owner.post('/write', { k: 'cart', v: ['rope', { length: 3 }] })
      await owner.post('/increment')
      assert.deepEqual((await owner.get('/me')).json, { subject: 'owner', keys: ['cart', 'count'] })
      await probe.close()
      const again = await startProbe({ engine, path: probe.path, clock: probe.clock })
      const here = again.browser()
      here.jar.set(COOKIE, String(owner.jar.get(COOKIE)))
      assert.deepEqual((await here.get('/read?k=cart')).json, { value: ['rope', { length: 3 }] })
      assert.deepEqual((await here.post('/increment')).json, { value: 2 })
    })

    test('a visitor who stores nothing gets no cookie; a reader none either', async () => {
      const probe = await startProbe({ engine })
      const visitor = probe.browser()
      for (const path of ['/open', '/me', '/read']) assert.deepEqual((await visitor.get(path)).setCookies, [])
      await visitor.post('/write')
      const read = await visitor.get('/read')
      assert.deepEqual([read.setCookies, read.headers.vary, read.headers['cache-control']], [[], 'Cookie', 'no-store'])
      const open = await visitor.get('/open')
      assert.deepEqual([open.headers.vary, open.headers['cache-control']], [undefined, undefined])
    })

    test('a login keeps an anonymous visitor’s data under another id; somebody else’s data stays behind', async () => {
      const probe = await startProbe({ engine })
      const visitor = probe.browser()
      await visitor.post('/write', { k: 'cart', v: 1 })
      const before = await idOf(visitor)
      await visitor.post('/login', { subject: 'ada' })
      assert.notEqual(await idOf(visitor), before)
      assert.deepEqual((await visitor.get('/me')).json, { subject: 'ada', keys: ['cart'] })
      await visitor.post('/login', { subject: 'bob' })
      assert.deepEqual((await visitor.get('/me')).json, { subject: 'bob', keys: [] })
    })

    test('a logout removes the cookie, and what is written after it begins anew', async () => {
      const { probe, owner } = await signedIn(engine)
      const answer = await owner.post('/logout')
      assert.match(answer.setCookies[0] ?? '', /^__Host-session=; Max-Age=0; Path=\/; .*Secure/)
      assert.deepEqual([...owner.jar], [])
      await owner.post('/write')
      assert.deepEqual((await owner.get('/me')).json, { subject: null, keys: ['k'] })
      assert.deepEqual(
        probe.events.filter(({ type }) => type === 'ended').map((event) => 'propagated' in event && event.propagated),
        [engine === 'signedCookies'],
      )
    })

    test('a new cookie moves the deadline, at most once per tenth of the idle time', async () => {
      const { probe, owner } = await signedIn(engine)
      let sent = 0
      for (let second = 0; second < 3600; second += 60) {
        probe.clock.advance(60)
        sent += (await owner.get('/me')).setCookies.length
      }
      assert.equal(sent, 20)
      probe.clock.advance(1799)
      assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
    })

    test('a response with a status of 500 keeps nothing but a logout', async () => {
      const { owner } = await signedIn(engine)
      for (const deed of ['/write', '/login', '/elevate']) {
        const answer = await owner.post(`/boom?do=${deed}`, { subject: 'other' })
        assert.deepEqual([answer.status, answer.setCookies], [500, []])
      }
      assert.deepEqual((await owner.get('/me')).json, { subject: 'owner', keys: [] })
      const thief = owner.copy()
      await owner.post('/boom?do=/logout')
      assert.deepEqual([...owner.jar], [])
      const subject = (await thief.get('/me')).json?.['subject']
      assert.equal(subject, engine === 'signedCookies' ? null : 'owner')
    })

    test('every-request: each response moves the deadline; since-save: only what saves', async () => {
      const every = await signedIn(engine, { expiry: 'every-request' })
      every.probe.clock.advance(1)
      assert.equal((await every.owner.get('/open')).setCookies.length, 1)

      const saves = await signedIn(engine, { expiry: 'since-save' })
      saves.probe.clock.advance(1000)
      assert.deepEqual((await saves.owner.get('/me')).setCookies, [])
      await saves.owner.post('/write')
      saves.probe.clock.advance(1000)
      assert.equal((await saves.owner.get('/me')).json?.['subject'], 'owner')
      saves.probe.clock.advance(800)
      assert.equal((await saves.owner.get('/me')).json?.['subject'], null)
    })

    test('setExpiry sets the deadline and the cookie; requireFresh knows when the password was asked', async () => {
      const { probe, owner } = await signedIn(engine)
      const response = await handle(probe, owner, (session) => {
        session.setExpiry(60)
        return Response.json(session.getExpiryAge())
      })
      assert.equal(await response.json(), 60)
      assert.match(response.headers.getSetCookie()[0] ?? '', /Max-Age=60/)
      probe.clock.advance(59)
      await handle(probe, owner, (session) => {
        session.requireFresh(59)
        assert.throws(() => session.requireFresh(58), { code: 'ERR_NOT_FRESH' })
        return new Response()
      })
      probe.clock.advance(60)
      assert.equal((await owner.get('/me')).json?.['subject'], null)
    })

    test('somebody else’s login does not inherit what setExpiry said', async () => {
      const { probe, owner } = await signedIn(engine)
      await handle(probe, owner, (session) => {
        session.setExpiry(60)
        return new Response()
      })
      const answer = await owner.post('/login', { subject: 'other' })
      assert.doesNotMatch(answer.setCookies[0] ?? '', /Max-Age/i)
      probe.clock.advance(1799)
      assert.equal((await owner.get('/me')).json?.['subject'], 'other')
    })

    test('to be sealed anew by another key moves no deadline where only a save does', async () => {
      const old = 'k0-the key that was first before, of forty bytes'
      const first = await signedIn(engine, { keys: [old], expiry: 'since-save' })
      const { path, clock } = first.probe
      await first.probe.close()
      const second = await startProbe({ engine, keys: [KEY, old], expiry: 'since-save', path, clock })
      const here = second.browser()
      here.jar.set(COOKIE, String(first.owner.jar.get(COOKIE)))
      clock.advance(1000)
      assert.equal((await here.get('/me')).setCookies.length, 1)
      clock.advance(800)
      assert.equal((await here.get('/me')).json?.['subject'], null)
    })

    test('is committed once, and not changed after', async () => {
      const { probe, owner } = await signedIn(engine)
      const session = await probe.sessions.open({ headers: { cookie: `${COOKIE}=${owner.jar.get(COOKIE)}` } })
      session.set('k', 1)
      await probe.sessions.commit(session)
      await assert.rejects(async () => probe.sessions.commit(session), { code: 'ERR_COMMITTED' })
      assert.throws(() => session.set('k', 2), { code: 'ERR_COMMITTED' })
    })

    test('take and list are refused, each by its name', async () => {
      const { probe, owner } = await signedIn(engine)
      await owner.post('/write')
      const answer = await owner.post('/take')
      assert.equal(answer.status, 500)
      assert.match(answer.body, /take\(\) gives a value once.*cachedDb/)
      assert.deepEqual((await owner.get('/read')).json, { value: 'v' })
      await assert.rejects(probe.sessions.list('owner'), { code: 'ERR_ENGINE', message: /list\(\)/ })
    })

    test('of two requests at once the later response wins whole: what the other changed is lost', async () => {
      const { probe, owner } = await signedIn(engine)
      const first = owner.post('/then-wait?do=/write', { k: 'a' })
      await probe.gates.reached('slow')
      await owner.post('/write', { k: 'b' })
      probe.gates.open('slow')
      await first
      assert.deepEqual((await owner.get('/me')).json?.['keys'], ['a'])
    })

    test('a copied cookie shows its old data again', async () => {
      const { owner } = await signedIn(engine)
      await owner.post('/increment')
      const copy = owner.copy()
      await owner.post('/increment')
      assert.deepEqual((await copy.get('/read?k=count')).json, { value: 1 })
    })
  })
}

describe('signedCookies with endings', () => {
  test('asks the store twice for a signed-in visitor, once for an anonymous one, never without a cookie', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const calls = async (browser: Browser): Promise<readonly string[]> => {
      probe.watched.calls.length = 0
      await browser.get('/me')
      return [...probe.watched.calls]
    }
    assert.deepEqual(await calls(owner), ['find', 'epoch'])
    const visitor = probe.browser()
    assert.deepEqual(await calls(visitor), [])
    await visitor.post('/write')
    assert.deepEqual(await calls(visitor), ['find'])
  })

  test('logout writes before it answers, and when it cannot the session counts as alive', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    probe.watched.fail('create')
    for (const deed of ['/logout', '/flush', '/login', '/elevate']) {
      const answer = await owner.post(deed, { subject: 'other' })
      assert.ok(answer.status >= 500, deed)
      assert.deepEqual(answer.setCookies, [])
      assert.ok(!answer.body.includes('"other"'))
    }
    await assert.rejects(probe.sessions.revoke(await idOf(owner), { subject: 'owner' }), /does not answer/)
    assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
    probe.watched.heal()
    assert.deepEqual((await owner.post('/logout')).json, { propagated: true })
  })

  test('a store that fails is an error: neither signed in nor signed out', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    for (const verb of ['find', 'epoch'] as const) {
      probe.watched.fail(verb)
      const answer = await owner.get('/me')
      assert.ok(answer.status >= 500)
      assert.deepEqual(answer.setCookies, [])
      assert.ok(!answer.body.includes('subject'))
      probe.watched.heal()
    }
    assert.equal((await probe.browser().get('/me')).status, 200)
    assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
  })

  test('a store that fails between opening and answering: a write fails, a read is served without a cookie', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    probe.clock.advance(300)
    for (const [deed, status] of [
      ['/write', 500],
      ['/me&method=GET', 200],
    ] as const) {
      const gate = deed.slice(1, 3)
      const late = owner.post(`/slow?do=${deed}&gate=${gate}`)
      await probe.gates.reached(gate)
      probe.watched.fail('find')
      probe.gates.open(gate)
      const answer = await late
      assert.deepEqual([answer.status, answer.setCookies], [status, []])
      probe.watched.heal()
    }
    assert.ok(probe.events.some(({ type }) => type === 'renewal-failed'))
  })

  test('revoke needs the subject, and answers whether it was the first', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const id = await idOf(owner)
    await assert.rejects(probe.sessions.revoke(id), { code: 'ERR_ENGINE', message: /\{ subject \}/ })
    assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
    assert.deepEqual(await probe.sessions.revoke(id, { subject: 'owner' }), { revoked: true, propagated: true })
    assert.deepEqual(await probe.sessions.revoke(id, { subject: 'owner' }), { revoked: false, propagated: true })
    assert.equal((await owner.get('/me')).json?.['subject'], null)
  })

  test('revokeAll spares one session, however often, until it is not spared', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const phone = probe.browser()
    await phone.post('/login', { subject: 'owner' })
    const stale = owner.copy()
    const except = await idOf(owner)
    for (let times = 0; times < 3; times++) {
      assert.deepEqual(await probe.sessions.revokeAll('owner', { except }), { revoked: Number.NaN, propagated: true })
      assert.equal((await stale.get('/session')).json?.['id'], except, 'a tab with the cookie from before')
    }
    assert.equal((await owner.get('/me')).setCookies.length, 1, 'it is told, so that the store need not be asked again')
    assert.deepEqual((await owner.get('/me')).setCookies, [])
    assert.equal((await phone.get('/me')).json?.['subject'], null)

    await probe.sessions.revokeAll('owner')
    for (const browser of [owner, stale]) assert.equal((await browser.get('/me')).json?.['subject'], null)
    await probe.sessions.revokeAll('owner', { except })
    for (const browser of [owner, stale]) assert.equal((await browser.get('/me')).json?.['subject'], null, 'still')
  })

  test('a login whose password was checked before a "sign out everywhere" is refused', async () => {
    const { probe } = await signedIn('signedCookies')
    const since = await probe.sessions.epoch('owner')
    const late = probe.browser()
    assert.equal((await late.post('/login', { subject: 'owner', since })).status, 200)
    const slow = late.post('/then-wait?do=/login', { subject: 'owner', since })
    await probe.gates.reached('slow')
    await probe.sessions.revokeAll('owner')
    probe.gates.open('slow')
    const answer = await slow
    assert.deepEqual([answer.status, answer.setCookies], [403, []])
    assert.equal((await late.post('/login', { subject: 'owner', since })).status, 403)
    assert.ok(probe.events.some((event) => event.type === 'login-refused' && event.reason === 'epoch'))
  })

  test('of parallel cycles over one session one takes it over, and no old cookie is left', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const thief = owner.copy()
    const tabs = Array.from({ length: 8 }, (_, index) => owner.copy().post(`/slow?do=/elevate&gate=${index}`))
    await Promise.all(tabs.map((_, index) => probe.gates.reached(String(index))))
    for (const index of tabs.keys()) probe.gates.open(String(index))
    const statuses = (await Promise.all(tabs)).map(({ status }) => status)
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [200, ...Array.from({ length: 7 }, () => 400)],
    )
    assert.equal((await thief.get('/me')).json?.['subject'], null)
    assert.equal(probe.events.filter(({ type }) => type === 'cycled').length, 1)
  })

  test('a logout with the cookie that was just replaced ends what took its place', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const tab = owner.copy()
    await owner.post('/elevate')
    await owner.post('/login', { subject: 'owner' })
    const answer = await tab.post('/logout')
    assert.equal(answer.setCookies.length, 1)
    assert.equal((await owner.get('/me')).json?.['subject'], null)
    assert.ok(probe.events.some((event) => event.type === 'ended' && event.reason === 'successor'))
  })

  test('one that was replaced longer than a minute ago ends nothing', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const tab = owner.copy()
    await owner.post('/elevate')
    probe.clock.advance(61)
    assert.deepEqual((await tab.post('/logout')).setCookies, [])
    assert.equal((await owner.get('/me')).json?.['subject'], 'owner')
  })

  test('the first write under an id that has just ended: 400; later it begins a session of its own', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    const tab = owner.copy()
    await owner.post('/logout')
    assert.equal((await tab.post('/write')).status, 400)
    probe.clock.advance(61)
    assert.equal((await tab.post('/write')).status, 200)
    assert.deepEqual((await tab.get('/me')).json, { subject: null, keys: ['k'] })
  })

  test('a store older than the cookie, from a backup, is reported, and the cookie refused', async () => {
    const { probe } = await signedIn('signedCookies')
    await probe.sessions.revokeAll('owner')
    const owner = probe.browser()
    await owner.post('/login', { subject: 'owner' })
    const restored = await startProbe({ engine: 'signedCookies', clock: probe.clock })
    const there = restored.browser()
    there.jar.set(COOKIE, String(owner.jar.get(COOKIE)))
    assert.equal((await there.get('/me')).json?.['subject'], null)
    assert.equal(restored.events.at(-1)?.type, 'store-behind')
  })

  test('clearExpired removes an ending once no cookie of its session can live', async () => {
    const { probe, owner } = await signedIn('signedCookies')
    await owner.post('/logout')
    assert.equal(probe.size(), 1)
    probe.clock.advance(43_200 + 300)
    assert.equal(await probe.sessions.clearExpired(), 0)
    probe.clock.advance(301)
    assert.equal(await probe.sessions.clearExpired(), 1)
    assert.equal(probe.size(), 0)
  })

  test('memoryStore serves while it remembers', async () => {
    const engine = signedCookies({ endings: memoryStore() })
    await using sessions = createSessions({ keys: [KEY], engine })
    const signedIn = await sessions.handle(new Request('http://probe/'), async (session) => {
      await session.login('ada')
      return new Response()
    })
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const session = await sessions.open({ headers: { cookie } })
    assert.equal(session.subject, 'ada')
    assert.deepEqual(await session.logout(), { propagated: true })
    assert.equal((await sessions.open({ headers: { cookie } })).subject, null)
  })
})

describe('signedCookies without endings', () => {
  test('answers at once, without a promise', async () => {
    const { probe, owner } = await signedIn('signedCookies without endings')
    const session = probe.sessions.open({ headers: { cookie: `${COOKIE}=${owner.jar.get(COOKIE)}` } })
    assert.ok(!(session instanceof Promise))
    assert.equal(session.subject, 'owner')
    assert.deepEqual(probe.sessions.commit(session), { touched: true, setCookie: undefined })
  })

  for (const [name, call] of Object.entries<(probe: Probe) => Promise<unknown>>({
    'revoke()': ({ sessions }) => sessions.revoke('AAAAAAAAAAAAAAAAAAAAAA', { subject: 'owner' }),
    'revokeAll()': ({ sessions }) => sessions.revokeAll('owner'),
    'epoch()': ({ sessions }) => sessions.epoch('owner'),
    'login() with since': async ({ sessions }) => (await sessions.open({ headers: {} })).login('owner', { since: 0 }),
  })) {
    test(`refuses ${name}, and says what it takes`, async () => {
      const probe = await startProbe({ engine: 'signedCookies without endings' })
      await assert.rejects(call(probe), (error: Error & { code: string }) => {
        assert.equal(error.code, 'ERR_ENGINE')
        assert.ok(error.message.includes(`${name} needs a store`), error.message)
        assert.match(error.message, /signedCookies\(\{ endings: store \}\)/)
        return true
      })
    })
  }

  test('clears nothing, and says so', async () => {
    const probe = await startProbe({ engine: 'signedCookies without endings' })
    assert.equal(await probe.sessions.clearExpired(), 0)
  })
})

describe('options that count on a store', () => {
  for (const [name, options] of Object.entries<Partial<SessionsOptions>>({
    maxPerSubject: { maxPerSubject: 3 },
    renewalInterval: { renewalInterval: 600 },
    onReuse: { onReuse: 'report' },
    onConflict: { onConflict: 'throw' },
  })) {
    test(`${name} is refused at the start`, () => {
      for (const engine of [signedCookies(), signedCookies({ endings: sqliteStore(':memory:') })]) {
        assert.throws(() => createSessions({ keys: [KEY], engine, ...options }), {
          code: 'ERR_ENGINE',
          message: new RegExp(`${name} is given`),
        })
      }
    })
  }

  test('renewalInterval: false asks for nothing', async () => {
    await createSessions({ keys: [KEY], engine: signedCookies(), renewalInterval: false }).close()
  })
})

async function signedIn(engine: (typeof ENGINES)[number], options: ProbeOptions = {}) {
  const probe = await startProbe({ engine, ...options })
  const owner = probe.browser()
  await owner.post('/login', { subject: 'owner' })
  return { probe, owner }
}

async function idOf(browser: Browser): Promise<string> {
  return String((await browser.get('/session')).json?.['id'])
}

async function handle(
  { sessions }: Probe,
  browser: Browser,
  handler: Parameters<Probe['sessions']['handle']>[1],
): Promise<Response> {
  const headers = { cookie: `${COOKIE}=${browser.jar.get(COOKIE)}` }
  const response = await sessions.handle(new Request('http://probe/', { headers }), handler)
  const value = response.headers
    .getSetCookie()[0]
    ?.split(';')[0]
    ?.slice(COOKIE.length + 1)
  if (value !== undefined) browser.jar.set(COOKIE, value)
  return response
}
