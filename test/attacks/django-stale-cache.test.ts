import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { HoldfastError } from '../../src/index.ts'
import { djangoRedis, djangoSqlite, type DjangoDatabase } from '../../src/django.ts'
import { newId } from '../../src/testing/records.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith } from '../support/django-site.ts'
import { cookieOf, startShared, type Shared } from '../support/django-shared.ts'
import { LIBRARIES, NO_REDIS, useRedis } from '../support/redis.ts'

// Django's `cached_db` fills its cache with what it has read, whatever has happened since.

const folder = mkdtempSync(join(tmpdir(), 'holdfast-stale-'))
after(() => rmSync(folder, { recursive: true }))

const [python] = [...djangosWith('django_redis'), ...djangosWith('redis').filter(({ major }) => major >= 4)]
const port = python && (await useRedis())
const client = port === undefined ? undefined : await LIBRARIES[0]?.connect(port)

describe(
  'a fill of Django that comes late',
  { skip: python === undefined ? NO_DJANGO : port === undefined && NO_REDIS },
  () => {
    test('brings a visitor back who was signed out: in Django, and here only where hits are not confirmed', async () => {
      for (const confirmHits of [true, false]) {
        const { django, here, there } = await site({ confirmHits })
        const { pk } = await django.call<{ pk: string }>('add_user', 'ada', 'secret')
        const key = cookieOf(await here(null, ['login', pk]))
        await django.call('read_row', key)
        await here(key, ['logout'])
        await django.call('fill_cache', key)
        assert.deepEqual((await there(key, ['user'])).seen, [pk])
        assert.deepEqual((await here(key, ['user'])).seen, [confirmHits ? null : pk])
        // Even there nothing can be saved any more.
        assert.equal((await here(key, ['set', 'a', 1])).status, confirmHits ? 200 : 400)
      }
    })

    test('hides what was saved since: in Django, and here only where hits are not confirmed', async () => {
      for (const confirmHits of [true, false]) {
        const { django, here } = await site({ confirmHits })
        const key = cookieOf(await here(null, ['set', 'cart', 'old']))
        await django.call('read_row', key)
        await here(key, ['set', 'cart', 'new'])
        await django.call('fill_cache', key)
        assert.deepEqual((await here(key, ['get', 'cart'])).seen, [confirmHits ? 'new' : 'old'])
        // What is changed is changed in the row, and the copy is right again.
        await here(key, ['set', 'more', 1])
        assert.deepEqual(await django.call('cached', key), { cart: 'new', more: 1 })
      }
    })

    test('is out of both once the visitor signs out again, on the side where nobody is signed in', async () => {
      const { django, here, there } = await site({ confirmHits: true })
      const { pk } = await django.call<{ pk: string }>('add_user', 'ada', 'secret')
      const key = cookieOf(await here(null, ['login', pk]))
      await django.call('read_row', key)
      await here(key, ['logout'])
      await django.call('fill_cache', key)
      await here(key, ['logout'])
      assert.deepEqual((await there(key, ['user'])).seen, [null])
    })

    test('is no worse for a logout whose answer from the database was lost', async () => {
      const { django, sessions, here, there } = await site({ confirmHits: true, losing: 'delete' })
      const { pk } = await django.call<{ pk: string }>('add_user', 'ada', 'secret')
      const key = cookieOf(await here(null, ['login', pk]))
      await assert.rejects(here(key, ['logout']), { code: 'ERR_STORE' })
      assert.deepEqual((await there(key, ['user'])).seen, [null])
      await sessions.close()
    })

    test('is no worse for a save whose answer was lost: Django reads the row', async () => {
      const { sessions, here, there } = await site({ confirmHits: true, losing: 'update' })
      const key = cookieOf(await here(null, ['set', 'a', 'old']))
      await assert.rejects(here(key, ['set', 'a', 'new']), { code: 'ERR_STORE' })
      assert.deepEqual((await there(key, ['get', 'a'])).seen, ['new'])
      await sessions.close()
    })

    async function site({ losing, ...more }: { confirmHits: boolean; losing?: 'delete' | 'update' }): Promise<Shared> {
      assert.ok(python !== undefined && client !== undefined)
      const path = join(folder, `${newId()}.sqlite3`)
      const BACKEND = python.major < 4 ? 'django_redis.cache.RedisCache' : 'django.core.cache.backends.redis.RedisCache'
      const LOCATION = `redis://127.0.0.1:${port}/0`
      return startShared(python, {
        database: { ENGINE: 'django.db.backends.sqlite3', NAME: path },
        extras: { beside: losingAnswers(djangoSqlite(path), losing), cache: djangoRedis(client), ...more },
        settings: {
          SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
          CACHES: { default: { BACKEND, LOCATION, KEY_PREFIX: `holdfast-test-${newId()}` } as never },
        },
      })
    }
  },
)

/** What was asked of the database is done, and nobody hears of it. */
function losingAnswers(database: DjangoDatabase, lost: 'delete' | 'update' | undefined): DjangoDatabase {
  const fail = (): never => {
    throw new HoldfastError('ERR_STORE', 'the answer was lost')
  }
  return {
    ...database,
    open(settings) {
      const table = database.open(settings)
      return {
        ...table,
        ...(lost === 'delete' && { delete: (key) => table.delete(key).then(fail) }),
        ...(lost === 'update' && { update: (row, expected) => table.update(row, expected).then(fail) }),
      }
    },
  }
}
