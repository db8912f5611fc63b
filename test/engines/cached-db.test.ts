import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SessionRecord } from '../../src/core/record.ts'
import { cachedDb, memoryCache, memoryStore, sqliteStore, type SessionStore } from '../../src/index.ts'
import { fakeClock } from '../../src/testing.ts'
import { IDLE_MS, newId, newRecord } from '../../src/testing/records.ts'
import { faultyCache, faultyStore } from '../support/faults.ts'

const MINUTE = 60_000

/** An engine on a real store and a shared cache, with one log of what it asks of both. */
function make(open: (clock: ReturnType<typeof fakeClock>) => SessionStore = (clock) => memoryStore({ clock })) {
  const clock = fakeClock()
  const log: string[] = []
  const inner = memoryCache({ clock })
  const store = faultyStore(open(clock), log)
  const cache = faultyCache(inner, log)
  const engine = cachedDb(store, cache, { clock })
  const begin = async (changes: Partial<SessionRecord> = {}): Promise<SessionRecord> => {
    const record = newRecord(clock.now(), changes)
    await engine.create(record)
    return record
  }
  /** A session that the cache has a copy of. */
  const warm = async (changes: Partial<SessionRecord> = {}): Promise<SessionRecord> => {
    const record = await begin(changes)
    await engine.load(record.id)
    assert.equal((await engine.load(record.id))?.from, 'cache')
    log.length = 0
    return record
  }
  return { clock, log, store, cache, inner, engine, begin, warm }
}

describe('cachedDb loads', () => {
  test('from the store once, then from the cache for a minute', async () => {
    const { engine, begin, clock, log } = make()
    const record = await begin()
    assert.deepEqual(await engine.load(record.id), { record, from: 'store' })
    clock.advance(MINUTE - 1)
    log.length = 0
    assert.deepEqual(await engine.load(record.id), { record, from: 'cache' })
    assert.deepEqual(log, ['get'])
    clock.advance(1)
    assert.equal((await engine.load(record.id))?.from, 'store')
  })

  test('from the store after a minute also when the cache does not let go', async () => {
    const clock = fakeClock()
    const standing = faultyCache(memoryCache({ clock: fakeClock(clock.now()) }))
    const engine = cachedDb(memoryStore({ clock }), standing, { clock })
    const record = newRecord(clock.now())
    await engine.create(record)
    await engine.load(record.id)
    clock.advance(MINUTE)
    assert.equal((await engine.load(record.id))?.from, 'store')
  })

  test('from the store when the copy is from the future: a clock was set back', async () => {
    const { engine, warm, store, clock } = make()
    const { id } = await warm()
    await store.delete(id)
    clock.advance(-60 * MINUTE)
    assert.equal(await engine.load(id), undefined)
  })

  test('for a minute from when the store was asked, not from when it had answered', async () => {
    const { engine, begin, store, clock } = make()
    const { id } = await begin()
    const askedAt = clock.now()
    const gate = store.hold('find')
    const loading = engine.load(id)
    await gate.reached
    clock.advance(5000)
    gate.open()
    await loading
    clock.set(askedAt + MINUTE - 1)
    assert.equal((await engine.load(id))?.from, 'cache')
    clock.advance(1)
    assert.equal((await engine.load(id))?.from, 'store')
  })

  test('at once from a cache inside the process', async () => {
    const clock = fakeClock()
    const store = memoryStore({ clock })
    const engine = cachedDb(store, memoryCache({ clock }), { clock })
    const record = newRecord(clock.now())
    await engine.create(record)
    await engine.load(record.id)
    assert.deepEqual(engine.load(record.id), { record, from: 'cache' })
  })

  test('nothing for a buried id, without asking the store', async () => {
    const { engine, warm, log } = make()
    const { id } = await warm()
    await engine.end(id)
    log.length = 0
    assert.equal(await engine.load(id), undefined)
    assert.deepEqual(log, ['get'])
  })

  test('from the store while a session is ending, and fills nothing', async () => {
    const { engine, warm, inner, log } = make()
    const { id } = await warm()
    await inner.bury(id, 'ending')
    assert.equal((await engine.load(id))?.from, 'store')
    assert.deepEqual(log, ['get', 'find'])
    assert.equal(await inner.get(id), 'ending')
  })

  test('from the store when the copy has expired: a cache may not end a session', async () => {
    const { engine, warm, store, clock } = make()
    const { id } = await warm({ idleSeconds: 10 })
    clock.advance(9_999)
    await store.touch([{ id, seenAt: clock.now() }])
    clock.advance(1)
    const loaded = await engine.load(id)
    assert.equal(loaded?.from, 'store')
    assert.equal(loaded.record.seenAt, clock.now() - 1)
  })

  test('leave no mark for an unknown id, so that it may be begun', async () => {
    const { engine, clock } = make()
    const record = newRecord(clock.now())
    assert.equal(await engine.load(record.id), undefined)
    await engine.create(record)
    assert.ok(await engine.load(record.id))
  })

  test('from the store, and fill nothing, while somebody else holds the lease', async () => {
    const { engine, begin, inner, log } = make()
    const { id } = await begin()
    await inner.lease(id)
    log.length = 0
    assert.equal((await engine.load(id))?.from, 'store')
    assert.deepEqual(log, ['get', 'lease', 'find'])
  })

  test('share one flight while it has not begun to read', async () => {
    const { engine, begin, log } = make()
    const { id } = await begin()
    const loaded = await Promise.all(Array.from({ length: 10 }, async () => engine.load(id)))
    assert.equal(loaded.filter((one) => one?.record.id === id).length, 10)
    assert.equal(log.filter((entry) => entry === 'find').length, 1)
  })
})

describe('cachedDb saves', () => {
  test('to the store first, then to the cache', async () => {
    const { engine, warm, log } = make()
    const record = await warm()
    const changed = { ...record, revision: 2, data: '{"a":1}' }
    assert.equal(await engine.update(changed, 1), 'updated')
    assert.deepEqual(log, ['update', 'put'])
    assert.deepEqual(await engine.load(record.id), { record: changed, from: 'cache' })
  })

  test('and a reader with older data cannot fill over it', async () => {
    const { engine, begin, store } = make()
    const record = await begin()
    const gate = store.hold('find')
    const slow = engine.load(record.id)
    await gate.reached
    await engine.update({ ...record, revision: 2 }, 1)
    gate.open()
    assert.equal((await slow)?.record.revision, 1, 'it began before the write')
    assert.equal((await engine.load(record.id))?.record.revision, 2)
  })

  test('bury what turns out to be gone', async () => {
    const { engine, warm, store, inner } = make()
    const [updated, touched] = [await warm(), await warm()]
    for (const { id } of [updated, touched]) await store.delete(id)
    assert.equal(await engine.update({ ...updated, revision: 2 }, 1), 'gone')
    assert.deepEqual(await engine.touch([{ id: touched.id, seenAt: touched.seenAt + 1 }]), [touched.id])
    for (const { id } of [updated, touched]) assert.equal(await inner.get(id), 'buried')
  })

  test('show a touch in the copy, which lives no longer for it', async () => {
    const { engine, warm, clock } = make()
    const { id } = await warm()
    const confirmedAt = clock.now()
    clock.advance(30_000)
    await engine.touch([{ id, seenAt: clock.now() }])
    const loaded = await engine.load(id)
    assert.deepEqual([loaded?.from, loaded?.record.seenAt], ['cache', clock.now()])
    clock.set(confirmedAt + MINUTE)
    assert.equal((await engine.load(id))?.from, 'store')
  })

  test('answer stale from the store, not from a copy that looks right', async () => {
    const { engine, warm, store, inner } = make()
    const record = await warm()
    await store.update({ ...record, revision: 2 }, 1)
    assert.equal(await engine.update({ ...record, revision: 2 }, 1), 'stale')
    assert.equal((await engine.loadFresh(record.id))?.revision, 2)
    const copy = await inner.get(record.id)
    assert.deepEqual(copy, { record, confirmedAt: record.createdAt }, 'what was not written is in no cache')
  })
})

describe('cachedDb ends', () => {
  test('in the order ending, store, buried', async () => {
    const { engine, warm, log } = make()
    const { id } = await warm()
    assert.deepEqual(await engine.end(id), { outcome: 'deleted', propagated: true })
    assert.deepEqual(log, ['bury ending', 'delete', 'bury buried'])
    assert.deepEqual(await engine.end(id), { outcome: 'gone', propagated: true })
  })

  test('nothing when the store fails: the session is alive', async () => {
    const { engine, warm, store } = make()
    const { id } = await warm({ subject: 'ann' })
    store.set('delete', 'fails')
    store.set('deleteBySubject', 'fails')
    await assert.rejects(engine.end(id))
    await assert.rejects(engine.endAll('ann'))
    assert.equal((await engine.load(id))?.from, 'store')
    store.set('delete', 'none')
    assert.equal((await engine.end(id)).outcome, 'deleted')
    assert.equal(await engine.load(id), undefined)
  })

  test('also when the store took it and failed to say so', async () => {
    const { engine, warm, store, clock } = make()
    const { id } = await warm()
    store.set('delete', 'fails-after')
    await assert.rejects(engine.end(id))
    assert.equal(await engine.load(id), undefined)
    clock.advance(MINUTE)
    assert.equal(await engine.load(id), undefined)
  })

  test('for good, whatever a slow reader still holds', async () => {
    const { engine, begin, store, inner, clock } = make()
    const { id } = await begin()
    const gate = store.hold('find')
    const slow = engine.load(id)
    await gate.reached
    await engine.end(id)
    gate.open()
    assert.ok(await slow, 'it began before the logout answered')
    assert.equal(await inner.get(id), 'buried', 'its fill was refused')
    assert.equal(await engine.load(id), undefined)
    clock.advance(MINUTE)
    assert.equal(await engine.load(id), undefined, 'nor does the copy appear when the mark is over')
  })

  test('and no later request joins an older flight, even while the cache is down', async () => {
    const { engine, begin, store, cache } = make()
    const { id } = await begin()
    cache.cut()
    const gate = store.hold('find')
    const slow = engine.load(id)
    await gate.reached
    assert.equal((await engine.end(id)).outcome, 'deleted')
    assert.equal(await engine.load(id), undefined)
    gate.open()
    assert.ok(await slow)
  })

  test('and a flight that waits for its lease reads the store after the logout', async () => {
    const { engine, begin, cache } = make()
    const { id } = await begin()
    const gate = cache.holdBefore('lease')
    const waiting = engine.load(id)
    await gate.reached
    await engine.end(id)
    const later = engine.load(id)
    gate.open()
    assert.deepEqual(await Promise.all([waiting, later]), [undefined, undefined])
  })

  test('all sessions of a subject but one, those begun meanwhile included', async () => {
    const { engine, warm, store, inner, clock } = make()
    const [kept, first] = [await warm({ subject: 'ann' }), await warm({ subject: 'ann' })]
    const late = newRecord(clock.now(), { subject: 'ann' })
    const gate = store.hold('listBySubject')
    const ending = engine.endAll('ann', kept.id)
    await gate.reached
    await store.create(late)
    await engine.load(late.id)
    gate.open()
    const { ids, propagated } = await ending
    assert.deepEqual([ids.toSorted(), propagated], [[first.id, late.id].toSorted(), true])
    for (const { id } of [first, late]) assert.equal(await inner.get(id), 'buried')
    assert.equal((await engine.load(kept.id))?.from, 'cache', 'the one that stays is not slowed down')
  })

  test('all sessions of a subject in the order ending, store, buried, and marks none that stays', async () => {
    const { engine, warm, log, inner } = make()
    const [gone, kept] = [await warm({ subject: 'ann' }), await warm({ subject: 'ann' })]
    log.length = 0
    assert.deepEqual(await engine.endAll('ann', kept.id), { ids: [gone.id], propagated: true })
    assert.deepEqual(log, ['listBySubject', 'bury ending', 'deleteBySubject', 'bury buried'])
    assert.equal(typeof inner.get(kept.id), 'object')
  })

  test('and says that not all is told when one of several could not be', async () => {
    const { engine, warm, cache, inner } = make()
    const [first] = [await warm({ subject: 'ann' }), await warm({ subject: 'ann' })]
    Object.assign(cache, {
      bury: (id: string, mark: 'ending' | 'buried') =>
        id === first.id && mark === 'buried' ? Promise.reject(new Error('no')) : inner.bury(id, mark),
    })
    const { ids, propagated } = await engine.endAll('ann')
    assert.deepEqual([ids.length, propagated], [2, false])
    await engine.close()
  })

  test('what a login replaces, in the same order; and buries what was gone already', async () => {
    const { engine, warm, log, inner, store, clock } = make()
    const [guest, gone] = [await warm(), await warm()]
    log.length = 0
    await engine.replace(guest.id, 1, newRecord(clock.now()))
    assert.deepEqual(log, ['bury ending', 'replace', 'bury buried'])
    await store.delete(gone.id)
    assert.equal((await engine.replace(gone.id, 1, newRecord(clock.now()))).outcome, 'gone')
    assert.equal(inner.get(gone.id), 'buried')
  })

  test('nothing by a login that the store refuses, and passes on why', async () => {
    const { engine, warm, clock } = make()
    const { id } = await warm({ subject: 'ann' })
    assert.deepEqual(await engine.create(newRecord(clock.now(), { subject: 'ann' }), { max: 1, policy: 'refuse' }), {
      outcome: 'refused',
      reason: 'max',
    })
    assert.deepEqual(await engine.create(newRecord(clock.now(), { id })), { outcome: 'exists' })
    assert.ok(await engine.load(id))
  })

  test('what a login replaces or evicts', async () => {
    const { engine, warm, inner, clock } = make()
    const [guest, oldest] = [await warm(), await warm({ subject: 'ann' })]
    const login = newRecord(clock.now() + 1, { subject: 'ann' })
    const result = await engine.replace(guest.id, 1, login, { max: 1 })
    assert.deepEqual(result, { outcome: 'created', evicted: [oldest.id], propagated: true })
    for (const { id } of [guest, oldest]) assert.equal(await inner.get(id), 'buried')
    assert.ok(await engine.load(login.id))

    await engine.create(newRecord(clock.now() + 2, { subject: 'ann' }), { max: 1 })
    assert.equal(await inner.get(login.id), 'buried')
  })

  test('nothing by a login that comes too late or is refused', async () => {
    const { engine, warm, clock } = make()
    const record = await warm({ subject: 'ann', revision: 2 })
    const login = newRecord(clock.now(), { subject: 'ann' })
    assert.equal((await engine.replace(record.id, 1, login)).outcome, 'stale')
    assert.equal((await engine.replace(record.id, 2, login, { epoch: 9 })).outcome, 'refused')
    assert.ok(await engine.load(record.id))
  })

  test('with time: an expired session is gone from store and cache alike', async () => {
    const { engine, warm, clock } = make()
    const { id } = await warm()
    clock.advance(IDLE_MS)
    assert.equal(await engine.load(id), undefined)
  })
})

describe('cachedDb on SQLite', () => {
  test('keeps the same order and the same promises', async () => {
    const { engine, warm, log, store } = make((clock) => sqliteStore(':memory:', { clock }))
    const record = await warm({ subject: 'ann' })
    await engine.update({ ...record, revision: 2 }, 1)
    await engine.end(record.id)
    assert.deepEqual(log, ['update', 'put', 'bury ending', 'delete', 'bury buried'])
    assert.equal(await engine.load(record.id), undefined)
    assert.equal(await engine.load(newId()), undefined)
    await store.close?.()
  })
})

describe('cachedDb passes on', () => {
  test('what only the store knows', async () => {
    const { engine, warm, clock } = make()
    const [record, other] = [await warm({ subject: 'ann' }), await warm({ subject: 'ann' })]
    assert.deepEqual(
      (await engine.listBySubject('ann')).map(({ id }) => id).toSorted(),
      [record.id, other.id].toSorted(),
    )
    await engine.end(other.id)
    assert.deepEqual(await engine.findEnding(other.id), { successor: null })
    await engine.endAll('bob')
    assert.equal(await engine.epoch('bob'), 1)
    clock.advance(IDLE_MS + 5 * MINUTE)
    assert.equal(await engine.clearExpired(10), 1)
    assert.equal(engine.name, 'cachedDb')
  })

  test('its end, to the store also when the cache cannot be closed', async () => {
    const closed: string[] = []
    const close = async (): Promise<void> => void closed.push('store')
    const engine = cachedDb(
      { ...memoryStore(), close },
      {
        ...faultyCache(memoryCache()),
        async close() {
          closed.push('cache')
          throw new Error('it is away')
        },
      },
    )
    await assert.rejects(engine.close(), /it is away/)
    assert.deepEqual(closed, ['cache', 'store'])
  })
})

describe('a cache inside one process', () => {
  test('is refused with a store that keeps another cache right already', async () => {
    const store = sqliteStore(':memory:')
    const cache = memoryCache()
    cachedDb(store, cache)
    cachedDb(store, cache)
    cachedDb(store, faultyCache(memoryCache()))
    assert.throws(() => cachedDb(store, memoryCache()), { code: 'ERR_CACHE_SCOPE', message: /tells another cache/ })
    await store.close?.()
  })

  test('that cannot forget what others changed is not believed, until it has something newer', async () => {
    const clock = fakeClock()
    const changed: string[] = []
    const inner = memoryStore({ clock })
    const store = { ...inner, changes: { poll: () => changed.splice(0) } }
    const cache = memoryCache({ clock })
    const forget = (): void => {
      throw new Error('it cannot')
    }
    const engine = cachedDb(store, { ...cache, forget }, { clock })
    const record = newRecord(clock.now())
    await engine.create(record)
    await engine.load(record.id)
    clock.advance(10)
    await inner.delete(record.id)
    changed.push(record.id)
    assert.equal(await engine.load(record.id), undefined)
    clock.advance(1000)
    assert.equal(await engine.load(record.id), undefined)
    await engine.close()
  })

  test('is refused with a store that cannot say what others changed', () => {
    const { changes: _, ...store } = memoryStore()
    assert.throws(() => cachedDb(store, memoryCache()), { code: 'ERR_CACHE_SCOPE', message: /reports no changes/ })
    cachedDb(store, faultyCache(memoryCache()))
  })
})
