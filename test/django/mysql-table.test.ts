import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { djangoMysql } from '../../src/django/tables/mysql.ts'
import { newId } from '../../src/testing/records.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith, startSite, TIMES } from '../support/django-site.ts'
import { NO_MYSQL, openPool, useMysql } from '../support/mysql.ts'
import { startMariadb } from '../support/servers.ts'
import { refusesAll, tableContract } from './table-contract.ts'

const pythons = djangosWith('MySQLdb', 'pymysql')
const mysql = pythons.length === 0 ? undefined : await useMysql()

if (mysql === undefined) {
  test('djangoMysql', { skip: NO_DJANGO === false ? NO_MYSQL : NO_DJANGO }, () => {})
} else {
  const { url, pool } = mysql
  const { hostname, port, username, pathname } = new URL(url)
  const database = {
    ENGINE: 'django.db.backends.mysql',
    NAME: pathname.slice(1),
    HOST: hostname,
    PORT: port,
    USER: username,
  }
  for (const python of pythons) {
    for (const time of TIMES) {
      const django = await startSite(python, { database, ...time })
      await django.call('migrate')
      tableContract(`djangoMysql, Django ${django.version}, USE_TZ ${time.useTz}`, {
        open: (more, options) => djangoMysql(pool, options).open({ ...time, ...more }),
        run: (sql) => pool.query(sql),
        django,
      })
    }
  }
}

test('a pool that counts only what changed tells an update that changed nothing from a stale one', async (t) => {
  if (mysql === undefined) return t.skip(NO_MYSQL)
  const counting = openPool(mysql.url, { flags: ['-FOUND_ROWS'] })
  after(() => counting.end())
  const table = djangoMysql(counting).open({ useTz: true, timeZone: 'UTC' })
  const row = { key: newId().slice(0, 12), text: 'text', expireDate: Date.now() + 60_000 }
  await table.insert(row)
  assert.equal(await table.update(row, 'text'), 'updated')
  assert.equal(await table.update(row, 'Text'), 'stale')
  assert.equal(await table.update({ ...row, expireDate: row.expireDate + 1 }, 'text'), 'updated')
  assert.equal(await table.update({ ...row, key: `${row.key}x` }, 'text'), 'gone')
})

test('a MySQL that dies is an error for every verb, and never a session that is gone', async (t) => {
  const server = await startMariadb()
  if (server === undefined) return t.skip(NO_MYSQL)
  after(() => server.remove())
  const dying = openPool(`mysql://root@127.0.0.1:${server.port}/mysql`)
  after(() => dying.end())
  await dying.query(
    'CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data longtext, expire_date datetime(6))',
  )
  const table = djangoMysql(dying).open({ useTz: true, timeZone: 'UTC' })
  await refusesAll(table, () => server.kill())
})
