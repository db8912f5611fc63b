import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import type { SessionStore } from '../../src/core/store.ts'
import type { NodeRedis } from '../../src/redis/client.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { IDLE_MS, newId, newRecord } from '../../src/testing/records.ts'
import { command, LIBRARIES, newPrefix, NO_REDIS, useOwnRedis, useRedis, type Library } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { layWire } from '../support/wire.ts'
import { nobodySlipsPast, outlivesItsServer } from './shared-database.ts'

const MARGIN_MS = 5 * 60_000
const port = await useRedis()

for (const library of LIBRARIES) {
  if (port === undefined) test(`redisStore on ${library.name}`, { skip: NO_REDIS })
  else describe(`redisStore on ${library.name}`, () => redisTests(library, port))
}

function redisTests(library: Library, at: number): void {
  const open = async (): Promise<SessionStore & { prefix: string }> => {
    const prefix = newPrefix()
    return { ...redisStore(await library.connect(at), { prefix }), prefix }
  }

  test('time is the server’s', async () => {
    const store = await open()
    const [live, expired] = [newRecord(Date.now()), newRecord(Date.now() - IDLE_MS - 1000)]
    for (const record of [live, expired]) await store.create(record)
    assert.deepEqual(await store.find(live.id), live)
    assert.equal(await store.find(expired.id), undefined)
    assert.equal(await store.delete(live.id), 'deleted')
    assert.deepEqual(await store.findEnding(live.id), { successor: null })
  })

  test('Redis lets go of sessions five minutes after they expired, of their index with the last, of endings after a minute', async () => {
    const store = await open()
    const lives = async (key: string): Promise<number> => Number(await command(at, 'PTTL', store.prefix + key))
    const record = newRecord(Date.now(), { subject: 'ann', absoluteAt: Date.now() + 2 * IDLE_MS })
    await store.create(record)
    await store.create(newRecord(Date.now(), { subject: 'ann', absoluteAt: Date.now() + IDLE_MS }))
    assertNear(await lives(`session:${record.id}`), IDLE_MS + MARGIN_MS)
    assertNear(await lives('subject:ann'), 2 * IDLE_MS + MARGIN_MS)
    await store.touch([{ id: record.id, seenAt: Date.now() + IDLE_MS / 2 }])
    assertNear(await lives(`session:${record.id}`), 1.5 * IDLE_MS + MARGIN_MS)
    await store.update({ ...record, revision: 2, idleSeconds: 60 }, 1)
    assertNear(await lives(`session:${record.id}`), IDLE_MS / 2 + 60_000 + MARGIN_MS)
    await store.delete(record.id)
    assertNear(await lives(`ending:${record.id}`), 60_000)
    assert.equal(await store.clearExpired(10), 0)
  })

  test('nothing is left of a subject whose sessions ended but how often they were', async () => {
    const store = await open()
    for (let count = 0; count < 3; count++) await store.create(newRecord(Date.now(), { subject: 'ann' }))
    await store.deleteBySubject('ann')
    const keys = (await command(at, 'KEYS', `${store.prefix}*`)) as string[]
    assert.deepEqual(
      keys.filter((key) => !key.includes(':ending:')),
      [`${store.prefix}epoch:ann`],
    )
    assert.equal(await command(at, 'PTTL', `${store.prefix}epoch:ann`), -1)
  })

  test('an index forgets what Redis let go of, at the next login', async () => {
    const store = await open()
    const [first, second] = [newRecord(Date.now(), { subject: 'ann' }), newRecord(Date.now(), { subject: 'ann' })]
    await store.create(first)
    await command(at, 'DEL', `${store.prefix}session:${first.id}`)
    assert.deepEqual(await store.listBySubject('ann'), [])
    await store.create(second)
    assert.deepEqual(await command(at, 'ZRANGE', `${store.prefix}subject:ann`, '0', '-1'), [second.id])
  })

  test('logins, a limit and a sign-out everywhere at once leave nobody who slipped past', async () => {
    const one = await open()
    await nobodySlipsPast(one, redisStore(await library.connect(at), { prefix: one.prefix }))
  })

  test('prefixes keep applications apart', async () => {
    const [one, other] = [await open(), await open()]
    const record = newRecord(Date.now(), { subject: 'ann' })
    await one.create(record)
    assert.equal(await other.find(record.id), undefined)
    assert.deepEqual(await other.deleteBySubject('ann'), [])
    assert.equal(await one.epoch('ann'), 0)
  })

  test('a write whose answer was lost is an error, and was not done twice', async (t) => {
    const wire = await layWire(() => at)
    t.after(() => wire.close())
    const prefix = newPrefix()
    const [here, there] = [await library.connect(wire.port), redisStore(await library.connect(at), { prefix })]
    const store = redisStore(here, { prefix })
    const record = newRecord(Date.now())
    await store.create(record)
    await store.update({ ...record, revision: 2 }, 1) // Its script is known.
    wire.hold(0)
    const updating = store.update({ ...record, revision: 3, data: '{"a":1}' }, 2)
    await until(async () => (await there.find(record.id))?.revision === 3)
    wire.break(0)
    await assert.rejects(updating, { code: 'ERR_STORE' })
    await until(async () => (await store.find(record.id).catch(() => undefined)) !== undefined)
    assert.equal((await store.find(record.id))?.revision, 3)
  })

  test('without a connection, and when Redis hangs, every verb is an error and never an answer', async () => {
    const server = await useOwnRedis()
    assert.ok(server)
    const store = redisStore(await library.connect(server.port), { timeout: 300 })
    await store.create(newRecord(Date.now()))
    const verbs = [
      () => store.create(newRecord(Date.now())),
      () => store.replace(newId(), 1, newRecord(Date.now())),
      () => store.find(newId()),
      () => store.update(newRecord(Date.now()), 1),
      () => store.touch([{ id: newId(), seenAt: Date.now() }]),
      () => store.delete(newId()),
      () => store.listBySubject('ann'),
      () => store.deleteBySubject('ann'),
      () => store.epoch('ann'),
      () => store.findEnding(newId()),
    ]
    const allFail = () => Promise.all(verbs.map((verb) => assert.rejects(verb, { code: 'ERR_STORE' })))
    server.freeze()
    await allFail()
    await server.kill()
    await allFail()
  })

  test('out of memory nobody signs in, everybody can sign out, and nothing is half done', async () => {
    const full = await useOwnRedis()
    assert.ok(full)
    const store = redisStore(await library.connect(full.port))
    const records = Array.from({ length: 4 }, () => newRecord(Date.now(), { subject: 'ann' }))
    for (const record of records) await store.create(record)
    const [one, two, ...others] = records.map(({ id }) => id)
    await command(full.port, 'CONFIG', 'SET', 'maxmemory', '1')
    const failed = { code: 'ERR_STORE' }
    await assert.rejects(store.create(newRecord(Date.now(), { subject: 'ann' }), { max: 1 }), failed)
    const successor = newRecord(Date.now(), { subject: 'ann' })
    await assert.rejects(store.replace(one ?? '', 1, successor, { max: 1 }), failed)
    assert.equal((await store.listBySubject('ann')).length, 4)
    assert.equal(await store.find(successor.id), undefined)
    assert.equal(await store.delete(one ?? ''), 'deleted')
    assert.deepEqual(await store.findEnding(one ?? ''), { successor: null })
    assert.deepEqual((await store.deleteBySubject('ann', two)).toSorted(), others.toSorted())
    assert.equal(await store.epoch('ann'), 1)
  })

  test('loses nothing that was answered when its server is killed, with appendonly and appendfsync always', async () => {
    const server = await useOwnRedis(['appendonly yes', 'appendfsync always'])
    assert.ok(server)
    const store = redisStore(await library.connect(server.port))
    const isThere = (): Promise<boolean> => store.epoch('ann').then(Boolean, () => false)
    const start = (): Promise<void> => server.start().then(() => until(isThere))
    await store.deleteBySubject('ann')
    await outlivesItsServer({ ...server, start }, store)
  })
}

describe('redisStore', () => {
  test('takes no cluster, and nothing that is no client', (t) => {
    const cluster = new Cluster([], { lazyConnect: true })
    t.after(() => cluster.disconnect())
    for (const wrong of [cluster, createCluster({ rootNodes: [] })]) {
      assert.throws(() => redisStore(wrong as unknown as NodeRedis), { code: 'ERR_OPTION', message: /cluster/ })
    }
    for (const wrong of [undefined, {}, 'redis://127.0.0.1']) {
      assert.throws(() => redisStore(wrong as unknown as NodeRedis), { code: 'ERR_OPTION' })
    }
  })

  test('every verb is one round trip, whatever it answers', { skip: port === undefined && NO_REDIS }, async () => {
    const [library] = LIBRARIES
    assert.ok(library && port !== undefined)
    const client = (await library.connect(port)) as NodeRedis
    const sent: (readonly (string | Buffer)[])[] = []
    const watched: NodeRedis = {
      isReady: true,
      sendCommand(args) {
        sent.push(args)
        return client.sendCommand(args)
      },
      duplicate: (overrides) => client.duplicate(overrides),
      on: () => {},
      off: () => {},
    }
    const store = redisStore(watched, { prefix: newPrefix() })
    const now = Date.now()
    const [old, other] = [newRecord(now, { subject: 'ann' }), newRecord(now, { subject: 'ann' })]
    const verbs: Record<string, () => Promise<unknown>> = {
      create: () => store.create(old),
      'create that finds the id taken': () => store.create(old),
      'create with a guard': () => store.create(other, { max: 2, epoch: 0 }),
      find: () => store.find(old.id),
      update: () => store.update({ ...old, revision: 2 }, 1),
      'update that is stale': () => store.update({ ...old, revision: 2 }, 1),
      'update of what is gone': () => store.update(newRecord(now), 1),
      touch: () => store.touch([old.id, other.id, newId()].map((id) => ({ id, seenAt: now }))),
      replace: () => store.replace(old.id, 2, newRecord(now, { subject: 'ann' }), { max: 1 }),
      delete: () => store.delete(other.id),
      listBySubject: () => store.listBySubject('ann'),
      deleteBySubject: () => store.deleteBySubject('ann'),
      epoch: () => store.epoch('ann'),
      findEnding: () => store.findEnding(old.id),
    }
    for (const call of Object.values(verbs)) await call() // Now the server knows every script.
    for (const [verb, call] of Object.entries(verbs)) {
      sent.length = 0
      await call()
      assert.equal(sent.length, 1, verb)
    }
  })
})

function assertNear(actual: number, expected: number): void {
  assert.ok(actual <= expected && actual > expected - 30_000, `${actual} is about ${expected}`)
}
