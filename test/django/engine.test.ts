import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { DjangoSettings } from '../../src/django.ts'
import { memoryCache, memoryStore, sqliteStore } from '../../src/index.ts'
import { fakeClock } from '../support/clock.ts'
import { watchStore, type WatchedStore } from '../support/watched-store.ts'
import { freshExtras, newPath, SECRET_KEY, startSite, type Visitor } from './site.ts'

type Engine = NonNullable<DjangoSettings['SESSION_ENGINE']>

describe('SESSION_ENGINE', () => {
  for (const engine of ['db', 'django.contrib.sessions.backends.db', undefined] as const) {
    test(`${engine ?? 'left out'}: every request reads the store, and a restart loses nothing`, async () => {
      const { visitor, watched, restart } = await signedIn(engine)
      const before = finds(watched)
      for (let reads = 0; reads < 5; reads++) assert.equal(await subjectOf(visitor), 'ada')
      assert.equal(finds(watched), before + 5)
      assert.equal(await subjectOf(await restart()), 'ada')
    })
  }

  for (const engine of ['cached_db', 'django.contrib.sessions.backends.cached_db'] as const) {
    test(`${engine}: requests read the cache, and a restart loses nothing`, async () => {
      const { visitor, watched, restart } = await signedIn(engine)
      await subjectOf(visitor)
      const before = finds(watched)
      for (let reads = 0; reads < 5; reads++) assert.equal(await subjectOf(visitor), 'ada')
      assert.equal(finds(watched), before)
      assert.equal(await subjectOf(await restart()), 'ada')
    })
  }

  for (const engine of ['cache', 'django.contrib.sessions.backends.cache'] as const) {
    test(`${engine}: sessions live in memory, and a restart ends them`, async () => {
      const settings = { SECRET_KEY, SESSION_ENGINE: engine }
      const site = await startSite(settings, { clock: fakeClock() })
      const visitor = site.visitor()
      await visitor.post('/login', { subject: 'ada' })
      assert.equal(await subjectOf(visitor), 'ada')
      const restarted = await startSite(settings, { clock: fakeClock() })
      assert.equal(await subjectOf(restarted.visitor(visitor.cookie)), null)
    })
  }

  for (const engine of ['signed_cookies', 'django.contrib.sessions.backends.signed_cookies'] as const) {
    test(`${engine}: the session is in its cookie, unreadable, and only what has ended is in the store`, async () => {
      const { visitor, watched, restart } = await signedIn(engine)
      await visitor.post('/basket', { item: 'rope' })
      assert.doesNotMatch(Buffer.from(visitor.cookie?.split('=')[1] ?? '', 'base64url').toString(), /ada|rope/)
      assert.ok(!watched.calls.includes('create'))
      assert.deepEqual((await (await restart()).get('/me')).json, { subject: 'ada', basket: ['rope'] })
    })

    test(`${engine}: a copy of the cookie is signed out with it, and stays so after a restart`, async () => {
      const { visitor, restart } = await signedIn(engine)
      const copy = visitor.copy()
      await visitor.post('/logout')
      assert.equal(await subjectOf(copy), null)
      assert.equal(await subjectOf(await restart(copy)), null)
    })
  }

  test('signed_cookies: the age counts from the last save, as in Django', async () => {
    const clock = fakeClock()
    const settings = { SECRET_KEY, SESSION_ENGINE: 'signed_cookies', SESSION_COOKIE_AGE: 1200 } as const
    const visitor = (await startSite(settings, { path: newPath(), clock })).visitor()
    await visitor.post('/login', { subject: 'ada' })
    clock.advance(1199)
    assert.equal(await subjectOf(visitor.copy()), 'ada')
    clock.advance(2)
    assert.equal(await subjectOf(visitor.copy()), null)
  })

  test('every engine but cache makes the file that path names', async () => {
    for (const SESSION_ENGINE of ['db', 'cached_db', 'signed_cookies'] as const) {
      const extras = freshExtras()
      await startSite({ SECRET_KEY, SESSION_ENGINE }, extras)
      assert.ok(existsSync(extras.path))
    }
  })
})

describe('SESSION_CACHE_ALIAS', () => {
  test('names the cache that is given to cached_db', async () => {
    const settings = { SECRET_KEY, SESSION_ENGINE: 'cached_db', SESSION_CACHE_ALIAS: 'sessions' } as const
    const clock = fakeClock()
    const site = await startSite(settings, { path: newPath(), cache: memoryCache({ clock }), clock })
    const visitor = site.visitor()
    await visitor.post('/login', { subject: 'ada' })
    assert.equal(await subjectOf(visitor), 'ada')
  })

  test('names the store that is given to cache', async () => {
    const settings = { SECRET_KEY, SESSION_ENGINE: 'cache', SESSION_CACHE_ALIAS: 'sessions' } as const
    const clock = fakeClock()
    const watched = watchStore(memoryStore({ clock }))
    const visitor = (await startSite(settings, { store: watched.store, clock })).visitor()
    await visitor.post('/login', { subject: 'ada' })
    assert.ok(watched.calls.includes('create'))
  })
})

async function signedIn(
  engine: Engine | undefined,
): Promise<{ visitor: Visitor; watched: WatchedStore; restart: (as?: Visitor) => Promise<Visitor> }> {
  const clock = fakeClock()
  const path = newPath()
  const settings = { SECRET_KEY, ...(engine === undefined ? {} : { SESSION_ENGINE: engine }) }
  const watched = watchStore(sqliteStore(path, { clock }))
  const site = await startSite(settings, { store: watched.store, clock })
  const visitor = site.visitor()
  await visitor.post('/login', { subject: 'ada' })
  const restart = async (as = visitor): Promise<Visitor> => {
    await site.close()
    return (await startSite(settings, { path, clock })).visitor(as.cookie)
  }
  return { visitor, watched, restart }
}

function finds({ calls }: WatchedStore): number {
  return calls.filter((verb) => verb === 'find').length
}

async function subjectOf(visitor: Visitor): Promise<unknown> {
  return (await visitor.get('/me')).json?.['subject']
}
