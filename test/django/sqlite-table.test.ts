import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { djangoSqlite } from '../../src/django/tables/sqlite.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith, startSite, TIMES } from '../support/django-site.ts'
import { tableContract } from './table-contract.ts'

const pythons = djangosWith('sqlite3')
if (pythons.length === 0) test('djangoSqlite', { skip: NO_DJANGO }, () => {})

const folder = mkdtempSync(join(tmpdir(), 'holdfast-django-'))
after(() => rmSync(folder, { recursive: true }))

for (const python of pythons) {
  for (const time of TIMES) {
    const path = join(folder, `${python.version}-${time.useTz}.sqlite3`)
    const django = await startSite(python, { database: { ENGINE: 'django.db.backends.sqlite3', NAME: path }, ...time })
    await django.call('migrate')
    const opened: { close(): Promise<void> }[] = []
    after(() => Promise.all(opened.map((table) => table.close())))
    const direct = new DatabaseSync(path, { timeout: 10_000 })
    after(() => direct.close())
    tableContract(`djangoSqlite, Django ${django.version}, USE_TZ ${time.useTz}`, {
      open(more, options) {
        const table = djangoSqlite(path, options).open({ ...time, ...more })
        opened.push(table)
        return table
      },
      run: (sql) => direct.exec(sql),
      django,
    })
  }
}

describe('the file of djangoSqlite', () => {
  const TABLE =
    'CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date datetime)'
  const time = { useTz: true, timeZone: 'UTC' }

  test('that is not there is not made', () => {
    const path = join(folder, 'none.sqlite3')
    assert.throws(() => djangoSqlite(path).open(time), { code: 'ERR_STORE', message: /manage\.py migrate/ })
    assert.equal(existsSync(path), false)
  })

  test('that is none of SQLite is an error', () => {
    const path = join(folder, 'text.sqlite3')
    writeFileSync(path, 'no database, but long enough to be taken for one'.repeat(50))
    assert.throws(() => djangoSqlite(path).open(time), { code: 'ERR_STORE' })
  })

  test('may have any name', async () => {
    const path = join(folder, 'a?b#c%20 d.sqlite3')
    const made = new DatabaseSync(path)
    made.exec(TABLE)
    made.close()
    const table = djangoSqlite(path).open(time)
    assert.equal(await table.exists('x'.repeat(32)), false)
    await table.close()
  })

  test('keeps its journal mode, and who reads it holds up a write without a word of "gone"', async () => {
    const path = join(folder, 'journal.sqlite3')
    const other = new DatabaseSync(path)
    other.exec(TABLE)
    const table = djangoSqlite(path).open(time)
    const row = { key: 'x'.repeat(32), text: 'text', expireDate: Date.now() + 60_000 }
    await table.insert(row)
    other.exec('BEGIN; SELECT * FROM django_session')
    const update = table.update({ ...row, text: 'next' }, 'text')
    assert.equal((await table.load(row.key))?.text, 'text')
    other.exec('COMMIT')
    assert.equal(await update, 'updated')
    assert.deepEqual(other.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'delete')
    other.exec('BEGIN EXCLUSIVE')
    const load = table.load(row.key)
    other.exec('COMMIT')
    assert.equal((await load)?.text, 'next')
    await table.close()
    other.close()
  })

  test('may be opened by the application, and stays open', async () => {
    const own = new DatabaseSync(':memory:')
    own.exec(TABLE)
    const table = djangoSqlite(own).open(time)
    await table.insert({ key: 'x'.repeat(32), text: 'text', expireDate: Date.now() + 60_000 })
    await table.close()
    assert.equal(own.prepare('SELECT count(*) AS count FROM django_session').get()?.['count'], 1)
  })

  test('holds dates as Django compares them: a space, and six digits or none', async () => {
    const own = new DatabaseSync(':memory:')
    own.exec(TABLE)
    const table = djangoSqlite(own).open(time)
    await table.insert({ key: 'a'.repeat(32), text: '', expireDate: Date.parse('2030-01-02T03:04:05Z') })
    await table.insert({ key: 'b'.repeat(32), text: '', expireDate: Date.parse('2030-01-02T03:04:05.006Z') })
    const dates = own.prepare('SELECT expire_date FROM django_session ORDER BY session_key').all()
    assert.deepEqual(
      dates.map((row) => row['expire_date']),
      ['2030-01-02 03:04:05', '2030-01-02 03:04:05.006000'],
    )
  })
})
