import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, describe, test, type TestContext } from 'node:test'
import { Cluster, Redis as IoRedis } from 'ioredis'
import { redisCache, type RedisCache, type RedisClient } from '../../src/caches/redis.ts'
import type { Copy, SessionCache } from '../../src/core/cache.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { EventBody } from '../../src/core/events.ts'
import { cachedDb, memoryStore } from '../../src/index.ts'
import { fill, newCopy, withRecord } from '../../src/testing/cache/copies.ts'
import { newRecord } from '../../src/testing/records.ts'
import { command, LIBRARIES, newPrefix, NO_REDIS, useOwnRedis, type Library } from '../support/redis.ts'
import type { OwnServer } from '../support/servers.ts'
import { until } from '../support/until.ts'
import { layWire, type Wire } from '../support/wire.ts'

const LONGEST_SILENCE_MS = 1000

const server = await useOwnRedis()
for (const library of LIBRARIES) {
  if (server === undefined) test(`redisCache on ${library.name}`, { skip: NO_REDIS })
  else describe(`redisCache on ${library.name}`, () => redisTests(library, server))
}

function redisTests(library: Library, redis: OwnServer): void {
  /** Two processes, as far as Redis can tell. */
  async function open(t: TestContext, port = redis.port) {
    const prefix = newPrefix()
    const clients = [await library.connect(port), await library.connect(redis.port)] as const
    const [ours, theirs] = [redisCache(clients[0], { prefix }), redisCache(clients[1], { prefix })]
    t.after(() => Promise.all([ours.close?.(), theirs.close?.()]))
    await until(() => ours.near && theirs.near)
    return { ours, theirs }
  }

  describe('the near cache', () => {
    test('answers at once from the second time on', async (t) => {
      const { ours } = await open(t)
      const copy = newCopy(Date.now())
      await fill(ours, copy)
      assert.ok(ours.get(copy.record.id) instanceof Promise)
      await until(() => isNear(ours, copy))
      assert.deepEqual(ours.get(copy.record.id), copy)
    })

    test('keeps the answer to one of many at once, and asks Redis once', async (t) => {
      const { ours } = await open(t)
      const copy = newCopy(Date.now())
      await fill(ours, copy)
      await until(() => isNear(ours, copy))
      await ours.put(withRecord(copy, { revision: 2 }))
      await until(() => ours.near)
      const before = await countGets(redis)
      const crowd: unknown[] = []
      while (!isNear(ours, withRecord(copy, { revision: 2 }))) {
        crowd.push(ours.get(copy.record.id))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(crowd)
      assert.ok((await countGets(redis)) - before < 5, 'one more for each change that is heard meanwhile')
    })

    test('lets go of what another process buries, changes, or leases', async (t) => {
      const { ours, theirs } = await open(t)
      const copy = newCopy(Date.now())
      const { id } = copy.record
      const newer = withRecord(copy, { revision: 2 })
      await fill(ours, copy)

      await until(() => isNear(ours, copy))
      await theirs.put(newer)
      await until(() => isNear(ours, newer))
      await theirs.lease(id)
      await until(async () => (await ours.get(id)) === undefined)
      await theirs.bury(id, 'buried')
      await until(async () => (await ours.get(id)) === 'buried')
    })

    test('never shows what this process has just changed as it was', async (t) => {
      const { ours } = await open(t)
      const copy = newCopy(Date.now())
      const { id } = copy.record
      await fill(ours, copy)
      for (let revision = 2; revision < 50; revision++) {
        const newer = withRecord(copy, { revision })
        await Promise.all([ours.get(id), ours.put(newer), ours.get(id)])
        assert.deepEqual(await ours.get(id), newer)
      }
      await until(async () => (await ours.get(id), isNear(ours, withRecord(copy, { revision: 49 }))))
      await ours.lease(id)
      assert.equal(await ours.get(id), undefined)
      await ours.bury(id, 'ending')
      assert.equal(await ours.get(id), 'ending')
    })

    test('does not keep an answer that was on its way while somebody changed the key', async (t) => {
      const wire = await lay(t, redis)
      const { ours, theirs } = await open(t, wire.port)
      const [copy, witness] = [newCopy(Date.now()), newCopy(Date.now())]
      for (const one of [copy, witness]) await fill(ours, one)
      await until(() => isNear(ours, witness))

      wire.hold(COMMANDS)
      const before = await countGets(redis)
      const asked = ours.get(copy.record.id)
      await until(async () => (await countGets(redis)) > before)
      await theirs.bury(copy.record.id, 'buried')
      await theirs.bury(witness.record.id, 'buried')
      // Heard in order: when the second burial has come, the first one has too.
      await until(() => ours.get(witness.record.id) instanceof Promise)
      wire.release(COMMANDS)
      assert.deepEqual(await asked, copy, 'it was asked before')
      assert.equal(await ours.get(copy.record.id), 'buried')
    })

    test('drops everything when Redis is emptied, and no tombstone is missed', async (t) => {
      const { ours, theirs } = await open(t)
      const copy = newCopy(Date.now())
      const lease = await theirs.lease(copy.record.id)
      assert.ok(lease)
      const other = newCopy(Date.now())
      await fill(ours, other)
      await until(() => isNear(ours, other))
      await command(redis.port, 'FLUSHALL')
      await until(async () => (await ours.get(other.record.id)) === undefined)
      await theirs.fill(copy, lease)
      assert.equal(await ours.get(copy.record.id), undefined, 'the lease went too')
    })

    test('is off while its connection is gone, and comes back empty', async (t) => {
      const { ours, theirs } = await open(t)
      const copy = newCopy(Date.now())
      await fill(ours, copy)
      await until(() => isNear(ours, copy))
      for (const id of await listLines(redis)) await command(redis.port, 'CLIENT', 'KILL', 'ID', id)
      await until(() => !ours.near)
      assert.deepEqual(await ours.get(copy.record.id), copy, 'Redis itself still answers')
      assert.ok(ours.get(copy.record.id) instanceof Promise)
      await until(() => ours.near && theirs.near)
      assert.ok(ours.get(copy.record.id) instanceof Promise)
      await until(() => isNear(ours, copy))
      await theirs.bury(copy.record.id, 'buried')
      await until(async () => (await ours.get(copy.record.id)) === 'buried')
    })

    test('is off a second after Redis was last heard, and comes back', async (t) => {
      const { ours, theirs } = await open(t)
      const copy = newCopy(Date.now())
      await fill(ours, copy)
      await until(() => isNear(ours, copy))
      redis.freeze()
      try {
        await sleep(LONGEST_SILENCE_MS)
        assert.equal(ours.near, false)
      } finally {
        redis.thaw()
      }
      await until(() => ours.near && theirs.near)
      await theirs.bury(copy.record.id, 'buried')
      await until(async () => (await ours.get(copy.record.id)) === 'buried')
    })

    test('is off a second after the cable was pulled, and what was missed meanwhile is not used', async (t) => {
      const wire = await lay(t, redis)
      const { ours, theirs } = await open(t, wire.port)
      const copy = newCopy(Date.now())
      await fill(ours, copy)
      await until(() => isNear(ours, copy))
      wire.cut()
      await theirs.bury(copy.record.id, 'buried')
      await sleep(LONGEST_SILENCE_MS)
      assert.equal(ours.near, false)
      assert.ok(ours.get(copy.record.id) instanceof Promise)
      wire.mend()
      await until(() => ours.near)
      assert.equal(await ours.get(copy.record.id), 'buried')
    })

    test('is not on where changes are not heard', async () => {
      const elsewhere = await useOwnRedis()
      assert.ok(elsewhere)
      // As through a balancer that leads each connection to another server.
      const wire = await layWire((index) => (index === COMMANDS ? redis.port : elsewhere.port))
      const cache = redisCache(await library.connect(wire.port), { prefix: newPrefix() })
      await until(async () => (await listLines(elsewhere)).length > 0)
      await until(async () => (await listLines(elsewhere)).length === 0)
      assert.equal(cache.near, false)
      await cache.close?.()
      await wire.close()
    })
  })

  test('a copy from before a restart is not trusted, because a burial may be lost', async (t) => {
    const keeper = await useOwnRedis()
    assert.ok(keeper)
    const client = await library.connect(keeper.port)
    const prefix = newPrefix()
    const cache = redisCache(client, { prefix })
    t.after(() => cache.close?.())
    const copy = newCopy(Date.now())
    const { id } = copy.record
    await fill(cache, copy)
    await command(keeper.port, 'SAVE')
    await cache.bury(id, 'buried')
    await keeper.kill()
    await assert.rejects(async () => cache.get(id), 'no command waits for a connection')
    await keeper.start()
    assert.notEqual(await command(keeper.port, 'GET', prefix + id), null, 'it is as it was saved')
    await until(() =>
      ask(cache, 'of nobody').then(
        () => true,
        () => false,
      ),
    )
    assert.equal(await ask(cache, id), undefined)
    await fill(cache, { ...copy, confirmedAt: Date.now() })
    assert.equal(typeof (await ask(cache, id)), 'object')
  })

  test('a full Redis that evicts nothing takes nothing new, and hears of every end and every write', async (t) => {
    const full = await useOwnRedis()
    assert.ok(full)
    const client = await library.connect(full.port)
    const prefix = newPrefix()
    const cache = redisCache(client, { prefix, near: false })
    t.after(() => cache.close?.())
    const connectedAt = Date.now()
    await until(() => Date.now() > connectedAt) // A copy of that very millisecond may be one from before.
    const [ending, written, other] = [newCopy(Date.now()), newCopy(Date.now()), newCopy(Date.now())]
    await fill(cache, ending)
    await fill(cache, written)
    const leased = newCopy(Date.now())
    const lease = await cache.lease(leased.record.id)
    assert.ok(lease)
    await command(full.port, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
    await assert.rejects(command(full.port, 'SET', 'more', 'than there is room for'), /OOM/)

    assert.equal(await cache.lease(other.record.id), undefined)
    await cache.fill(leased, lease)
    assert.equal(await cache.get(leased.record.id), undefined)
    await cache.bury(ending.record.id, 'buried')
    assert.equal(await cache.get(ending.record.id), 'buried')
    const newer = withRecord(written, { revision: 2 })
    await cache.put(newer)
    assert.deepEqual(await cache.get(written.record.id), newer)
    const near = redisCache(client, { prefix })
    await until(() => near.near)
    await near.close?.()
  })

  describe('behind cachedDb', () => {
    test('a logout that everybody was told of reaches the near copy of another process, and stays', async (t) => {
      const { ours, theirs } = await open(t)
      const store = memoryStore()
      const [here, there] = [cachedDb(store, ours), cachedDb(store, theirs)]
      const record = newRecord(Date.now())
      await here.create(record)
      await until(() => !(here.load(record.id) instanceof Promise))
      assert.deepEqual(here.load(record.id), { record, from: 'cache' })
      assert.deepEqual(await there.end(record.id), { outcome: 'deleted', propagated: true })
      await until(async () => (await here.load(record.id)) === undefined)
      for (let visit = 0; visit < 20; visit++) {
        assert.equal(await here.load(record.id), undefined)
        assert.equal(await there.load(record.id), undefined)
      }
    })

    test('a frozen Redis costs one request its timeout, and hears of a logout when it is back', async (t) => {
      const { ours, theirs } = await open(t)
      const events: EventBody[] = []
      const engine = cachedDb(memoryStore(), ours, { timeout: 300 })
      engine.attach?.((event) => events.push(event), systemClock)
      const failures = (): number => events.filter(({ type }) => type === 'cache-failed').length
      const [copied, other] = [newRecord(Date.now()), newRecord(Date.now())]
      for (const record of [copied, other]) await engine.create(record)
      await engine.load(copied.id)
      assert.equal((await engine.load(copied.id))?.from, 'cache')
      redis.freeze()
      try {
        await until(() => !ours.near)
        assert.equal((await engine.load(copied.id))?.from, 'store')
        assert.equal(failures(), 1)
        assert.equal((await engine.load(other.id))?.from, 'store')
        assert.deepEqual(await engine.end(copied.id), { outcome: 'deleted', propagated: false })
        assert.equal(await engine.load(copied.id), undefined)
        assert.equal(failures(), 1, 'nobody else waited')
      } finally {
        redis.thaw()
      }
      await until(() => events.some(({ type }) => type === 'invalidation-retried'))
      assert.equal(await ask(theirs, copied.id), 'buried')
      await until(async () => (await engine.load(other.id))?.from === 'cache')
      await engine.close()
    })
  })
}

describe('redisCache', () => {
  test('takes no other client, and none that changes keys or asks replicas', (t) => {
    const options = { lazyConnect: true }
    const clients = [
      new IoRedis({ ...options, keyPrefix: 'app:' }),
      new Cluster([], { ...options, redisOptions: { keyPrefix: 'app:' } }),
      new Cluster([], { ...options, scaleReads: 'slave' }),
    ]
    t.after(() => clients.forEach((client) => client.disconnect()))
    for (const wrong of [undefined, null, {}, 'redis://127.0.0.1', ...clients]) {
      assert.throws(() => redisCache(wrong as unknown as RedisClient), { code: 'ERR_OPTION' })
    }
  })

  test(
    'a process that was frozen does not use what it missed',
    { skip: server === undefined && NO_REDIS },
    async () => {
      const [library] = LIBRARIES
      assert.ok(server && library)
      const prefix = newPrefix()
      const cache = redisCache(await library.connect(server.port), { prefix, near: false })
      const copy = newCopy(Date.now() + 30_000) // Trusted by a process that connects after it.
      await fill(cache, copy)
      const child = fork(join(import.meta.dirname, 'near-process.ts'), [String(server.port), prefix])
      after(() => child.kill('SIGKILL'))
      const say = async (): Promise<unknown> => {
        const [answer] = (await once(child, 'message')) as [unknown]
        return answer
      }
      await say()
      await until(async () => {
        child.send(copy.record.id)
        return ((await say()) as { near: boolean }).near
      })
      child.kill('SIGSTOP')
      await cache.bury(copy.record.id, 'buried')
      await sleep(LONGEST_SILENCE_MS)
      child.send(copy.record.id)
      child.kill('SIGCONT')
      assert.deepEqual(await say(), { near: false, found: 'buried' })
    },
  )
})

/** The connection for commands is the first one, that for invalidations the second. */
const COMMANDS = 0

function isNear(cache: RedisCache, { record }: Copy): boolean {
  const found = cache.get(record.id)
  return !(found instanceof Promise) && typeof found === 'object' && found.record.revision === record.revision
}

async function countGets({ port }: OwnServer): Promise<number> {
  const stats = String(await command(port, 'INFO', 'commandstats'))
  return Number(/^cmdstat_get:calls=(\d+)/m.exec(stats)?.[1] ?? 0)
}

/** The connections that are told of changes. */
async function listLines({ port }: OwnServer): Promise<string[]> {
  const clients = String(await command(port, 'CLIENT', 'LIST'))
  return Array.from(clients.matchAll(/^id=(\d+) .* flags=\w*B/gm), ([, id = '']) => id)
}

async function ask(cache: SessionCache, id: string): Promise<unknown> {
  return cache.get(id)
}

async function lay(t: TestContext, { port }: OwnServer): Promise<Wire> {
  const wire = await layWire(() => port)
  t.after(() => wire.close())
  return wire
}
