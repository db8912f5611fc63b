import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import pg from 'pg'
import {
  createSessions,
  db,
  migratePostgres,
  postgresStore,
  signedCookies,
  type PostgresClient,
  type SessionRecord,
  type SessionStore,
} from '../../src/index.ts'
import { newId, newRecord, parallel } from '../../src/testing/records.ts'
import { samplesOf } from '../support/code-samples.ts'
import { NO_POSTGRES, openPool, usePostgres, withOptions, type Postgres } from '../support/postgres.ts'
import { startPostgres } from '../support/servers.ts'
import { atOnceTests, everyVerb, outlivesItsServer, timeoutTests } from './shared-database.ts'

const root = join(import.meta.dirname, '../..')
const KEY = 'only for this test: 0123456789 abcdef ghijkl'
const postgres = await usePostgres()
if (postgres === undefined) test('postgresStore', { skip: NO_POSTGRES })
else postgresTests(postgres)

function postgresTests({ pool, url, empty }: Postgres): void {
  const now = (): number => Date.now()
  beforeEach(empty)

  test('only a pool makes a store', () => {
    for (const wrong of [undefined, {}, url]) {
      assert.throws(() => postgresStore(wrong as unknown as PostgresClient), { code: 'ERR_OPTION' })
    }
  })

  test('every verb is one round trip, whatever it answers', async () => {
    const { client, queries } = watch(pool)
    const store = postgresStore(client)
    await store.epoch('ann') // Looks at the schema first.
    const [old, other] = [newRecord(now(), { subject: 'ann' }), newRecord(now(), { subject: 'ann' })]
    const verbs: Record<string, () => Promise<unknown>> = {
      create: () => store.create(old),
      'create that finds the id taken': () => store.create(old),
      'create with a guard': () => store.create(other, { max: 2, epoch: 0 }),
      find: () => store.find(old.id),
      update: () => store.update({ ...old, revision: 2 }, 1),
      'update that is stale': () => store.update({ ...old, revision: 2 }, 1),
      'update of what is gone': () => store.update(newRecord(now()), 1),
      touch: () => store.touch([old.id, other.id, newId()].map((id) => ({ id, seenAt: now() }))),
      replace: () => store.replace(old.id, 2, newRecord(now(), { subject: 'ann' }), { max: 1 }),
      delete: () => store.delete(other.id),
      listBySubject: () => store.listBySubject('ann'),
      deleteBySubject: () => store.deleteBySubject('ann'),
      epoch: () => store.epoch('ann'),
      findEnding: () => store.findEnding(old.id),
      clearExpired: () => store.clearExpired(10),
    }
    for (const [verb, call] of Object.entries(verbs)) {
      queries.length = 0
      await call()
      assert.equal(queries.length, 1, verb)
    }
  })

  test('numbers are numbers, also where the application reads a bigint as something else', async () => {
    for (const read of [BigInt, Number, String]) {
      const getTypeParser = ((oid: number) =>
        oid === BIGINT ? read : pg.types.getTypeParser(oid)) as typeof pg.types.getTypeParser
      const theirs = openPool(url, { types: { getTypeParser } })
      const store = postgresStore(theirs)
      const record = newRecord(now(), { subject: 'ann' })
      await store.create(record)
      assert.deepEqual(await store.find(record.id), record)
      assert.equal(typeof (await store.epoch('ann')), 'number')
      await theirs.end()
    }
  })

  test('a subject with a NUL character is refused, and nobody has it', async () => {
    const store = postgresStore(pool)
    const subject = 'ann\0'
    await assert.rejects(store.create(newRecord(now(), { subject })), { code: 'ERR_SUBJECT' })
    await assert.rejects(store.create(newRecord(now(), { subject }), { epoch: 0 }), { code: 'ERR_SUBJECT' })
    assert.deepEqual(await store.listBySubject(subject), [])
    assert.deepEqual(await store.deleteBySubject(subject), [])
    assert.equal(await store.epoch(subject), 0)
  })

  describe('the tables', () => {
    test('that are missing are an error that says how to make them, and once made they serve', async () => {
      await using place = await emptySchema()
      const store = postgresStore(place.pool)
      await assert.rejects(store.find(newId()), {
        code: 'ERR_STORE',
        message: /tables are missing.*npx holdfast migrate.*migratePostgres/,
      })
      await migratePostgres(place.pool)
      assert.equal(await store.find(newId()), undefined)
    })

    test('are made by the sessions on them, whatever the engine', async () => {
      for (const engineOn of [db, (store: SessionStore) => signedCookies({ endings: store })]) {
        await using place = await emptySchema()
        const sessions = createSessions({ keys: [KEY], engine: engineOn(postgresStore(place.pool)) })
        assert.equal((await sessions.migrate({ dryRun: true })).length, 1)
        assert.equal((await sessions.migrate()).length, 1)
        assert.deepEqual(await sessions.migrate(), [])
        assert.equal(await sessions.clearExpired(), 0)
      }
    })

    test('are made once, however many make them at once', async () => {
      await using place = await emptySchema()
      const made = await parallel(8, () => migratePostgres(place.pool))
      assert.equal(made.flat().length, 1)
    })

    test('are not made by a dry run, which shows the SQL', async () => {
      await using place = await emptySchema()
      const [first] = await migratePostgres(place.pool, { dryRun: true })
      assert.equal(first?.sql, readFileSync(join(root, 'migrations/postgres/0001_sessions.sql'), 'utf8'))
      await assert.rejects(postgresStore(place.pool).find(newId()), { code: 'ERR_STORE' })
    })

    test('of a newer Holdfast are refused if they break this one, and served if not', async () => {
      await using place = await emptySchema()
      await migratePostgres(place.pool)
      await place.pool.query('INSERT INTO holdfast_schema (version, breaking) VALUES (2, false)')
      assert.equal(await postgresStore(place.pool).find(newId()), undefined)
      assert.deepEqual(await migratePostgres(place.pool), [])
      await place.pool.query('INSERT INTO holdfast_schema (version, breaking) VALUES (3, true)')
      const newer = { code: 'ERR_STORE_NEWER', message: /newer Holdfast.* schema 3, this one knows 1/ }
      await assert.rejects(postgresStore(place.pool).find(newId()), newer)
      await assert.rejects(migratePostgres(place.pool), newer)
    })

    test('serve a role with the privileges that docs/stores.md grants, and not one less', async () => {
      await using place = await emptySchema()
      await migratePostgres(place.pool)
      const role = `holdfast_test_${newId().toLowerCase().replaceAll('-', '_')}`
      const [grants = ''] = samplesOf('docs/stores.md', 'sql').filter((code) => code.includes('GRANT USAGE'))
      const lines = grants.replaceAll('public', place.schema).replaceAll(' app', ` ${role}`).trim().split('\n')
      assert.equal(lines.length, 4)
      for (const missing of [undefined, ...lines]) {
        await place.pool.query(`CREATE ROLE ${role} LOGIN`)
        for (const line of lines) if (line !== missing) await place.pool.query(line)
        const as = Object.assign(new URL(withOptions(url, `-c search_path=${place.schema}`)), { username: role })
        const theirs = openPool(as.href)
        const serving = everyVerb(postgresStore(theirs))
        if (missing === undefined) await serving
        else await assert.rejects(serving, { code: 'ERR_STORE' }, missing)
        await theirs.end()
        await place.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
      }
    })
  })

  describe('at once', () => {
    atOnceTests({
      openStore: (options) => postgresStore(pool, options),
      holding: (id, work) => during('SELECT FROM holdfast_sessions WHERE id = $1 FOR UPDATE', [id], work),
    })

    test('touches of the same sessions in any order, evictions and sign-outs never wait in a circle', async () => {
      const { client, failures } = watch(pool)
      const store = postgresStore(client)
      const ids = (await parallel(100, () => add(store))).map(({ id }) => id)
      await parallel(60, async (index) => {
        if (index === 40) await store.deleteBySubject('ann')
        else if (index % 10 === 9) await store.create(newRecord(now(), { subject: 'ann' }), { max: 95 - index })
        else await store.touch((index % 2 === 0 ? ids : ids.toReversed()).map((id) => ({ id, seenAt: now() + index })))
      })
      assert.deepEqual(failures, [])
    })
  })

  describe('a call that takes too long', () => {
    const pools: pg.Pool[] = []
    after(() => Promise.all(pools.map((theirs) => theirs.end())))

    timeoutTests({
      openStore(timeout, max) {
        pools.push(openPool(url, { max }))
        return postgresStore(pools.at(-1) as pg.Pool, { timeout })
      },
      holding: (id, work) => during('SELECT FROM holdfast_sessions WHERE id = $1 FOR UPDATE', [id], work),
      async occupying(work) {
        const connection = await pools.at(-1)?.connect()
        await work()
        connection?.release()
      },
      locked: (work) => during('LOCK TABLE holdfast_sessions', [], work),
    })
  })

  describe('a failure of the system is ERR_STORE', () => {
    test('when the server ends the connection in the middle of each verb that waits', async () => {
      const store = postgresStore(pool)
      const record = newRecord(now(), { subject: 'ann' })
      await store.create(record)
      const holder = await pool.connect()
      const waiting: Record<string, () => Promise<unknown>> = {
        update: () => store.update({ ...record, revision: 2 }, 1),
        touch: () => store.touch([{ id: record.id, seenAt: now() }]),
        delete: () => store.delete(record.id),
        replace: () => store.replace(record.id, 1, newRecord(now())),
        deleteBySubject: () => store.deleteBySubject('ann'),
      }
      for (const [verb, call] of Object.entries(waiting)) {
        await holder.query('BEGIN')
        await holder.query('SELECT FROM holdfast_sessions WHERE id = $1 FOR UPDATE', [record.id])
        const calling = assert.rejects(call(), { code: 'ERR_STORE' }, verb)
        await terminateWaiting(holder)
        await calling
        await holder.query('ROLLBACK')
      }
      holder.release()
      assert.deepEqual(await store.find(record.id), record, 'nothing was written, and the pool goes on')
    })

    test('when the pool cannot connect, or was ended', async () => {
      const nowhere = openPool('postgresql://nobody@127.0.0.1:1/nothing')
      await assert.rejects(postgresStore(nowhere).find(newId()), { code: 'ERR_STORE' })
      await assert.rejects(migratePostgres(nowhere), { code: 'ERR_STORE' })
      await nowhere.end()
      await assert.rejects(postgresStore(nowhere).delete(newId()), { code: 'ERR_STORE' })
    })

    test('when the isolation level would let two logins pass one limit', async () => {
      const theirs = openPool(withOptions(url, REPEATABLE_READ))
      const store = postgresStore(theirs)
      const record = newRecord(now(), { subject: 'ann' })
      await assert.rejects(store.create(record, { max: 1 }), (error: Error) => {
        assert.match(String(error.cause), /needs the isolation level READ COMMITTED, not repeatable read/)
        return true
      })
      assert.equal((await store.create(record)).outcome, 'created')
      await theirs.end()
    })

    test('and what was undone for others is tried again', async () => {
      // Under REPEATABLE READ whoever comes second is undone.
      const theirs = openPool(withOptions(url, REPEATABLE_READ))
      const { client, failures } = watch(theirs)
      const store = postgresStore(client)
      const record = newRecord(now())
      await store.create(record)
      const outcomes = await parallel(4, () => store.update({ ...record, revision: 2 }, 1))
      assert.deepEqual(outcomes.toSorted(), ['stale', 'stale', 'stale', 'updated'])
      assert.ok(failures.every((code) => code === '40001'))
      await theirs.end()
    })
  })

  /** Somebody else's transaction, with this done in it, for as long as the work takes. */
  async function during<T>(locking: string, values: string[], work: () => Promise<T>): Promise<T> {
    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query(locking, values)
    try {
      return await work()
    } finally {
      await holder.query('ROLLBACK')
      holder.release()
    }
  }

  /** A schema without tables, and a pool that has it in its search path. */
  async function emptySchema() {
    const schema = `holdfast_test_${newId().toLowerCase().replaceAll('-', '_')}`
    const own = openPool(withOptions(url, `-c search_path=${schema}`))
    await own.query(`CREATE SCHEMA ${schema}`)
    return {
      schema,
      pool: own,
      async [Symbol.asyncDispose]() {
        await own.query(`DROP SCHEMA ${schema} CASCADE`)
        await own.end()
      },
    }
  }
}

test('a PostgreSQL that is killed loses nothing that was answered, and nobody is taken for signed out meanwhile', async (t) => {
  const server = await startPostgres()
  if (server === undefined) return t.skip(NO_POSTGRES)
  t.after(() => server.remove())
  const pool = openPool(`postgresql://postgres@127.0.0.1:${server.port}/postgres`)
  await migratePostgres(pool)
  await outlivesItsServer(server, postgresStore(pool))
  await pool.end()
})

const BIGINT = 20
const REPEATABLE_READ = '-c default_transaction_isolation=repeatable\\ read'

async function add(store: SessionStore): Promise<SessionRecord> {
  const record = newRecord(Date.now(), { subject: 'ann' })
  await store.create(record)
  return record
}

/** A client that notes what it was asked, and the codes of what failed. */
function watch(pool: pg.Pool): { client: PostgresClient; queries: unknown[]; failures: unknown[] } {
  const queries: unknown[] = []
  const failures: unknown[] = []
  const client: PostgresClient = {
    async query(query) {
      queries.push(query)
      try {
        return await pool.query(query)
      } catch (error) {
        failures.push((error as { code: unknown }).code)
        throw error
      }
    },
  }
  return { client, queries, failures }
}

/** Ends whoever waits for a lock that this connection holds, as soon as somebody does. */
async function terminateWaiting(holder: pg.PoolClient): Promise<void> {
  const waiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))`
  while ((await holder.query(waiting)).rowCount === 0);
}
