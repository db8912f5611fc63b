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

  test('db and cached_db make the file that path names', async () => {
    for (const SESSION_ENGINE of ['db', 'cached_db'] as const) {
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
): Promise<{ visitor: Visitor; watched: WatchedStore; restart: () => Promise<Visitor> }> {
  const clock = fakeClock()
  const path = newPath()
  const settings = { SECRET_KEY, ...(engine === undefined ? {} : { SESSION_ENGINE: engine }) }
  const watched = watchStore(sqliteStore(path, { clock }))
  const site = await startSite(settings, { store: watched.store, clock })
  const visitor = site.visitor()
  await visitor.post('/login', { subject: 'ada' })
  const restart = async (): Promise<Visitor> => {
    await site.close()
    return (await startSite(settings, { path, clock })).visitor(visitor.cookie)
  }
  return { visitor, watched, restart }
}

function finds({ calls }: WatchedStore): number {
  return calls.filter((verb) => verb === 'find').length
}

async function subjectOf(visitor: Visitor): Promise<unknown> {
  return (await visitor.get('/me')).json?.['subject']
}
