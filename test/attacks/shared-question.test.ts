import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { djangoPostgres } from '../../src/django.ts'
import { newSessionKey } from '../../src/django/wire/session-key.ts'
import { migratePostgres, postgresStore } from '../../src/index.ts'
import { newId, newRecord } from '../../src/testing/records.ts'
import { NO_POSTGRES, openPool, usePostgres } from '../support/postgres.ts'

// What requests look for in one turn of the event loop is one question to PostgreSQL. Nobody may be answered with what is
// another's, and what is wrong with one must not be the failure of others.

const postgres = await usePostgres()

describe('in one question with others', { skip: postgres === undefined && NO_POSTGRES }, () => {
  const { pool, url } = postgres as NonNullable<typeof postgres>
  const openTable = (on = pool) =>
    djangoPostgres(on, { users: TWICE }).open({ useTz: false, timeZone: 'America/Chicago' })
  before(() => pool.query(TABLES))

  test('a user whom the table of users has twice moves nobody to the session of another', async () => {
    const table = openTable()
    const keys = [1, 2, 3].map(() => newSessionKey())
    for (const key of keys) await table.insert({ key, text: `of ${key}`, expireDate: Date.now() + 60_000 })
    const asked = [...keys, newSessionKey(), ...keys.toReversed()]
    const pks = ['1', '2', '3', '1', '1', '9', '2']
    const found = await Promise.all(asked.map((key, at) => table.loadWithUser(key, pks[at] as string)))
    assert.deepEqual(
      found.map(({ row, user }) => [row?.key, row?.text, user?.id]),
      asked.map((key, at) => {
        const row = keys.includes(key) ? [key, `of ${key}`] : [undefined, undefined]
        return [...row, pks[at] === '9' ? undefined : pks[at]]
      }),
    )
  })

  test('a row that cannot be read, and what looks like an array, are nobody else’s failure', async () => {
    const table = openTable()
    const [good, odd] = [newSessionKey(), newSessionKey()]
    await table.insert({ key: good, text: 'text', expireDate: Date.now() + 60_000 })
    await pool.query("INSERT INTO django_session VALUES ($1, 'text', 'infinity')", [odd])
    const keys = [odd, good, 'alone\ud800surrogate', 'with\0nul', `{${odd}}`, `"${good}`, `${good}\\`, 'NULL,NULL', odd]
    const expected = ['failed', good, ...keys.slice(2, -1).map(() => undefined), 'failed']
    const loads = [(key: string) => table.load(key), async (key: string) => (await table.loadWithUser(key, 'x')).row]
    for (const load of loads) {
      const outcomes = await Promise.allSettled(keys.map((key) => load(key)))
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.status === 'rejected' ? 'failed' : outcome.value?.key)),
        expected,
      )
    }
  })

  test('an id that is no text, as JSON and query strings may bring, finds nothing', async () => {
    const store = postgresStore(pool)
    const record = newRecord(Date.now())
    await store.create(record)
    const ids = [[], ['a', 'b'], record.id, {}, 1, null] as unknown as string[]
    const found = await Promise.all(ids.map((id) => store.find(id)))
    assert.deepEqual(found, [undefined, undefined, record, undefined, undefined, undefined])
  })

  test('letters that the database has not are nobody else’s failure', async () => {
    const name = `holdfast_test_${newId().toLowerCase().replaceAll('-', '_')}`
    await pool.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'`)
    after(() => pool.query(`DROP DATABASE ${name} WITH (FORCE)`))
    const address = new URL(url)
    address.pathname = name
    address.search = ''
    const latin = openPool(address.href)
    after(() => latin.end())
    await latin.query(TABLES)
    await migratePostgres(latin)

    const store = postgresStore(latin)
    const record = newRecord(Date.now())
    await store.create(record)
    const [found, refused] = await Promise.allSettled([store.find(record.id), store.find('中中中')])
    assert.deepEqual(found, { status: 'fulfilled', value: record })
    assert.equal(refused.status, 'rejected')

    const table = openTable(latin)
    const key = newSessionKey()
    await table.insert({ key, text: 'text', expireDate: Date.now() + 60_000 })
    const [known, unknown] = await Promise.allSettled([table.load(key), table.load('中'.repeat(10))])
    assert.equal(known.status === 'fulfilled' && known.value?.key, key)
    assert.equal(unknown.status, 'rejected')
  })
})

const NOT_THERE = { isActive: null, username: null, email: null, firstName: null, lastName: null, isStaff: null }
const TWICE = { table: 'twice', columns: { ...NOT_THERE, isSuperuser: null } }
const TABLES = `
  CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date timestamptz);
  CREATE VIEW twice AS SELECT id, 'secret' AS password FROM (VALUES (1), (1), (2), (2), (3)) AS users (id)`
