import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, describe, test, type TestContext } from 'node:test'
import { createClient } from 'redis'
import {
  createSessions,
  db,
  migrateMysql,
  migratePostgres,
  mysqlStore,
  postgresStore,
  redisStore,
  type Clock,
  type SessionEvent,
  type SessionStore,
} from '../../src/index.ts'
import { newId } from '../../src/testing/records.ts'
import { createApp, type AppData } from '../concurrency/app.ts'
import { look, ok, send } from '../concurrency/client.ts'
import { faultyStore } from '../support/faults.ts'
import { NO_MYSQL, openPool as openMysql } from '../support/mysql.ts'
import { NO_POSTGRES, openPool as openPostgres } from '../support/postgres.ts'
import { command, NO_REDIS } from '../support/redis.ts'
import { startMariadb, startPostgres, startRedis, type OwnServer } from '../support/servers.ts'
import { until } from '../support/until.ts'
import { layWire } from '../support/wire.ts'

// A database that dies in the middle of a request, and one that comes back without its last writes.

interface Kind {
  readonly name: string
  readonly missing: string
  /** Keeps all it has answered. */
  readonly durable: () => Promise<OwnServer | undefined>
  /** Answers before anything is on its disk. */
  readonly hasty: () => Promise<OwnServer | undefined>
  /** A store with one connection to that port. */
  readonly open: (port: number, clock?: Clock) => Promise<{ readonly store: SessionStore; close(): Promise<unknown> }>
  readonly prepare: (port: number) => Promise<void>
  /** Verbs that are several statements: their answer cannot be told from that of the first. */
  readonly stepwise: readonly string[]
  /** What was written is on the disk now, and nothing later will be. */
  readonly keepNoMore: (port: number) => Promise<void>
}

const postgresUrl = (port: number): string => `postgresql://postgres@127.0.0.1:${port}/postgres`
const mysqlUrl = (port: number, database = ''): string => `mysql://root@127.0.0.1:${port}/${database}`

const KINDS: readonly Kind[] = [
  {
    name: 'PostgreSQL',
    stepwise: [],
    missing: NO_POSTGRES,
    durable: () => startPostgres(),
    hasty: () => startPostgres(['synchronous_commit=off']),
    async open(port, clock) {
      const pool = openPostgres(postgresUrl(port), { max: 1 })
      return { store: postgresStore(pool, clock && { clock }), close: () => pool.end() }
    },
    async prepare(port) {
      const pool = openPostgres(postgresUrl(port))
      await migratePostgres(pool)
      await pool.end()
    },
    async keepNoMore(port) {
      const pool = openPostgres(postgresUrl(port), { max: 1 })
      await pool.query('CHECKPOINT')
      const writer = await pool.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'`,
      )
      process.kill(writer.rows[0]?.pid ?? 0, 'SIGSTOP')
      await pool.end()
    },
  },
  {
    name: 'MariaDB',
    stepwise: ['replace'],
    missing: NO_MYSQL,
    durable: () => startMariadb(),
    hasty: () => startMariadb(['innodb-flush-log-at-timeout=2700']),
    async open(port, clock) {
      const pool = openMysql(mysqlUrl(port, 'app'), { connectionLimit: 1 })
      return { store: mysqlStore(pool, clock && { clock }), close: () => pool.end() }
    },
    async prepare(port) {
      const admin = openMysql(mysqlUrl(port))
      await admin.query('CREATE DATABASE app')
      await admin.end()
      const pool = openMysql(mysqlUrl(port, 'app'))
      await migrateMysql(pool)
      await pool.end()
    },
    async keepNoMore(port) {
      const admin = openMysql(mysqlUrl(port))
      await admin.query('SET GLOBAL innodb_flush_log_at_trx_commit = 0')
      await admin.end()
    },
  },
  {
    name: 'Redis',
    stepwise: [],
    missing: NO_REDIS,
    durable: () => startRedis(['appendonly yes', 'appendfsync always']),
    hasty: () => startRedis(),
    async open(port, clock) {
      const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 20 } })
      client.on('error', () => {})
      await client.connect()
      return { store: redisStore(client, clock && { clock }), close: async () => client.destroy() }
    },
    prepare: async () => {},
    keepNoMore: async (port) => void (await command(port, 'SAVE')),
  },
]

for (const kind of KINDS) {
  describe(`when ${kind.name} dies in the middle of a request`, { timeout: 60_000 }, async () => {
    const server = await kind.durable()
    if (server === undefined) return void test(kind.name, { skip: kind.missing })
    after(() => server.remove())
    await kind.prepare(server.port)
    const deeds = {
      find: { path: '/', counts: 0 },
      update: { path: '/increment', counts: 1 },
      replace: { path: '/login?subject=ann', counts: 0 },
      delete: { path: '/logout', counts: 0 },
    }
    for (const [operation, { path }] of Object.entries(deeds)) {
      test(`${operation} before it took effect: an error, and the visitor is who they were`, async (t) => {
        const it = await serve(t, kind, server)
        const { cookie } = await ok(it.port, `/login?subject=${it.subject}`)
        await ok(it.port, '/increment', cookie)
        it.store.log.length = 0
        server.freeze()
        const asking = send(it.port, path, cookie)
        await until(() => it.store.log.includes('find'))
        if (operation !== 'find') {
          // The request is let in, and the server stops again at its write.
          const gate = it.store.holdBefore(operation)
          server.thaw()
          await gate.reached
          server.freeze()
          gate.open()
        }
        await new Promise((resolve) => setImmediate(resolve))
        await server.kill()
        const { status, cookie: after } = await asking
        assert.ok(status >= 500, `${status}`)
        assert.equal(after, cookie, 'no cookie was sent')
        await server.start()
        await it.answers()
        assert.deepEqual(await seen(it.port, cookie), { subject: it.subject, count: 1 })
      })
    }

    for (const [operation, { path, counts }] of Object.entries(deeds)) {
      if (operation === 'find' || kind.stepwise.includes(operation)) continue
      test(`${operation} after it took effect: an error, and what happened has happened once`, async (t) => {
        const it = await serve(t, kind, server)
        const { cookie } = await ok(it.port, `/login?subject=${it.subject}`)
        // The server has to know the statement: else the answer that is held is that to its preparation.
        await ok(it.port, '/logout', (await ok(it.port, '/login?subject=zoe')).cookie)
        await ok(it.port, '/increment', cookie)
        const [{ id, revision } = { id: '', revision: 0 }] = await it.direct.listBySubject(it.subject)
        const gate = it.store.holdBefore(operation)
        const asking = send(it.port, path, cookie)
        await gate.reached
        it.wire.hold(0)
        gate.open()
        await until(async () => (await it.direct.find(id))?.revision !== revision)
        await server.kill()
        it.wire.breakAll()
        const { status, cookie: after } = await asking
        assert.ok(status >= 500, `${status}`)
        assert.equal(after, cookie, 'no cookie was sent')
        await server.start()
        await it.answers()
        const isOver = operation !== 'update'
        assert.deepEqual(await seen(it.port, cookie), isOver ? NOBODY : { subject: it.subject, count: 1 + counts })
      })
    }
  })

  test(
    `${kind.name} that lost its last writes: who has the newest cookie is refused, nobody is taken for a thief`,
    { timeout: 60_000 },
    async (t) => {
      const server = await kind.hasty()
      if (server === undefined) return t.skip(kind.missing)
      t.after(() => server.remove())
      await kind.prepare(server.port)
      const it = await serve(t, kind, server)
      const first = (await ok(it.port, `/login?subject=${it.subject}`)).cookie
      await ok(it.port, '/increment', first)
      await kind.keepNoMore(server.port)
      it.advance(61_000)
      const second = (await ok(it.port, '/', first)).cookie
      assert.notEqual(second, first)
      await ok(it.port, '/increment', second)
      assert.deepEqual(await seen(it.port, second), { subject: it.subject, count: 2 })

      await server.kill()
      await server.start()
      await it.answers()
      it.events.length = 0
      assert.deepEqual(await seen(it.port, second), NOBODY)
      assert.deepEqual(
        it.events.map(({ type }) => type),
        ['store-behind'],
      )
      assert.deepEqual(
        await seen(it.port, first),
        { subject: it.subject, count: 1 },
        'the session was not ended for it',
      )
      assert.equal((await ok(it.port, `/login?subject=${it.subject}`, second)).status, 200)
    },
  )
}

const NOBODY = { subject: null, count: undefined }

async function seen(port: number, cookie: string): Promise<{ subject: string | null; count: unknown }> {
  const { subject, data } = await look(port, cookie)
  return { subject, count: data['count'] }
}

/** An application with one connection to the server. */
async function serve(t: TestContext, { open }: Kind, server: OwnServer) {
  const wire = await layWire(() => server.port)
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }
  const [ours, direct] = [await open(wire.port, clock), await open(server.port, clock)]
  const store = faultyStore(ours.store)
  const [subject, events]: [string, SessionEvent[]] = [newId(), []]
  const sessions = createSessions<AppData>({
    keys: ['a key of forty characters, 0123456789 abc'],
    engine: db(store),
    renewalInterval: 60,
    clock,
  })
  sessions.on('*', (event) => events.push(event))
  const http = createApp(sessions).listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(async () => {
    http.closeAllConnections()
    http.close()
    await Promise.all([ours.close(), direct.close()])
    await wire.close()
  })
  return {
    port: (http.address() as AddressInfo).port,
    subject,
    wire,
    store,
    direct: direct.store,
    events,
    advance: (ms: number) => void (ahead += ms),
    /** Resolves when the server that has started again is reached. */
    answers: () =>
      until(() =>
        store.epoch('ann').then(
          () => true,
          () => false,
        ),
      ),
  }
}
