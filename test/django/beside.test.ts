import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { djangoPostgres, djangoRedis, djangoSqlite } from '../../src/django.ts'
import type { RedisClient } from '../../src/redis/client.ts'
import { newId } from '../../src/testing/records.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith } from '../support/django-site.ts'
import type { SharedPlace } from '../support/django-shared.ts'
import { usePostgres } from '../support/postgres.ts'
import { LIBRARIES, useRedis } from '../support/redis.ts'
import { besideContract } from './beside-contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-beside-'))
after(() => rmSync(folder, { recursive: true }))

const pythons = djangosWith('sqlite3')
if (pythons.length === 0) test('beside Django', { skip: NO_DJANGO }, () => {})

const port = await useRedis()
const [library] = LIBRARIES
const client = port === undefined ? undefined : await library?.connect(port)

for (const python of pythons) {
  for (const zone of [{ USE_TZ: true }, { USE_TZ: false, TIME_ZONE: 'America/Chicago' }]) {
    besideContract(`db on SQLite, ${JSON.stringify(zone)}`, python, { ...inFile(), settings: zone })
  }
  besideContract('signed_cookies', python, {
    ...inFile(),
    settings: { SESSION_ENGINE: 'django.contrib.sessions.backends.signed_cookies' },
    copiesLiveOn: true,
  })
}

const [withPostgres] = djangosWith('psycopg2')
const postgres = withPostgres && (await usePostgres())
if (withPostgres !== undefined && postgres !== undefined) {
  const { hostname, port: number, username, pathname, searchParams } = new URL(postgres.url)
  const database = {
    ENGINE: 'django.db.backends.postgresql',
    NAME: pathname.slice(1),
    HOST: hostname,
    PORT: number,
    USER: username,
    OPTIONS: { options: searchParams.get('options')?.trim() },
  }
  besideContract('db on PostgreSQL', withPostgres, { database, extras: { beside: djangoPostgres(postgres.pool) } })
}

if (client !== undefined) {
  const sites = [
    ...djangosWith('django_redis').map((python) => ({ python, backend: 'django_redis.cache.RedisCache' })),
    ...djangosWith('redis')
      .filter(({ major }) => major >= 4)
      .map((python) => ({ python, backend: 'django.core.cache.backends.redis.RedisCache' })),
  ]
  for (const { python, backend } of sites) {
    for (const engine of ['cached_db', 'cache'] as const) {
      besideContract(`${engine} on ${backend}`, python, inRedis(engine, backend, client, {}))
    }
    besideContract(
      `cached_db on ${backend}, unconfirmed`,
      python,
      inRedis('cached_db', backend, client, { confirmHits: false }),
    )
  }
}

function inFile(): SharedPlace {
  const path = join(folder, `${newId()}.sqlite3`)
  return { database: { ENGINE: 'django.db.backends.sqlite3', NAME: path }, extras: { beside: djangoSqlite(path) } }
}

function inRedis(engine: 'cached_db' | 'cache', backend: string, redis: RedisClient, more: object): SharedPlace {
  const { database, extras } = inFile()
  const LOCATION = `redis://127.0.0.1:${port}/0`
  const cache = { BACKEND: backend, LOCATION, KEY_PREFIX: `holdfast-test-${newId()}`, VERSION: 3 }
  return {
    database,
    extras: { ...extras, ...more, cache: djangoRedis(redis) },
    settings: { SESSION_ENGINE: `django.contrib.sessions.backends.${engine}`, CACHES: { default: cache } },
  }
}
