import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  db,
  migrateMysql,
  migratePostgres,
  mysqlStore,
  postgresStore,
  createSessions,
  type SessionRecord,
  type SessionStore,
} from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { newRecord, parallel } from '../../src/testing/records.ts'
import { NO_MYSQL, openPool as openMysql } from '../support/mysql.ts'
import { NO_POSTGRES, openPool as openPostgres } from '../support/postgres.ts'
import { LIBRARIES, NO_REDIS } from '../support/redis.ts'
import { startMariadb, startPostgres, startRedis, type OwnServer } from '../support/servers.ts'
import { until } from '../support/until.ts'
import { newVisitor, type Data } from './site.ts'

// A database that hangs: no request hangs with it, nobody is taken for signed out, and afterwards nothing is missing.

interface Place {
  readonly server: OwnServer
  readonly store: SessionStore
  readonly close: () => Promise<unknown>
}

const TIMEOUT = 300

const PLACES: Readonly<Record<string, { readonly skip: string; readonly open: () => Promise<Place | undefined> }>> = {
  postgresStore: {
    skip: NO_POSTGRES,
    async open() {
      const server = await startPostgres()
      if (server === undefined) return undefined
      const pool = openPostgres(`postgresql://postgres@127.0.0.1:${server.port}/postgres`, { max: 3 })
      await migratePostgres(pool)
      return { server, store: postgresStore(pool, { timeout: TIMEOUT }), close: () => pool.end() }
    },
  },
  mysqlStore: {
    skip: NO_MYSQL,
    async open() {
      const server = await startMariadb()
      if (server === undefined) return undefined
      const admin = openMysql(`mysql://root@127.0.0.1:${server.port}`)
      await admin.query('CREATE DATABASE app')
      await admin.end()
      const pool = openMysql(`mysql://root@127.0.0.1:${server.port}/app`, { connectionLimit: 3 })
      await migrateMysql(pool)
      return { server, store: mysqlStore(pool, { timeout: TIMEOUT }), close: () => pool.end() }
    },
  },
  redisStore: {
    skip: NO_REDIS,
    async open() {
      const server = await startRedis(['appendonly yes', 'appendfsync always'])
      const [library] = LIBRARIES
      if (server === undefined || library === undefined) return undefined
      const store = redisStore((await library.connect(server.port)) as Parameters<typeof redisStore>[0], {
        timeout: TIMEOUT,
      })
      return { server, store, close: () => Promise.resolve() }
    },
  },
}

for (const [name, { skip, open }] of Object.entries(PLACES)) {
  describe(name, () => {
    test('on a server that hangs every verb is an error in time, and afterwards nothing is lost or revived', async (t) => {
      const place = await open()
      if (place === undefined) return t.skip(skip)
      const { server, store } = place
      t.after(async () => {
        await place.close()
        await server.remove()
      })
      const records = Array.from({ length: 8 }, () => newRecord(Date.now(), { subject: 'ann' }))
      for (const record of records) await store.create(record)
      const [old, ended, touched, ...kept] = records as [
        SessionRecord,
        SessionRecord,
        SessionRecord,
        ...SessionRecord[],
      ]
      await store.delete(ended.id)
      const verbs = (): Record<string, () => Promise<unknown>> => ({
        create: () => store.create(newRecord(Date.now())),
        'create with a guard': () => store.create(newRecord(Date.now(), { subject: 'bob' }), { max: 3, epoch: 0 }),
        replace: () => store.replace(old.id, 1, newRecord(Date.now(), { subject: 'ann' })),
        find: () => store.find(old.id),
        update: () => store.update({ ...old, revision: 2 }, 1),
        touch: () => store.touch([{ id: touched.id, seenAt: Date.now() }]),
        delete: () => store.delete(old.id),
        listBySubject: () => store.listBySubject('ann'),
        deleteBySubject: () => store.deleteBySubject('carl'),
        epoch: () => store.epoch('ann'),
        findEnding: () => store.findEnding(ended.id),
        inspect: async () => store.inspect?.(),
      })

      await freeze(place)
      // More than once: the first ones hang on a question, the next ones for want of a connection.
      for (let round = 0; round < 2; round++) {
        await Promise.all(
          Object.entries(verbs()).map(([verb, call]) =>
            assert.rejects(call, { code: 'ERR_STORE', message: /\b300 ms\b/ }, verb),
          ),
        )
      }
      server.thaw()

      await until(async () => (await store.find(kept[0]?.id ?? '').catch(() => undefined)) !== undefined)
      assert.deepEqual(await Promise.all(kept.map(({ id }) => store.find(id))), kept)
      assert.equal(await store.find(ended.id), undefined)
      for (const outcome of await parallel(20, (i) => store.touch([{ id: touched.id, seenAt: Date.now() + i }]))) {
        assert.deepEqual(outcome, [])
      }
    })

    test('on a server that hangs, dies and comes back a request is an error, and nobody is signed out by it', async (t) => {
      const place = await open()
      if (place === undefined) return t.skip(skip)
      const { server, store } = place
      t.after(async () => {
        await place.close()
        await server.remove()
      })
      const sessions = createSessions<Data>({ keys: ['a key of forty characters, 0123456789 abc'], engine: db(store) })
      const [ada, bob] = [newVisitor(sessions), newVisitor(sessions)]
      for (const [visitor, name] of [
        [ada, 'ada'],
        [bob, 'bob'],
      ] as const) {
        await visitor.ask((session) => session.login(name))
      }
      const failing = async (): Promise<void> => {
        const replies = await Promise.all([
          ada.ask((session) => session.subject),
          ada.ask((session) => session.set('n', 1)),
          newVisitor(sessions).ask((session) => session.login('carl')),
        ])
        for (const { error } of replies) assert.equal((error as { code: unknown }).code, 'ERR_STORE')
      }
      const leaving = await bob.ask(async (session) => {
        await freeze(place)
        await session.logout()
      })
      assert.equal((leaving.error as { code: unknown }).code, 'ERR_STORE', 'a logout is never said to be done')
      await failing()
      await server.kill()
      await failing()
      await server.start()

      await until(async () => (await store.epoch('ada').catch(() => undefined)) !== undefined)
      assert.equal((await ada.ask((session) => session.subject)).body, '"ada"')
      assert.equal(ada.cookies.length, 1, 'no cookie was taken away')
      assert.equal((await ada.ask((session) => session.set('n', 2))).status, 200)
      assert.equal((await bob.ask((session) => session.logout())).status, 200)
      assert.equal((await bob.ask((session) => session.subject, bob.cookies[0])).body, 'null')
    })
  })
}

test('redisStore: a script that the server does not know yet is not sent once nobody waits for it', async (t) => {
  const place = await PLACES['redisStore']?.open()
  if (place === undefined) return t.skip(NO_REDIS)
  const { server, store } = place
  t.after(() => server.remove())
  await freeze(place)
  await assert.rejects(store.deleteBySubject('ada'), { code: 'ERR_STORE' })
  server.thaw()
  await until(async () => (await store.epoch('ada').catch(() => undefined)) !== undefined)
  assert.equal(await store.epoch('ada'), 0)
})

/** A signal takes a moment to stop every thread. */
async function freeze({ server, store }: Place): Promise<void> {
  server.freeze()
  await until(() =>
    store.epoch('nobody').then(
      () => false,
      () => true,
    ),
  )
}
