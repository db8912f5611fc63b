import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { djangoPostgres, djangoSqlite, type SharedExtras } from '../../src/django.ts'
import { djangosWith, noneWith, type SiteConfig } from '../support/django-site.ts'
import { cookieOf, startShared } from '../support/django-shared.ts'
import { usePostgres } from '../support/postgres.ts'

// One database, a real Django and Holdfast on it: whoever signs in on one side is signed in on the other.

const folder = mkdtempSync(join(tmpdir(), 'holdfast-beside-'))
after(() => rmSync(folder, { recursive: true }))

const bySqlite = djangosWith('sqlite3').map((python) => {
  const path = join(folder, `${python.version}.sqlite3`)
  return {
    python,
    name: 'SQLite',
    database: { ENGINE: 'django.db.backends.sqlite3', NAME: path },
    beside: djangoSqlite(path),
  }
})
const places: Place[] = [...bySqlite, ...(await byPostgres())]
if (places.length === 0) test('beside Django', { skip: noneWith() }, () => {})

interface Place {
  readonly python: ReturnType<typeof djangosWith>[number]
  readonly name: string
  readonly database: SiteConfig['database']
  readonly beside: SharedExtras['beside']
}

async function byPostgres(): Promise<Place[]> {
  const [python] = djangosWith('psycopg2')
  const postgres = python && (await usePostgres())
  if (python === undefined || postgres === undefined) return []
  const { hostname, port, username, pathname, searchParams } = new URL(postgres.url)
  const database = {
    ENGINE: 'django.db.backends.postgresql',
    NAME: pathname.slice(1),
    HOST: hostname,
    PORT: port,
    USER: username,
    OPTIONS: { options: searchParams.get('options')?.trim() },
  }
  return [{ python, name: 'PostgreSQL', database, beside: djangoPostgres(postgres.pool) }]
}

for (const { python, name, database, beside } of places) {
  describe(`beside Django ${python.version}, on ${name}`, async () => {
    const { django, sessions, here, there } = await startShared(python, database, { beside })
    after(() => sessions.close())
    let users = 0
    const addUser = async (): Promise<string> =>
      (await django.call<{ pk: string }>('add_user', `user${++users}`, 'secret')).pk

    test('who signs in here is signed in there, with what the visitor had before', async () => {
      const pk = await addUser()
      const anonymous = cookieOf(await here(null, ['set', 'cart', [1, 1.5, 'Zoë']]))
      assert.deepEqual((await there(anonymous, ['get', 'cart'], ['user'])).seen, [[1, 1.5, 'Zoë'], null])
      const key = cookieOf(await here(anonymous, ['login', pk]))
      assert.notEqual(key, anonymous)
      assert.deepEqual((await there(anonymous, ['user'])).seen, [null])
      assert.deepEqual((await there(key, ['user'], ['append', 'cart', 7])).seen, [pk, null])
      assert.deepEqual((await here(key, ['user'], ['get', 'cart'])).seen, [pk, [1, 1.5, 'Zoë', 7]])
    })

    test('who signs out on one side is out of both', async () => {
      const pk = await addUser()
      const ours = cookieOf(await here(null, ['login', pk]))
      assert.equal(cookieOf(await here(ours, ['logout'])), '')
      assert.deepEqual((await there(ours, ['user'])).seen, [null])
      const theirs = cookieOf(await there(null, ['login', pk]))
      assert.deepEqual((await here(theirs, ['user'])).seen, [pk])
      await there(theirs, ['logout'])
      assert.deepEqual((await here(theirs, ['user'])).seen, [null])
    })

    test('a password that changes here ends all sessions but this one, on both sides', async () => {
      const pk = await addUser()
      const [one, two] = [cookieOf(await there(null, ['login', pk])), cookieOf(await here(null, ['login', pk]))]
      const kept = cookieOf(await here(one, ['password']))
      assert.notEqual(kept, one)
      assert.deepEqual((await there(kept, ['user'])).seen, [pk])
      assert.deepEqual((await here(kept, ['user'])).seen, [pk])
      assert.deepEqual((await here(one, ['user'])).seen, [null])
      assert.deepEqual((await there(two, ['user'])).seen, [null])
    })

    test('a password that changes there ends all sessions but that one, on both sides', async () => {
      const pk = await addUser()
      const [one, two] = [cookieOf(await here(null, ['login', pk])), cookieOf(await there(null, ['login', pk]))]
      const kept = cookieOf(await there(one, ['password', 'new']))
      assert.deepEqual((await here(kept, ['user'])).seen, [pk])
      const answer = await here(two, ['user'])
      assert.deepEqual([answer.seen, cookieOf(answer)], [[null], ''])
      assert.deepEqual((await there(two, ['user'])).seen, [null])
    })

    test('a user who is no longer active is nobody, and keeps the session', async () => {
      const pk = await addUser()
      const key = cookieOf(await here(null, ['login', pk], ['set', 'a', 1]))
      await django.call('set_active', pk, false)
      assert.deepEqual((await here(key, ['user'], ['get', 'a'])).seen, [null, 1])
      assert.deepEqual((await there(key, ['user'], ['get', 'a'])).seen, [null, 1])
      await django.call('set_active', pk, true)
      assert.deepEqual((await here(key, ['user'])).seen, [pk])
    })

    test('nobody signs in who is no user, or not an active one', async () => {
      const pk = await addUser()
      await django.call('set_active', pk, false)
      for (const nobody of [pk, '999999', 'ada', '1.0', '']) {
        await assert.rejects(here(null, ['login', nobody]), { code: nobody === '' ? 'ERR_SUBJECT' : 'ERR_USER' })
      }
    })
  })
}
