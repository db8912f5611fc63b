import { after, test } from 'node:test'
import { djangoPostgres } from '../../src/django/tables/postgres.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith, startSite, TIMES } from '../support/django-site.ts'
import { NO_POSTGRES, openPool, usePostgres } from '../support/postgres.ts'
import { startPostgres } from '../support/servers.ts'
import { refusesAll, tableContract } from './table-contract.ts'

const pythons = djangosWith('psycopg2', 'psycopg')
const postgres = pythons.length === 0 ? undefined : await usePostgres()

if (postgres === undefined) {
  test('djangoPostgres', { skip: NO_DJANGO === false ? NO_POSTGRES : NO_DJANGO }, () => {})
} else {
  const { url, pool } = postgres
  const { hostname, port, username, pathname, searchParams } = new URL(url)
  const database = {
    ENGINE: 'django.db.backends.postgresql',
    NAME: pathname.slice(1),
    HOST: hostname,
    PORT: port,
    USER: username,
    OPTIONS: { options: searchParams.get('options')?.trim() },
  }
  for (const python of pythons) {
    for (const time of TIMES) {
      const django = await startSite(python, { database, ...time })
      await django.call('migrate')
      tableContract(`djangoPostgres, Django ${django.version}, USE_TZ ${time.useTz}`, {
        open: (more, options) => djangoPostgres(pool, options).open({ ...time, ...more }),
        run: (sql) => pool.query(sql),
        django,
      })
    }
  }
}

test('a PostgreSQL that dies is an error for every verb, and never a session that is gone', async (t) => {
  const server = await startPostgres()
  if (server === undefined) return t.skip(NO_POSTGRES)
  after(() => server.remove())
  const dying = openPool(`postgresql://postgres@127.0.0.1:${server.port}/postgres`, { connectionTimeoutMillis: 1000 })
  after(() => dying.end())
  await dying.query(
    'CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date timestamptz)',
  )
  const table = djangoPostgres(dying).open({ useTz: true, timeZone: 'UTC' })
  await refusesAll(table, () => server.kill())
})
