import assert from 'node:assert/strict'
import { test } from 'node:test'
import { djangoPostgres } from '../../src/django.ts'
import { newSessionKey } from '../../src/django/wire/session-key.ts'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'

// What requests read in one turn of the event loop is one question. What is wrong with one of them is no failure of others.

const postgres = await usePostgres()
const skip = postgres === undefined && NO_POSTGRES

test(
  'a row that cannot be read, and a key in letters that no database knows, are nobody else’s failure',
  { skip },
  async () => {
    assert.ok(postgres !== undefined)
    await postgres.pool.query(
      'CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date timestamptz)',
    )
    const table = djangoPostgres(postgres.pool).open({ useTz: false, timeZone: 'America/Chicago' })
    const [good, odd] = [newSessionKey(), newSessionKey()]
    await table.insert({ key: good, text: 'text', expireDate: Date.now() + 60_000 })
    await postgres.pool.query("INSERT INTO django_session VALUES ($1, 'text', 'infinity')", [odd])
    const keys = [odd, good, 'alone\ud800surrogate', 'with\0nul', `{${odd}}`, `"${good}`, `${good}\\`, 'NULL,NULL', odd]
    const outcomes = await Promise.allSettled(keys.map((key) => table.load(key)))
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? 'failed' : outcome.value?.key)),
      ['failed', good, undefined, undefined, undefined, undefined, undefined, undefined, 'failed'],
    )
  },
)
