import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import type { Clock, SessionRecord, SessionStore } from '../../src/index.ts'
import { fakeClock } from '../../src/testing.ts'
import { IDLE_MS, newId, newRecord, parallel } from '../../src/testing/records.ts'
import type { OwnServer } from '../support/servers.ts'

/** A server that other processes use too. */
export interface Database {
  readonly openStore: (options?: { clock: Clock }) => SessionStore
  /** Holds a session, as a transaction of somebody else does, until the work is done. */
  readonly holding: <T>(id: string, work: () => Promise<T>) => Promise<T>
}

/** What has to hold when several use one database at once, beyond the contract. */
export function atOnceTests({ openStore, holding }: Database): void {
  test('logins, a limit and a sign-out everywhere leave nobody who slipped past', async () => {
    await nobodySlipsPast(openStore(), openStore())
  })

  test('an update that waited for the end of its session answers gone, not stale', async () => {
    const store = openStore()
    for (const record of await many(store, 10, Date.now())) {
      const late = { ...record, revision: 2 }
      const calls = await holding(record.id, async () => {
        const both = [store.delete(record.id), store.update(late, 1)] as const
        await store.find(record.id) // By the time of this answer they wait.
        return both
      })
      const [ended, updated] = await Promise.all(calls)
      assert.equal(ended, 'deleted')
      assert.notEqual(updated, 'stale')
    }
  })

  test('two clearExpired share the work, and neither waits for somebody who holds a session', async () => {
    const clock = fakeClock()
    const store = openStore({ clock })
    const records = await many(store, 50, clock.now())
    clock.advance(IDLE_MS + 6 * 60_000)
    await holding(records[7]?.id ?? '', async () => {
      const [one, other] = await Promise.all([store.clearExpired(40), openStore({ clock }).clearExpired(40)])
      assert.equal(one + other, 49)
    })
    assert.equal(await store.clearExpired(40), 1)
  })

  test('clearExpired passes any number of sessions that were used since they were due', async () => {
    const clock = fakeClock()
    const store = openStore({ clock })
    const used = await many(store, 20, clock.now())
    await many(store, 3, clock.now())
    clock.advance(IDLE_MS - 1)
    await store.touch(used.map(({ id }) => ({ id, seenAt: clock.now() })))
    clock.advance(6 * 60_000)
    assert.deepEqual([await store.clearExpired(2), await store.clearExpired(2)], [2, 1])
    for (const { id } of used) assert.ok(await store.find(id))
    clock.advance(IDLE_MS)
    assert.equal(await store.clearExpired(100), 20)
  })

  test('clearExpired finds a session whose idle limit was shortened', async () => {
    const clock = fakeClock()
    const store = openStore({ clock })
    const [record] = await many(store, 1, clock.now())
    assert.equal(await store.update({ ...(record as SessionRecord), revision: 2, idleSeconds: 1 }, 1), 'updated')
    clock.advance(1000 + 5 * 60_000)
    assert.equal(await store.clearExpired(10), 1)
  })

  test('what is left of a session that ended is gone five minutes later, and counts as none', async () => {
    const clock = fakeClock()
    const store = openStore({ clock })
    const [record] = await many(store, 1, clock.now())
    const { id } = record as SessionRecord
    await store.delete(id)
    clock.advance(5 * 60_000 - 1)
    assert.equal(await store.clearExpired(10), 0)
    assert.deepEqual(await store.create(newRecord(clock.now(), { id })), { outcome: 'exists' })
    clock.advance(1)
    assert.equal(await store.clearExpired(10), 0)
    assert.equal((await store.create(newRecord(clock.now(), { id }))).outcome, 'created')
  })

  test('time is the server’s, unless a test brings its own', async () => {
    const store = openStore()
    const [live] = await many(store, 1, Date.now())
    const [expired] = await many(store, 1, Date.now() - IDLE_MS - 1000)
    assert.deepEqual(await store.find(live?.id ?? ''), live)
    assert.equal(await store.find(expired?.id ?? ''), undefined)
    assert.equal(await store.delete(live?.id ?? ''), 'deleted')
    assert.deepEqual(await store.findEnding(live?.id ?? ''), { successor: null })
  })
}

/** A database whose connections are counted, and whose sessions somebody else can hold. */
export interface Stubborn extends Pick<Database, 'holding'> {
  readonly openStore: (timeout: number, connections: number) => SessionStore
  /** Has the only connection of the store that was opened last, until the work is done. */
  readonly occupying: (work: () => Promise<void>) => Promise<void>
  /** Lets nobody read or write, until the work is done. */
  readonly locked: (work: () => Promise<void>) => Promise<void>
}

/** What has to hold when an answer takes too long. */
export function timeoutTests({ openStore, holding, occupying, locked }: Stubborn): void {
  test('a call that takes too long is an error, its connection is closed, and it has happened or it has not', async () => {
    const store = openStore(200, 1)
    const record = newRecord(Date.now(), { subject: 'ann' })
    await store.create(record)
    const late = { code: 'ERR_STORE', message: /did not answer within 200 ms, and may still do what it was asked/ }
    await holding(record.id, async () => {
      await assert.rejects(store.replace(record.id, 1, newRecord(Date.now(), { subject: 'ann' })), late)
      await assert.rejects(store.delete(record.id), late)
      assert.deepEqual(await store.find(record.id), record, 'the next call does not queue behind it')
    })
    for (const { id, revision } of await store.listBySubject('ann')) {
      const outcome = await store.update({ ...record, id, revision: 2 }, revision)
      assert.notEqual(outcome, 'stale')
    }
    assert.ok((await store.listBySubject('ann')).length <= 1, 'never both')
  })

  test('what waited in vain for a connection is not sent later', async () => {
    const store = openStore(200, 1)
    const record = newRecord(Date.now())
    await store.create(record)
    await occupying(() =>
      assert.rejects(store.delete(record.id), {
        code: 'ERR_STORE',
        message: /there was no connection to \w+ for 200 ms, and it was asked nothing/,
      }),
    )
    assert.deepEqual(await store.find(record.id), record)
  })

  test('clearExpired may take longer than a request may wait', async () => {
    const store = openStore(200, 2)
    await store.create(newRecord(1))
    let clearing: Promise<number> | undefined
    await locked(async () => {
      clearing = store.clearExpired(10)
      await assert.rejects(store.find(newId()), { code: 'ERR_STORE' })
    })
    assert.equal(await clearing, 1)
  })
}

/** The server dies under load and comes back with the same folder. */
export async function outlivesItsServer(server: OwnServer, store: SessionStore): Promise<void> {
  const kept = new Map<string, SessionRecord>()
  const ended: string[] = []
  const failed: unknown[] = []
  const writer = async (): Promise<void> => {
    for (;;) {
      const record = newRecord(Date.now(), { subject: 'ann' })
      const updated = { ...record, revision: 2, data: '{"a":1}' }
      await store.create(record)
      assert.equal(await store.update(updated, 1), 'updated')
      if (kept.size % 3 < 2) kept.set(record.id, updated)
      else {
        assert.equal(await store.delete(record.id), 'deleted')
        ended.push(record.id)
      }
    }
  }
  const writers = parallel(8, () => writer().catch((error: unknown) => failed.push(error)))
  while (ended.length < 20) await sleep(5)
  await server.kill()
  await writers
  await assert.rejects(store.find(kept.keys().next().value ?? ''), { code: 'ERR_STORE' })
  for (const error of failed) assert.equal((error as { code: unknown }).code, 'ERR_STORE', String(error))

  await server.start()
  for (const [id, record] of kept) assert.deepEqual(await store.find(id), record)
  for (const id of ended) assert.equal(await store.find(id), undefined)
}

/** Uses every verb once. */
export async function everyVerb(store: SessionStore): Promise<void> {
  const [old, record] = [newRecord(Date.now()), newRecord(Date.now(), { subject: newId() })]
  const subject = record.subject ?? ''
  await store.create(old)
  await store.replace(old.id, 1, record, { max: 1, epoch: 0 })
  await store.update({ ...record, revision: 2 }, 1)
  await store.touch([{ id: record.id, seenAt: Date.now() + 1 }])
  assert.equal((await store.find(record.id))?.revision, 2)
  assert.equal((await store.listBySubject(subject)).length, 1)
  assert.equal((await store.deleteBySubject(subject)).length, 1)
  assert.equal(await store.epoch(subject), 1)
  assert.equal(await store.delete(record.id), 'gone')
  assert.deepEqual(await store.findEnding(old.id), { successor: record.id })
  await many(store, 1, 1)
  assert.equal(await store.clearExpired(10), 1)
}

async function many(store: SessionStore, count: number, at: number): Promise<SessionRecord[]> {
  const records = Array.from({ length: count }, () => newRecord(at))
  await Promise.all(records.map((record) => store.create(record)))
  return records
}

/** Many log in through two handles, under a limit, while the subject is signed out everywhere. */
export async function nobodySlipsPast(one: SessionStore, other: SessionStore): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const subject = `ann ${round}`
    const login = (store: SessionStore) =>
      store.create(newRecord(Date.now(), { subject }), { epoch: 0, max: 5, policy: 'refuse' })
    const before = parallel(round, (index) => login(index % 2 === 0 ? one : other))
    const ending = one.deleteBySubject(subject)
    const logins = await Promise.all([before, parallel(20 - round, () => login(other))])
    const begun = logins.flat().filter(({ outcome }) => outcome === 'created')
    assert.equal((await ending).length, begun.length, 'it answers all who were in')
    assert.ok(begun.length <= 5)
    assert.deepEqual(await one.listBySubject(subject), [])
  }
}
