import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolConnection } from 'mysql2/promise'
import {
  createSessions,
  db,
  migrateMysql,
  mysqlStore,
  signedCookies,
  type MysqlPool,
  type SessionRecord,
  type SessionStore,
} from '../../src/index.ts'
import { newId, newRecord, parallel } from '../../src/testing/records.ts'
import { samplesOf } from '../support/code-samples.ts'
import { NO_MYSQL, openPool, useMysql, type Mysql } from '../support/mysql.ts'
import { startMariadb } from '../support/servers.ts'
import { atOnceTests, everyVerb, outlivesItsServer, timeoutTests } from './shared-database.ts'

const root = join(import.meta.dirname, '../..')
const KEY = 'only for this test: 0123456789 abcdef ghijkl'
const mysql = await useMysql()
if (mysql === undefined) test('mysqlStore', { skip: NO_MYSQL })
else mysqlTests(mysql)

function mysqlTests({ pool, url, empty }: Mysql): void {
  const now = (): number => Date.now()
  beforeEach(empty)

  test('only a pool makes a store', () => {
    for (const wrong of [undefined, {}, url, { execute() {} }]) {
      assert.throws(() => mysqlStore(wrong as unknown as MysqlPool), { code: 'ERR_OPTION' })
    }
  })

  test('each verb is one round trip, but for those that begin or end several sessions', async () => {
    const { counting, statements } = count(pool)
    const store = mysqlStore(counting)
    await store.epoch('ann') // Looks at the schema first.
    const [old, other] = [newRecord(now(), { subject: 'ann' }), newRecord(now(), { subject: 'ann' })]
    const verbs: [string, number, () => Promise<unknown>][] = [
      ['create', 1, () => store.create(old)],
      ['create that finds the id taken', 1, () => store.create(old)],
      ['create with a guard', 5, () => store.create(other, { max: 2, epoch: 0 })],
      ['find', 1, () => store.find(old.id)],
      ['update', 1, () => store.update({ ...old, revision: 2 }, 1)],
      ['update that is stale', 2, () => store.update({ ...old, revision: 2 }, 1)],
      ['touch', 1, () => store.touch([old.id, other.id].map((id) => ({ id, seenAt: now() })))],
      ['touch of what is gone', 2, () => store.touch([old.id, newId()].map((id) => ({ id, seenAt: now() })))],
      ['replace', 4, () => store.replace(old.id, 2, newRecord(now(), { subject: 'ann' }))],
      ['delete', 1, () => store.delete(other.id)],
      ['listBySubject', 1, () => store.listBySubject('ann')],
      ['deleteBySubject', 5, () => store.deleteBySubject('ann')],
      ['epoch', 1, () => store.epoch('ann')],
      ['findEnding', 1, () => store.findEnding(old.id)],
      ['clearExpired', 3, () => store.clearExpired(10)],
    ]
    for (const [verb, trips, call] of verbs) {
      statements.length = 0
      await call()
      assert.equal(statements.length, trips, `${verb}\n${statements.join('\n')}`)
    }
  })

  test('nothing depends on the options of the pool', async () => {
    const pools = {
      'changed rows instead of found ones': { flags: ['-FOUND_ROWS'] },
      'another character set': { charset: 'latin1_swedish_ci' },
      'big numbers as text': { supportBigNumbers: true, bigNumberStrings: true },
      'another time zone': { timezone: '+09:00' },
      'several statements': { multipleStatements: true },
      'a strict and a loose mode': { connectionLimit: 1 },
    }
    for (const [what, options] of Object.entries(pools)) {
      const theirs = openPool(url, options)
      if (what === 'a strict and a loose mode') {
        await theirs.query(
          "SET SESSION sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE', time_zone = '+05:30'",
        )
      }
      const store = mysqlStore(theirs)
      await everyVerb(store)
      const subject = `zoë 😀 ${newId()}`
      const record = newRecord(now(), { subject, data: '{"name":"Zoë 😀 ’\\\\ --"}' })
      await store.create(record, { epoch: 0 })
      assert.deepEqual(await store.listBySubject(subject), [record], what)
      const gone = newId()
      const touches = [record.id, gone].map((id) => ({ id, seenAt: record.seenAt }))
      assert.deepEqual(await store.touch(touches), [gone], what)
      assert.deepEqual(await store.find(record.id), record, what)
      await theirs.end()
    }
  })

  describe('the tables', () => {
    test('that are missing are an error that says how to make them, and once made they serve', async () => {
      await using place = await emptyDatabase()
      const store = mysqlStore(place.pool)
      await assert.rejects(store.find(newId()), {
        code: 'ERR_STORE',
        message: /tables are missing.*npx holdfast migrate.*migrateMysql/,
      })
      await migrateMysql(place.pool)
      assert.equal(await store.find(newId()), undefined)
    })

    test('are made by the sessions on them, whatever the engine', async () => {
      for (const engineOn of [db, (store: SessionStore) => signedCookies({ endings: store })]) {
        await using place = await emptyDatabase()
        const sessions = createSessions({ keys: [KEY], engine: engineOn(mysqlStore(place.pool)) })
        assert.equal((await sessions.migrate({ dryRun: true })).length, 1)
        assert.equal((await sessions.migrate()).length, 1)
        assert.deepEqual(await sessions.migrate(), [])
        assert.equal(await sessions.clearExpired(), 0)
      }
    })

    test('are made once, however many make them at once, and after one that broke off', async () => {
      await using place = await emptyDatabase()
      await place.pool.query(
        'CREATE TABLE holdfast_schema (version INT NOT NULL PRIMARY KEY, breaking BOOLEAN NOT NULL)',
      )
      const made = await parallel(8, () => migrateMysql(place.pool))
      assert.equal(made.flat().length, 1)
      await everyVerb(mysqlStore(place.pool))
    })

    test('are not made by a dry run, which shows the SQL', async () => {
      await using place = await emptyDatabase()
      const [first] = await migrateMysql(place.pool, { dryRun: true })
      assert.equal(first?.sql, readFileSync(join(root, 'migrations/mysql/0001_sessions.sql'), 'utf8'))
      await assert.rejects(mysqlStore(place.pool).find(newId()), { code: 'ERR_STORE' })
    })

    test('of a newer Holdfast are refused if they break this one, and served if not', async () => {
      await using place = await emptyDatabase()
      await migrateMysql(place.pool)
      await place.pool.query('INSERT INTO holdfast_schema (version, breaking) VALUES (2, FALSE)')
      assert.equal(await mysqlStore(place.pool).find(newId()), undefined)
      assert.deepEqual(await migrateMysql(place.pool), [])
      await place.pool.query('INSERT INTO holdfast_schema (version, breaking) VALUES (3, TRUE)')
      const newer = { code: 'ERR_STORE_NEWER', message: /newer Holdfast.* schema 3, this one knows 1/ }
      await assert.rejects(mysqlStore(place.pool).find(newId()), newer)
      await assert.rejects(migrateMysql(place.pool), newer)
    })

    test('serve a user with the privileges that docs/stores.md grants, and not one less', async () => {
      await using place = await emptyDatabase()
      await migrateMysql(place.pool)
      const user = `holdfast_${newId().toLowerCase().replaceAll('-', '_')}`.slice(0, 30)
      const [grants = ''] = samplesOf('docs/stores.md', 'sql').filter((code) => code.includes('ON app.'))
      const lines = grants
        .replaceAll('app.', `${place.name}.`)
        .replaceAll("'app'@'%'", `'${user}'@'%'`)
        .trim()
        .split('\n')
      assert.equal(lines.length, 3)
      for (const missing of [undefined, ...lines]) {
        await place.pool.query(`CREATE USER '${user}'@'%'`)
        for (const line of lines) if (line !== missing) await place.pool.query(line)
        const theirs = openPool(Object.assign(new URL(place.url), { username: user }).href)
        const serving = everyVerb(mysqlStore(theirs))
        if (missing === undefined) await serving
        else await assert.rejects(serving, { code: 'ERR_STORE' }, missing)
        await theirs.end()
        await place.pool.query(`DROP USER '${user}'@'%'`)
      }
    })
  })

  describe('at once', () => {
    atOnceTests({
      openStore: (options) => mysqlStore(pool, options),
      holding: (id, work) => holding(id, work),
    })

    test('touches of the same sessions in any order never wait in a circle', async () => {
      const { counting, failures } = count(pool)
      const store = mysqlStore(counting)
      const ids = (await parallel(100, () => add(store))).map(({ id }) => id)
      await parallel(40, (index) =>
        store.touch((index % 2 === 0 ? ids : ids.toReversed()).map((id) => ({ id, seenAt: now() + index }))),
      )
      assert.deepEqual(failures, [])
    })

    test('touches, evictions and sign-outs that wait in a circle are undone and tried again', async () => {
      const store = mysqlStore(pool)
      const ids = (await parallel(100, () => add(store))).map(({ id }) => id)
      await parallel(60, async (index) => {
        if (index === 40) await store.deleteBySubject('ann')
        else if (index % 10 === 9) await store.create(newRecord(now(), { subject: 'ann' }), { max: 95 - index })
        else await store.touch(ids.map((id) => ({ id, seenAt: now() + index })))
      })
    })
  })

  test('a connection to what has become a replica fails one call, alone or in a transaction, and is closed', async (t) => {
    const one = openPool(url, { connectionLimit: 1 })
    t.after(() => one.end())
    const store = mysqlStore(one)
    await store.epoch('ada')
    for (const guard of [{}, { max: 5 }]) {
      await one.query('SET SESSION TRANSACTION READ ONLY')
      const record = { ...newRecord(now()), subject: 'ada' }
      await assert.rejects(store.create(record, guard), { code: 'ERR_STORE' })
      assert.equal((await store.create(record, guard)).outcome, 'created')
    }
  })

  describe('a call that takes too long', () => {
    const pools: Pool[] = []
    after(() => Promise.all(pools.map((theirs) => theirs.end())))

    timeoutTests({
      openStore(timeout, connectionLimit) {
        pools.push(openPool(url, { connectionLimit }))
        return mysqlStore(pools.at(-1) as Pool, { timeout })
      },
      holding: (id, work) => holding(id, work),
      async occupying(work) {
        const connection = await pools.at(-1)?.getConnection()
        await work()
        connection?.release()
      },
      async locked(work) {
        const holder = await pool.getConnection()
        await holder.query('LOCK TABLES holdfast_sessions WRITE')
        await work()
        await holder.query('UNLOCK TABLES')
        holder.release()
      },
    })
  })

  describe('a failure of the system is ERR_STORE', () => {
    test('when the server ends the connection in the middle of each verb that waits', async () => {
      const store = mysqlStore(pool)
      const record = await add(store)
      const waiting: Record<string, () => Promise<unknown>> = {
        update: () => store.update({ ...record, revision: 2 }, 1),
        touch: () => store.touch([{ id: record.id, seenAt: now() }]),
        delete: () => store.delete(record.id),
        replace: () => store.replace(record.id, 1, newRecord(now())),
        deleteBySubject: () => store.deleteBySubject('ann'),
      }
      for (const [verb, call] of Object.entries(waiting)) {
        await holding(record.id, async (holder) => {
          const calling = assert.rejects(call(), { code: 'ERR_STORE' }, verb)
          await killWaiting(holder)
          await calling
        })
      }
      assert.deepEqual(await store.find(record.id), record, 'nothing was written, and the pool goes on')
      assert.equal(await store.epoch('ann'), 0)
    })

    test('when the pool cannot connect, or was ended', async () => {
      const nowhere = openPool('mysql://nobody@127.0.0.1:1/nothing')
      await assert.rejects(mysqlStore(nowhere).find(newId()), { code: 'ERR_STORE' })
      await assert.rejects(mysqlStore(nowhere).deleteBySubject('ann'), { code: 'ERR_STORE' })
      await assert.rejects(migrateMysql(nowhere), { code: 'ERR_STORE' })
      await nowhere.end()
      await assert.rejects(mysqlStore(nowhere).delete(newId()), { code: 'ERR_STORE' })
    })

    test('when nothing would be committed', async () => {
      const theirs = openPool(url, { connectionLimit: 1 })
      await theirs.query('SET autocommit = 0')
      await assert.rejects(mysqlStore(theirs).create(newRecord(now())), {
        code: 'ERR_STORE',
        message: /autocommit off/,
      })
      await theirs.end()
    })
  })

  /** Holds a session, as a transaction of somebody else does, until the work is done. */
  async function holding<T>(id: string, work: (holder: PoolConnection) => Promise<T>): Promise<T> {
    const holder = await pool.getConnection()
    await holder.query('START TRANSACTION')
    await holder.query('SELECT id FROM holdfast_sessions WHERE id = ? FOR UPDATE', [Buffer.from(id)])
    try {
      return await work(holder)
    } finally {
      await holder.query('ROLLBACK')
      holder.release()
    }
  }

  async function emptyDatabase() {
    const name = `holdfast_test_${newId().toLowerCase().replaceAll('-', '_')}`
    await pool.query(`CREATE DATABASE ${name}`)
    const own = Object.assign(new URL(url), { pathname: name }).href
    const theirs = openPool(own)
    return {
      name,
      url: own,
      pool: theirs,
      async [Symbol.asyncDispose]() {
        await theirs.end()
        await pool.query(`DROP DATABASE ${name}`)
      },
    }
  }
}

test('a MariaDB that is killed loses nothing that was answered, and nobody is taken for signed out meanwhile', async (t) => {
  const server = await startMariadb()
  if (server === undefined) return t.skip(NO_MYSQL)
  t.after(() => server.remove())
  const admin = openPool(`mysql://root@127.0.0.1:${server.port}`)
  await admin.query('CREATE DATABASE app')
  await admin.end()
  const pool = openPool(`mysql://root@127.0.0.1:${server.port}/app`)
  await migrateMysql(pool)
  await outlivesItsServer(server, mysqlStore(pool))
  await pool.end()
})

async function add(store: SessionStore): Promise<SessionRecord> {
  const record = newRecord(Date.now(), { subject: 'ann' })
  await store.create(record)
  return record
}

/** A pool that notes each statement it sends, and the numbers of the errors. */
function count(pool: MysqlPool): { counting: MysqlPool; statements: string[]; failures: unknown[] } {
  const statements: string[] = []
  const failures: unknown[] = []
  const noted = async <T>(sql: string, sending: () => Promise<T>): Promise<T> => {
    statements.push(sql)
    try {
      return await sending()
    } catch (error) {
      failures.push((error as { errno: unknown }).errno)
      throw error
    }
  }
  const counting: MysqlPool = {
    execute: (sql, values) => noted(sql, () => pool.execute(sql, values)),
    async getConnection() {
      const connection = await pool.getConnection()
      return {
        execute: (sql, values) => noted(sql, () => connection.execute(sql, values)),
        query: (sql) => noted(sql, () => connection.query(sql)),
        release: () => connection.release(),
        destroy: () => connection.destroy(),
      }
    },
  }
  return { counting, statements, failures }
}

/** Ends whoever waits for a lock in the database of this test, as soon as somebody does. */
async function killWaiting(holder: PoolConnection): Promise<void> {
  for (;;) {
    await sleep(150) // The server answers what it answered before, if asked again within a tenth of a second.
    const [rows] = await holder.query(`SELECT connection.id AS id
      FROM information_schema.innodb_trx
      JOIN information_schema.processlist AS connection ON connection.id = trx_mysql_thread_id
      WHERE trx_state = 'LOCK WAIT' AND connection.db = DATABASE()`)
    const ids = (rows as { id: number }[]).map(({ id }) => id)
    for (const id of ids) await holder.query(`KILL ${Number(id)}`)
    if (ids.length > 0) return
  }
}
