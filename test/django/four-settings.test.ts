import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryCache, sqliteStore } from '../../src/index.ts'
import { fakeClock } from '../support/clock.ts'
import { watchStore, type WatchedStore } from '../support/watched-store.ts'
import { FOUR_SETTINGS, freshExtras, newPath, startSite, type Site, type Visitor } from './site.ts'

describe('a session with the four settings', () => {
  test('ends 1200 s after it was last saved', async () => {
    const { site, visitor } = await signedIn()
    const stubborn = visitor.copy()
    site.clock.advance(1199)
    assert.equal(await subjectOf(stubborn.copy()), 'ada')
    site.clock.advance(1)
    assert.equal(await subjectOf(stubborn.copy()), null)
    site.clock.advance(1)
    assert.equal(await subjectOf(stubborn.copy()), null)
    assert.equal(await subjectOf(visitor), null)
  })

  test('is not lengthened by reading', async () => {
    const { site, visitor } = await signedIn()
    const stubborn = visitor.copy()
    for (let minute = 1; minute < 20; minute++) {
      site.clock.advance(60)
      assert.equal(await subjectOf(stubborn), 'ada', `minute ${minute}`)
    }
    site.clock.advance(59)
    assert.equal(await subjectOf(stubborn), 'ada')
    site.clock.advance(1)
    assert.equal(await subjectOf(stubborn), null)
  })

  test('is lengthened by saving, and the cookie with it', async () => {
    // Around the renewal, at 600 s, the cookie is sent by other rules.
    for (const savedAt of [10, 539, 540, 541, 570, 599, 600, 601, 1100, 1199]) {
      const { site, visitor } = await signedIn()
      site.clock.advance(savedAt)
      await visitor.post('/basket', { item: 'rope' })
      site.clock.advance(1199)
      assert.equal(await subjectOf(visitor), 'ada', `saved at ${savedAt} s, seen 1199 s later`)
      site.clock.advance(1)
      assert.equal(await subjectOf(visitor.copy()), null, `saved at ${savedAt} s, seen 1200 s later`)
    }
  })

  test('is not lengthened by a renewal of its secret', async () => {
    const { site, visitor } = await signedIn()
    const before = visitor.cookie
    site.clock.advance(700)
    await visitor.get('/me')
    assert.notEqual(visitor.cookie, before, 'the secret was renewed')
    await visitor.get('/me') // Shows the new secret, which makes it the current one.
    const stubborn = visitor.copy()
    site.clock.advance(499)
    assert.equal(await subjectOf(stubborn), 'ada')
    site.clock.advance(1)
    assert.equal(await subjectOf(stubborn), null)
  })

  test('ends after 12 hours, however often it is saved', async () => {
    const { site, visitor } = await signedIn()
    for (let saved = 1000; saved < 43_200; saved += 1000) {
      site.clock.advance(1000)
      await visitor.post('/basket', { item: 'rope' })
      await visitor.get('/me')
    }
    site.clock.advance(199)
    assert.equal(await subjectOf(visitor.copy()), 'ada')
    site.clock.advance(1)
    assert.equal(await subjectOf(visitor.copy()), null)
  })

  test('has a cookie that no script reads, that plain http never carries and other sites cannot send', async () => {
    const { site, visitor } = await signedIn()
    site.clock.advance(700)
    await visitor.get('/me') // A renewal.
    await visitor.post('/basket', { item: 'rope' })
    await visitor.post('/expiry', { seconds: 300 })
    await visitor.post('/logout')

    assert.ok(site.setCookies.length >= 4, 'a login, a renewal, a save and a removal')
    for (const line of site.setCookies) {
      const [pair, ...attributes] = line.split('; ')
      assert.match(pair ?? '', /^__Host-sessionid=/)
      for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
        assert.ok(attributes.includes(attribute), `${attribute} in ${attributes.join('; ')}`)
      assert.ok(!line.includes('Domain='))
    }
    assert.match(site.setCookies[0] ?? '', /; Max-Age=1200;/)
    assert.match(site.setCookies.at(-1) ?? '', /; Max-Age=0;/)
  })

  test('is read from the cache', async () => {
    const { visitor, watched } = await signedIn()
    assert.equal(await subjectOf(visitor), 'ada')
    const before = finds(watched)
    for (let reads = 0; reads < 20; reads++) assert.equal(await subjectOf(visitor), 'ada')
    assert.equal(finds(watched), before)
  })

  test('survives the loss of the cache', async () => {
    const { visitor, watched, cache } = await signedIn()
    await visitor.post('/basket', { item: 'rope' })
    await cache.forget('all')
    const before = finds(watched)
    assert.deepEqual((await visitor.get('/me')).json, { subject: 'ada', basket: ['rope'] })
    assert.equal(finds(watched), before + 1)
  })

  test('survives a cache that is there and fails', async () => {
    const clock = fakeClock()
    let broken = false
    const cache = new Proxy(memoryCache({ clock }), {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function' || name === 'close') return member
        return (...args: unknown[]): unknown => {
          if (broken) throw new Error('the cache does not answer')
          return Reflect.apply(member, target, args)
        }
      },
    })
    const site = await startSite(FOUR_SETTINGS, { path: newPath(), cache, clock })
    const visitor = site.visitor()
    await visitor.post('/login', { subject: 'ada' })
    broken = true
    assert.equal((await visitor.post('/basket', { item: 'rope' })).status, 200)
    assert.deepEqual((await visitor.get('/me')).json, { subject: 'ada', basket: ['rope'] })
    await visitor.post('/login', { subject: 'ben' })
    assert.equal(await subjectOf(visitor), 'ben')
  })

  test('survives a restart', async () => {
    const extras = freshExtras()
    const before = await startSite(FOUR_SETTINGS, extras)
    const visitor = before.visitor()
    await visitor.post('/login', { subject: 'ada' })
    await before.close()
    const afterwards = await startSite(FOUR_SETTINGS, extras)
    assert.equal(await subjectOf(afterwards.visitor(visitor.cookie)), 'ada')
  })

  test('cannot be fixed in advance by a value that somebody made up', async () => {
    const { site, watched } = await start()
    const invented = '__Host-sessionid=0123456789abcdefghijklmnopqrstuv' // As Django's keys look.
    const victim = site.visitor(invented)
    assert.equal(await subjectOf(victim), null)
    assert.equal(finds(watched), 0)
    await victim.post('/login', { subject: 'ada' })
    assert.notEqual(victim.cookie, invented)
    assert.equal(await subjectOf(site.visitor(invented)), null)
  })

  test('cannot be fixed in advance by a session of the attacker', async () => {
    const { site } = await start()
    const attacker = site.visitor()
    await attacker.post('/basket', { item: 'a trap' })
    const planted = attacker.cookie
    assert.ok(planted)

    const victim = site.visitor(planted)
    await victim.post('/login', { subject: 'ada' })
    assert.notEqual(victim.cookie, planted)
    assert.equal(await subjectOf(victim), 'ada')
    assert.equal(await subjectOf(attacker), null)
    assert.equal(await subjectOf(site.visitor(planted)), null)
  })
})

interface Started {
  readonly site: Site
  readonly watched: WatchedStore
  readonly cache: ReturnType<typeof memoryCache>
}

async function start(): Promise<Started> {
  const clock = fakeClock()
  const watched = watchStore(sqliteStore(newPath(), { clock }))
  const cache = memoryCache({ clock })
  return { site: await startSite(FOUR_SETTINGS, { store: watched.store, cache, clock }), watched, cache }
}

async function signedIn(): Promise<Started & { visitor: Visitor }> {
  const started = await start()
  const visitor = started.site.visitor()
  await visitor.post('/login', { subject: 'ada' })
  return { ...started, visitor }
}

async function subjectOf(visitor: Visitor): Promise<unknown> {
  return (await visitor.get('/me')).json?.['subject']
}

function finds({ calls }: WatchedStore): number {
  return calls.filter((verb) => verb === 'find').length
}
