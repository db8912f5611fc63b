import { test } from 'node:test'
import { djangoPostgres } from '../../src/django/tables/postgres.ts'
import { findDjango, noDjango, startDjango } from '../support/django-site.ts'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'
import { tableContract } from './table-contract.ts'

const python = findDjango('psycopg2')
const postgres = python === undefined ? undefined : await usePostgres()

if (python === undefined || postgres === undefined) {
  test('djangoPostgres', { skip: python === undefined ? noDjango('psycopg2') : NO_POSTGRES }, () => {})
} else {
  const { url, pool } = postgres
  const { hostname, port, username, searchParams } = new URL(url)
  const database = {
    ENGINE: 'django.db.backends.postgresql',
    NAME: new URL(url).pathname.slice(1),
    HOST: hostname,
    PORT: port,
    USER: username,
    OPTIONS: { options: searchParams.get('options')?.trim() },
  }
  for (const time of [
    { useTz: true, timeZone: 'Europe/Zurich' },
    { useTz: false, timeZone: 'Europe/Zurich' },
  ]) {
    const django = startDjango(python, { database, ...time })
    await django.ask('migrate')
    tableContract(`djangoPostgres, USE_TZ ${time.useTz}`, {
      open: (more) => djangoPostgres(pool).open({ ...time, ...more }),
      django,
    })
  }
}
