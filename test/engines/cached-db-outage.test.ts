import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import type { EventBody } from '../../src/core/events.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { cachedDb, createSessions, memoryCache, memoryStore } from '../../src/index.ts'
import { fakeClock } from '../../src/testing.ts'
import { newRecord } from '../../src/testing/records.ts'
import { faultyCache, faultyStore } from '../support/faults.ts'

const KEY = 'a key of forty characters, 0123456789 abc'
const REST_MS = 1000
const RETRY_MS = 500
const MINUTE = 60_000

/** Two processes with one store and one shared cache, of which only the first loses its way to the cache. */
function make() {
  const clock = fakeClock()
  const store = faultyStore(memoryStore({ clock }))
  const inner = memoryCache({ clock })
  const cache = faultyCache(inner)
  const engine = cachedDb(store, cache, { clock, timeout: 5 })
  const other = cachedDb(store, faultyCache(inner), { clock })
  const events: EventBody[] = []
  engine.attach?.((event) => events.push(event), clock)
  const warm = async (changes: Partial<SessionRecord> = {}): Promise<SessionRecord> => {
    const record = newRecord(clock.now(), changes)
    await engine.create(record)
    await engine.load(record.id)
    assert.equal((await engine.load(record.id))?.from, 'cache')
    cache.log.length = 0
    return record
  }
  const types = (): string[] => events.map(({ type }) => type)
  return { clock, store, inner, cache, engine, other, events, types, warm }
}

/** Lets the retry queue have its turn. */
async function retry(t: TestContext): Promise<void> {
  t.mock.timers.tick(RETRY_MS)
  await turns()
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a cache that is down', () => {
  test('costs nothing but speed: the store answers', async () => {
    const { engine, cache, warm, types } = make()
    const record = await warm({ subject: 'ann' })
    cache.cut()
    assert.deepEqual(await engine.load(record.id), { record, from: 'store' })
    assert.equal(await engine.update({ ...record, revision: 2, data: '{"a":1}' }, 1), 'updated')
    assert.equal((await engine.load(record.id))?.record.data, '{"a":1}')
    assert.deepEqual(await engine.touch([{ id: record.id, seenAt: record.seenAt + 1 }]), [])
    assert.ok(types().includes('cache-failed'))
    await engine.close()
  })

  test('is no reason to say that everybody knows of an eviction', async () => {
    const { engine, cache, warm, clock } = make()
    const oldest = await warm({ subject: 'ann' })
    cache.cut()
    const login = newRecord(clock.now() + 1, { subject: 'ann' })
    const result = await engine.create(login, { max: 1 })
    assert.deepEqual(result, { outcome: 'created', evicted: [oldest.id], propagated: false })
    await engine.close()
  })

  for (const operation of ['get', 'lease', 'fill'] as const) {
    for (const fault of ['fails', 'fails-after', 'hangs'] as const) {
      test(`${operation} ${fault}: a request is still answered`, async () => {
        const { engine, cache, clock, events } = make()
        const record = newRecord(clock.now())
        await engine.create(record)
        cache.set(operation, fault)
        assert.deepEqual(await engine.load(record.id), { record, from: 'store' })
        assert.deepEqual(
          events.map((event) => (event.type === 'cache-failed' ? event.operation : event.type)),
          [operation],
        )
        await engine.close()
      })
    }
  }

  test('may take 250 ms for an answer, if nothing else is said', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const clock = fakeClock()
    const cache = faultyCache(memoryCache({ clock }))
    const engine = cachedDb(memoryStore({ clock }), cache, { clock })
    const record = newRecord(clock.now())
    await engine.create(record)
    cache.set('get', 'hangs')
    let answered = false
    const loading = Promise.resolve(engine.load(record.id)).then(() => (answered = true))
    t.mock.timers.tick(249)
    await turns()
    assert.equal(answered, false)
    t.mock.timers.tick(1)
    await loading
    await engine.close()
  })

  test('is not trusted with what was confirmed in the very moment it came back', async () => {
    const { engine, other, cache, clock, warm } = make()
    const { id } = await warm()
    cache.cut()
    await engine.load(id)
    cache.mend()
    clock.advance(MINUTE)
    await other.load(id)
    assert.equal((await other.load(id))?.from, 'cache')
    assert.equal((await engine.load(id))?.from, 'store')
    await engine.close()
  })

  for (const operation of ['put', 'bury'] as const) {
    test(`${operation} hangs: it is reported by its name, with the time it had`, async () => {
      const { engine, cache, events, warm } = make()
      const record = await warm()
      cache.set(operation, 'hangs')
      if (operation === 'put') await engine.update({ ...record, revision: 2 }, 1)
      else await engine.end(record.id)
      const [first] = events
      assert.ok(first?.type === 'cache-failed')
      assert.deepEqual(
        [first.operation, String(first.error)],
        [operation, 'Error: The cache did not answer within 5 ms'],
      )
      await engine.close()
    })
  }

  test('and inside the process is reported too, when it throws', async () => {
    const clock = fakeClock()
    const changed: string[] = []
    const store = { ...memoryStore({ clock }), changes: { poll: () => changed.splice(0) } }
    const broken = (): never => {
      throw new Error('it cannot')
    }
    const engine = cachedDb(store, { ...memoryCache({ clock }), get: broken, forget: broken }, { clock })
    const operations: string[] = []
    engine.attach?.((event) => event.type === 'cache-failed' && operations.push(event.operation), clock)
    const record = newRecord(clock.now())
    await engine.create(record)
    assert.equal((await engine.load(record.id))?.from, 'store')
    clock.advance(REST_MS)
    changed.push(record.id)
    await engine.load(record.id)
    assert.deepEqual(operations, ['get', 'forget'])
    await engine.close()
  })

  test('is left alone for a second, then asked again', async () => {
    const { engine, cache, clock, warm, types } = make()
    const { id } = await warm()
    cache.cut()
    await engine.load(id)
    cache.log.length = 0
    clock.advance(REST_MS - 1)
    await engine.load(id)
    assert.deepEqual(cache.log, [])
    cache.mend()
    clock.advance(1)
    await engine.load(id)
    assert.notDeepEqual(cache.log, [])
    assert.deepEqual(types(), ['cache-failed', 'cache-recovered'])
    await engine.close()
  })

  test('is asked by one request whether it is back, and no other one waits for that', async () => {
    const { engine, cache, clock, warm, types } = make()
    const { id } = await warm()
    cache.set('get', 'hangs')
    await engine.load(id)
    cache.log.length = 0
    clock.advance(REST_MS)
    await Promise.all([engine.load(id), engine.load(id), engine.load(id)])
    assert.deepEqual(
      cache.log.filter((operation) => operation === 'get'),
      ['get'],
    )
    assert.deepEqual(types(), ['cache-failed', 'cache-failed'])
    await engine.close()
  })

  test('is not trusted afterwards with what it knew before', async () => {
    const { engine, cache, clock, warm } = make()
    const { id } = await warm()
    cache.cut()
    await engine.load(id)
    cache.mend()
    clock.advance(REST_MS)
    assert.equal((await engine.load(id))?.from, 'store', 'the copy is older than the outage')
    clock.advance(1)
    await engine.load(id)
    assert.equal((await engine.load(id))?.from, 'cache', 'and was confirmed anew')
    await engine.close()
  })
})

describe('an end that the cache could not be told', () => {
  test('says so, is retried, and reported when it arrived', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, cache, clock, inner, warm, events } = make()
    const { id } = await warm()
    cache.cut()
    assert.deepEqual(await engine.end(id), { outcome: 'deleted', propagated: false })
    assert.equal(await engine.load(id), undefined, 'this process knows')

    await retry(t)
    clock.advance(REST_MS)
    await retry(t)
    assert.equal(typeof (await inner.get(id)), 'object', 'still down')

    cache.mend()
    clock.advance(REST_MS)
    await retry(t)
    assert.equal(await inner.get(id), 'buried')
    assert.deepEqual(events.at(-1), { type: 'invalidation-retried', id, pending: 0 })
    await engine.close()
  })

  test('is accepted elsewhere for a minute at most', async () => {
    const { engine, other, cache, clock, warm } = make()
    const { id } = await warm()
    cache.cut()
    await engine.end(id)
    assert.equal((await other.load(id))?.from, 'cache', 'either may be seen while propagated is false')
    clock.advance(MINUTE)
    assert.equal(await other.load(id), undefined)
    await engine.close()
  })

  test('is retried for every session of a subject', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, other, cache, clock, warm, events } = make()
    const records = [await warm({ subject: 'ann' }), await warm({ subject: 'ann' }), await warm({ subject: 'ann' })]
    cache.cut()
    const { ids, propagated } = await engine.endAll('ann')
    assert.deepEqual([ids.length, propagated], [3, false])
    cache.mend()
    clock.advance(REST_MS)
    await retry(t)
    for (const { id } of records) assert.equal(await other.load(id), undefined)
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'invalidation-retried' ? [event.pending] : [])),
      [2, 1, 0],
    )
    await engine.close()
  })

  test('is told when the cache came back before the store had answered', async () => {
    const { engine, store, cache, clock, other, warm } = make()
    const { id } = await warm()
    cache.cut()
    const gate = store.hold('delete')
    const ending = engine.end(id)
    await gate.reached
    cache.mend()
    clock.advance(REST_MS)
    gate.open()
    assert.equal((await ending).propagated, true)
    assert.equal(await other.load(id), undefined)
    await engine.close()
  })

  test('is told no longer than a copy of it can live, however long the outage', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, cache, clock, warm, events } = make()
    const [first, second] = [await warm(), await warm()]
    cache.cut()
    await engine.end(first.id)
    clock.advance(1000)
    await engine.end(second.id)
    clock.advance(MINUTE - 1000)
    cache.mend()
    cache.log.length = 0
    await retry(t)
    assert.deepEqual(cache.log, ['bury buried'], 'the second')
    assert.deepEqual(
      events.filter(({ type }) => type === 'invalidation-retried'),
      [{ type: 'invalidation-retried', id: second.id, pending: 0 }],
    )
    await engine.close()
  })

  test('is not told again by the queue once it was told at another occasion', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, cache, clock, warm, types } = make()
    const { id } = await warm()
    cache.cut()
    await engine.end(id)
    cache.mend()
    clock.advance(REST_MS)
    assert.equal((await engine.end(id)).propagated, true)
    assert.equal(types().at(-1), 'cache-recovered', 'also when it shows by a burial')
    cache.log.length = 0
    await retry(t)
    assert.deepEqual(cache.log, [])
    await engine.close()
  })

  test('is not forgotten when an older write of the same session is told in between', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, cache, clock, inner, warm } = make()
    const record = await warm()
    cache.cut()
    await engine.update({ ...record, revision: 2 }, 1)
    cache.mend()
    clock.advance(REST_MS)
    const gate = cache.hold('put')
    await retry(t)
    await gate.reached
    cache.set('bury', 'fails')
    assert.equal((await engine.end(record.id)).propagated, false)
    gate.open()
    await turns()
    cache.mend()
    clock.advance(REST_MS)
    await retry(t)
    assert.equal(inner.get(record.id), 'buried')
    await engine.close()
  })

  test('is not told any more after close', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, cache, clock, warm } = make()
    const records = [await warm(), await warm()]
    cache.cut()
    for (const { id } of records) await engine.end(id)
    clock.advance(REST_MS)
    const gate = cache.holdBefore('bury')
    cache.mend()
    await retry(t)
    await gate.reached
    await engine.close()
    cache.log.length = 0
    gate.open()
    await turns()
    assert.deepEqual(cache.log, [])
  })

  test('does no harm when it had arrived after all, or arrives late', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, cache, clock, inner, warm } = make()
    const { id } = await warm()
    cache.set('bury', 'fails-after')
    assert.equal((await engine.end(id)).propagated, false)
    assert.equal(await inner.get(id), 'ending')
    cache.mend()
    clock.advance(REST_MS)
    await retry(t)
    assert.equal(await inner.get(id), 'buried')
    assert.equal(await engine.load(id), undefined)
    await engine.close()
  })

  test('and a burial that hangs holds nobody up', async () => {
    const { engine, cache, warm } = make()
    const { id } = await warm()
    cache.set('bury', 'hangs')
    assert.deepEqual(await engine.end(id), { outcome: 'deleted', propagated: false })
    await engine.close()
  })
})

describe('an end that the cache could not be told, asked for again', () => {
  const makeSessions = async () => {
    const it = make()
    const sessions = createSessions({ keys: [KEY], engine: it.engine, clock: it.clock })
    const elsewhere = createSessions({ keys: [KEY], engine: it.other, clock: it.clock })
    const first = await sessions.open({ headers: {} })
    await first.login('ann')
    const { setCookie } = await sessions.commit(first)
    const request = { headers: { cookie: setCookie?.split(';')[0] } }
    const open = async () => (await elsewhere.open(request)).subject
    assert.equal(await open(), 'ann', 'a copy is in the cache')
    return { ...it, sessions, elsewhere, open, request, id: String(first.id) }
  }

  test('by the same request, is as little told as before', async () => {
    const { sessions, cache, request, open } = await makeSessions()
    const session = await sessions.open(request)
    cache.cut()
    assert.deepEqual(await session.logout(), { propagated: false })
    assert.deepEqual(await session.logout(), { propagated: false })
    assert.equal(await open(), 'ann')
    await sessions.close()
  })

  for (const options of [{}, { subject: 'ann' }]) {
    test(`by revoke(id, ${JSON.stringify(options)}): it is told again, and then told`, async () => {
      const { sessions, elsewhere, cache, id, open } = await makeSessions()
      cache.cut()
      assert.deepEqual(await sessions.revoke(id, options), { revoked: true, propagated: false })
      assert.deepEqual(await sessions.revoke(id, options), { revoked: false, propagated: false })
      assert.equal(await open(), 'ann')
      assert.deepEqual(await elsewhere.revoke(id, options), { revoked: false, propagated: true })
      assert.equal(await open(), null)
      await sessions.close()
    })
  }
})

describe('a write that the cache could not be told', () => {
  test('is retried, and meanwhile this process reads the store', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, other, cache, clock, warm, types } = make()
    const record = await warm()
    cache.cut()
    clock.advance(10)
    await engine.update({ ...record, revision: 2 }, 1)
    assert.equal((await engine.load(record.id))?.record.revision, 2)
    assert.equal((await other.load(record.id))?.record.revision, 1, 'the cost of an outage: an older copy, briefly')
    cache.mend()
    clock.advance(REST_MS)
    await retry(t)
    const loaded = await other.load(record.id)
    assert.deepEqual([loaded?.record.revision, loaded?.from], [2, 'cache'])
    assert.ok(types().includes('invalidation-retried'))
    await engine.close()
  })

  test('does not come after the end of its session', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, other, cache, clock, inner, warm } = make()
    const record = await warm()
    cache.cut()
    await engine.update({ ...record, revision: 2 }, 1)
    await engine.end(record.id)
    cache.mend()
    clock.advance(REST_MS)
    await retry(t)
    assert.equal(await inner.get(record.id), 'buried')
    clock.advance(2 * MINUTE)
    await retry(t)
    assert.equal(await other.load(record.id), undefined)
    await engine.close()
  })

  test('does not take the place of an end that waits to be told', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { engine, store, other, cache, clock, inner, warm } = make()
    const record = await warm()
    const gate = store.hold('update')
    const slow = engine.update({ ...record, revision: 2 }, 1)
    await gate.reached
    cache.cut()
    assert.equal((await engine.end(record.id)).propagated, false)
    gate.open()
    await slow
    cache.mend()
    clock.advance(REST_MS)
    await retry(t)
    assert.equal(await inner.get(record.id), 'buried')
    assert.equal(await other.load(record.id), undefined)
    await engine.close()
  })

  test('costs the next writer one look at the store, however long the older copy stands', async () => {
    const { engine, store, clock } = make()
    const sessions = createSessions<{ count: number }>({ keys: [KEY], engine, clock })
    let id: string | null = null
    const visit = (cookie: string): Promise<Response> =>
      sessions.handle(new Request('http://localhost/', { headers: { cookie } }), (session) => {
        id = session.id
        session.update('count', (count = 0) => count + 1)
        return new Response()
      })
    const cookie = (await visit('')).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    await visit(cookie)
    const record = await store.find(id ?? '')
    assert.ok(record)
    await store.update({ ...record, revision: 3, data: '{"count":10}' }, 2)
    store.log.length = 0
    await visit(cookie)
    assert.deepEqual(store.log, ['update', 'find', 'update'])
    assert.equal((await store.find(record.id))?.data, '{"count":11}')
    await sessions.close()
  })
})
