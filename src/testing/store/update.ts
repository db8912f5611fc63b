import assert from 'node:assert/strict'
import { IDLE_MS, newRecord, parallel } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function updateTests(storeTest: StoreTest): void {
  storeTest('writes data, seenAt, idleSeconds, security and the revision it carries', async (store, clock) => {
    const record = newRecord(clock.now(), { subject: 'ann' })
    await store.create(record)
    const seenAt = clock.now() + 5
    const changed = { ...record, revision: 2, data: '{"a":1}', seenAt, idleSeconds: 60, security: '{"s":2}' }
    assert.equal(await store.update(changed, 1), 'updated')
    assert.deepEqual(await store.find(record.id), changed)
  })

  storeTest('never changes subject, createdAt and absoluteAt', async (store, clock) => {
    const record = newRecord(clock.now(), { subject: 'ann' })
    await store.create(record)
    const forged = { ...record, revision: 2, subject: 'eve', createdAt: 1, absoluteAt: record.absoluteAt + 1 }
    assert.equal(await store.update(forged, 1), 'updated')
    assert.deepEqual(await store.find(record.id), { ...record, revision: 2 })
    assert.deepEqual(await store.listBySubject('eve'), [])
    assert.equal((await store.listBySubject('ann')).length, 1)
  })

  storeTest('keeps the later seenAt', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    const touchedAt = clock.now() + 1000
    await store.touch([{ id: record.id, seenAt: touchedAt }])
    assert.equal(await store.update({ ...record, revision: 2 }, 1), 'updated')
    assert.equal((await store.find(record.id))?.seenAt, touchedAt)
  })

  storeTest('answers stale for another revision, and writes nothing', async (store, clock) => {
    const record = newRecord(clock.now(), { revision: 3 })
    await store.create(record)
    for (const expected of [2, 4]) {
      assert.equal(await store.update({ ...record, revision: 5, data: '{"late":true}' }, expected), 'stale')
    }
    assert.deepEqual(await store.find(record.id), record)
  })

  storeTest('answers gone for what is unknown, deleted or expired, and never inserts', async (store, clock) => {
    const [unknown, deleted] = [newRecord(clock.now()), newRecord(clock.now())]
    const expired = newRecord(clock.now(), { idleSeconds: 1 })
    await store.create(deleted)
    await store.create(expired)
    await store.delete(deleted.id)
    clock.advance(1000)
    for (const record of [unknown, deleted, expired]) {
      const late = { ...record, revision: 2, seenAt: clock.now(), idleSeconds: 3600 }
      assert.equal(await store.update(late, 1), 'gone')
      assert.equal(await store.find(record.id), undefined)
    }
  })

  storeTest('lets one of many writers with the same revision through', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    const outcomes = await parallel(20, (index) =>
      store.update({ ...record, revision: 2, data: JSON.stringify({ index }) }, 1),
    )
    assert.equal(outcomes.filter((outcome) => outcome === 'updated').length, 1)
    assert.equal(outcomes.filter((outcome) => outcome === 'stale').length, 19)
    const winner = outcomes.indexOf('updated')
    assert.equal((await store.find(record.id))?.data, JSON.stringify({ index: winner }))
  })

  storeTest('cannot bring back what a delete at the same time ended', async (store, clock) => {
    await parallel(10, async (index) => {
      const record = newRecord(clock.now())
      await store.create(record)
      const update = () => store.update({ ...record, revision: 2 }, 1)
      const remove = () => store.delete(record.id)
      const [, ended] = index % 2 === 0 ? await Promise.all([update(), remove()]) : await reversed(update, remove)
      assert.equal(ended, 'deleted')
      assert.equal(await store.find(record.id), undefined)
      assert.equal(await store.update({ ...record, revision: 3 }, 2), 'gone')
      assert.equal(await store.find(record.id), undefined)
    })
  })

  storeTest('may shorten and lengthen the idle limit of a live record', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    await store.update({ ...record, revision: 2, idleSeconds: 2 * record.idleSeconds }, 1)
    clock.advance(IDLE_MS + 1)
    assert.ok(await store.find(record.id))
    await store.update({ ...record, revision: 3, idleSeconds: 1 }, 2)
    assert.equal(await store.find(record.id), undefined)
  })
}

/** The second is begun first; the answers come in the order of the arguments. */
async function reversed<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const later = second()
  return Promise.all([first(), later])
}
