import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { djangoPostgres, djangoRedis } from '../../src/django.ts'
import { newSessionKey } from '../../src/django/wire/session-key.ts'
import { identify, redisOf } from '../../src/redis/client.ts'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'
import { LIBRARIES, NO_REDIS, useRedis } from '../support/redis.ts'

// A key of Django's opens its session. Clients and servers repeat in their errors what they were asked.

const port = await useRedis()
const postgres = await usePostgres()

describe('the errors of a Redis that serves sessions of Django', { skip: port === undefined && NO_REDIS }, () => {
  for (const library of LIBRARIES) {
    test(`show neither a key nor data, with ${library.name}`, async () => {
      assert.ok(port !== undefined)
      const client = await library.connect(port)
      const redis = redisOf(identify(client))
      const prefix = `holdfast-test-${newSessionKey()}`
      const key = newSessionKey()
      const entry = `${prefix}:1:${key}`
      await redis.send(entry, ['HSET', entry, 'a', '1'])
      const cache = djangoRedis(client, { keyPrefix: prefix }).open({ keyPrefix: '', version: 1 })
      for (const ask of [
        () => cache.get(key),
        () => cache.swap(key, Buffer.from('stored'), '{"secret":"of ada"}', 60),
        () => redis.send(entry, ['NOSUCHCOMMAND', entry, 'of ada']),
      ]) {
        const error = await ask().then(
          () => assert.fail('it did not fail'),
          (cause: unknown) => cause,
        )
        const shown = inspect(error, { depth: null })
        assert.match(shown, /WRONGTYPE|unknown command/)
        assert.ok(!shown.includes(key) && !shown.includes('of ada'), shown)
      }
      await redis.send(entry, ['DEL', entry])
    })
  }
})

test('a row that PostgreSQL refuses is not shown', { skip: postgres === undefined && NO_POSTGRES }, async () => {
  assert.ok(postgres !== undefined)
  await postgres.pool.query(`CREATE TABLE django_session (
    session_key varchar(40) PRIMARY KEY, session_data text NOT NULL CHECK (length(session_data) < 10), expire_date timestamptz NOT NULL)`)
  const table = djangoPostgres(postgres.pool).open({ useTz: true, timeZone: 'UTC' })
  const row = { key: newSessionKey(), text: 'the data of ada', expireDate: Date.now() }
  const error = await table.insert(row).then(
    () => assert.fail('it did not fail'),
    (cause: unknown) => cause,
  )
  const shown = inspect(error, { depth: null })
  assert.match(shown, /violates check constraint/)
  assert.ok(!shown.includes(row.key) && !shown.includes('of ada'), shown)
})
