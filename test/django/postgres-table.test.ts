import { test } from 'node:test'
import { djangoPostgres } from '../../src/django/tables/postgres.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith, startSite, TIMES } from '../support/django-site.ts'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'
import { tableContract } from './table-contract.ts'

const pythons = djangosWith('psycopg2')
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
        open: (more) => djangoPostgres(pool).open({ ...time, ...more }),
        django,
      })
    }
  }
}
