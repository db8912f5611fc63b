import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Cached, DjangoCache } from '../../src/django/caches/cache.ts'
import { djangoRedis } from '../../src/django/caches/redis.ts'
import type { RedisClient } from '../../src/redis/client.ts'
import { newId } from '../../src/testing/records.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith, startSite } from '../support/django-site.ts'
import { command, LIBRARIES, NO_REDIS, useOwnRedis, useRedis, useRedisCluster } from '../support/redis.ts'

const port = await useRedis()
const cluster = await useRedisCluster()
const DICT = '{"_auth_user_id":"1","n":1,"f":1.5,"one":1.0,"big":1099511627776,"none":null,"l":[true,"1"]}'

const DEFAULTS = { keyPrefix: '', version: 1 }

describe('djangoRedis', { skip: port === undefined && NO_REDIS }, () => {
  for (const library of LIBRARIES) {
    describe(library.name, () => {
      contract(async () => library.connect(port as number))
    })
    describe(`${library.name}, a cluster`, { skip: cluster === undefined && NO_REDIS }, () => {
      contract(async () => library.connectCluster(cluster as readonly number[]))
    })
  }

  test('keys are those of the entry in CACHES', async () => {
    const client = await LIBRARIES[0]?.connect(port as number)
    assert.ok(client)
    const keyPrefix = `holdfast-test-${newId()}`
    await djangoRedis(client, { keyPrefix, version: 7 })
      .open(DEFAULTS)
      .set('django.contrib.sessions.cachekey', '{}', 60)
    assert.equal(await command(port as number, 'EXISTS', `${keyPrefix}:7:django.contrib.sessions.cachekey`), 1)
    assert.equal(await command(port as number, 'DEL', `${keyPrefix}:7:django.contrib.sessions.cachekey`), 1)
    const bare = `django.contrib.sessions.cached_db${newId()}`
    await djangoRedis(client).open(DEFAULTS).set(bare, '{}', 60)
    assert.equal(await command(port as number, 'DEL', `:1:${bare}`), 1)
  })

  test('a Redis that freezes or dies is an error, and in time', async () => {
    const server = await useOwnRedis()
    const client = await LIBRARIES[0]?.connect(server?.port as number)
    assert.ok(server && client)
    const cache = djangoRedis(client, { timeout: 50 }).open(DEFAULTS)
    await cache.set('k', '{}', 60)
    server.freeze()
    for (const verb of [() => cache.get('k'), () => cache.set('k', '{}', 60), () => cache.delete('k')]) {
      await assert.rejects(verb(), { code: 'ERR_STORE' })
    }
    server.thaw()
    await server.kill()
    const failing = [
      () => cache.get('k'),
      () => cache.add('k', '{}', 60),
      () => cache.swap('k', Buffer.of(), '{}', 60),
      () => cache.delete('k'),
    ]
    for (const verb of failing) await assert.rejects(verb(), { code: 'ERR_STORE' })
  })

  test('a swap that took too long is not done late by a server that did not know the script', async () => {
    const server = await useOwnRedis()
    const client = await LIBRARIES[0]?.connect(server?.port as number)
    assert.ok(server && client)
    const cache = djangoRedis(client, { timeout: 50 }).open(DEFAULTS)
    await cache.set('k', '{"n":1}', 60)
    const { stored } = (await cache.get('k')) as Cached
    server.freeze()
    await assert.rejects(cache.swap('k', stored, '{"n":2}', 60), { code: 'ERR_STORE' })
    server.thaw()
    await cache.set('after', '{}', 60) // On the same connection: the answer to the swap came before this one's.
    assert.deepEqual(await cache.get('k'), { json: '{"n":1}', stored })
  })

  test('options that Django has no word for are refused', async () => {
    const client = (await LIBRARIES[0]?.connect(port as number)) as RedisClient
    for (const wrong of [{ version: 1.5 }, { version: '1' }, { keyPrefix: 1 }, { keyPrefix: null }, { timeout: 0 }]) {
      assert.throws(() => djangoRedis(client, wrong as never), { code: 'ERR_OPTION' }, JSON.stringify(wrong))
    }
    assert.throws(() => djangoRedis('redis://127.0.0.1' as never), { code: 'ERR_OPTION' })
  })
})

/** Django 3.2 has no Redis of its own: there it is `django-redis`. */
const sites = [
  ...djangosWith('redis')
    .filter(({ major }) => major >= 4)
    .map((python) => ({ python, backend: 'django.core.cache.backends.redis.RedisCache' })),
  ...djangosWith('django_redis').map((python) => ({ python, backend: 'django_redis.cache.RedisCache' })),
]

if (sites.length === 0) test('djangoRedis beside Django', { skip: NO_DJANGO }, () => {})

for (const { python, backend } of port === undefined ? [] : sites) {
  const KEY_PREFIX = `holdfast-test-${newId()}`
  const LOCATION = `redis://127.0.0.1:${port}/0`
  const django = await startSite(python, {
    database: { ENGINE: 'django.db.backends.sqlite3', NAME: ':memory:' },
    useTz: true,
    timeZone: 'UTC',
    settings: { CACHES: { default: { BACKEND: backend, LOCATION, KEY_PREFIX, VERSION: 3 } } },
  })
  await django.call('migrate')
  const [, ioredis] = LIBRARIES
  const client = (await ioredis?.connect(port as number)) as RedisClient
  const cache = djangoRedis(client, { version: 3 }).open({ keyPrefix: KEY_PREFIX, version: 1 })
  const prefixOf = (engine: string): string => `django.contrib.sessions.${engine}`

  describe(`djangoRedis beside ${backend} of Django ${python.version}`, () => {
    for (const engine of ['cache', 'cached_db']) {
      test(`what ${engine} keeps there is read here, and what is written here is what it reads`, async () => {
        const data = JSON.parse(DICT) as unknown
        const key = String(await django.call('create', data, null, engine))
        const seen = await cache.get(prefixOf(engine) + key)
        assert.deepEqual(JSON.parse(seen?.json ?? ''), data)
        await cache.set(prefixOf(engine) + key, '{"who":"Zo\\u00eb","n":2.0}', 60)
        const read = await django.call<{ data: unknown }>('load', key, engine)
        assert.deepEqual(read, { key, data: { who: 'Zoë', n: 2 } })
        assert.equal(await django.call('repr', key, engine), "{'who': 'Zoë', 'n': 2.0}")
        assert.equal(await cache.delete(prefixOf(engine) + key), true)
        assert.equal(await django.call('cached', prefixOf(engine) + key), null)
      })
    }

    test('a session begun here is one there, and one that Django deletes is gone here', async () => {
      const key = newId().toLowerCase()
      assert.equal(await cache.add(prefixOf('cache') + key, '{"a":1}', 60), true)
      const seen = await cache.get(prefixOf('cache') + key)
      assert.ok(seen)
      assert.deepEqual((await django.call<{ data: unknown }>('load', key, 'cache')).data, { a: 1 })
      await django.call('save', key, { b: 2 }, 'cache')
      assert.equal(await cache.swap(prefixOf('cache') + key, seen.stored, '{}', 60), 'stale')
      await django.call('delete', key, 'cache')
      assert.equal(await cache.swap(prefixOf('cache') + key, seen.stored, '{}', 60), 'gone')
      assert.equal(await cache.get(prefixOf('cache') + key), undefined)
    })
  })
}

function contract(connect: () => Promise<RedisClient>): void {
  const cacheOf = async (): Promise<DjangoCache> => {
    return djangoRedis(await connect()).open({ keyPrefix: `holdfast-test-${newId()}`, version: 1 })
  }

  test('a value comes back as it was, in bytes that are no text', async () => {
    const cache = await cacheOf()
    assert.equal(await cache.get('k'), undefined)
    await cache.set('k', DICT, 60)
    const seen = await cache.get('k')
    assert.equal(seen?.json, DICT)
    assert.equal(seen?.stored[0], 0x80)
    assert.equal(await cache.delete('k'), true)
    assert.equal(await cache.delete('k'), false)
    assert.equal(await cache.get('k'), undefined)
  })

  test('it is added only where nothing is', async () => {
    const cache = await cacheOf()
    assert.equal(await cache.add('k', '{"n":1}', 60), true)
    assert.equal(await cache.add('k', '{"n":2}', 60), false)
    assert.equal((await cache.get('k'))?.json, '{"n":1}')
    await cache.delete('k')
  })

  test('it is swapped only over what was seen, and gone stays gone', async () => {
    const cache = await cacheOf()
    await cache.set('k', '{"n":1}', 60)
    const seen = await cache.get('k')
    assert.ok(seen)
    assert.equal(await cache.swap('k', seen.stored, '{"n":2}', 60), 'updated')
    assert.equal(await cache.swap('k', seen.stored, '{"n":3}', 60), 'stale')
    assert.equal((await cache.get('k'))?.json, '{"n":2}')
    await cache.delete('k')
    assert.equal(await cache.swap('k', seen.stored, '{"n":4}', 60), 'gone')
    assert.equal(await cache.get('k'), undefined)
  })

  test('50 increments count 50', async () => {
    const cache = await cacheOf()
    await cache.set('k', '{"n":0}', 60)
    const increment = async (): Promise<void> => {
      for (;;) {
        const seen = await cache.get('k')
        assert.ok(seen)
        const { n } = JSON.parse(seen.json) as { n: number }
        if ((await cache.swap('k', seen.stored, JSON.stringify({ n: n + 1 }), 60)) === 'updated') return
      }
    }
    await Promise.all(Array.from({ length: 50 }, increment))
    assert.equal((await cache.get('k'))?.json, '{"n":50}')
    await cache.delete('k')
  })

  test('a time to live that is over deletes, as in Django', async () => {
    const cache = await cacheOf()
    for (const ttl of [0, -5, 0.9]) {
      await cache.set('k', '{}', 60)
      await cache.set('k', '{}', ttl)
      assert.equal(await cache.get('k'), undefined)
      assert.equal(await cache.add('k', '{}', ttl), true)
      assert.equal(await cache.get('k'), undefined)
      await cache.set('k', '{}', 60)
      assert.equal(await cache.add('k', '{}', ttl), false)
      const seen = await cache.get('k')
      assert.ok(seen)
      assert.equal(await cache.swap('k', seen.stored, '{}', ttl), 'updated')
      assert.equal(await cache.get('k'), undefined)
    }
  })
}
