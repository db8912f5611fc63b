import assert from 'node:assert/strict'
import { IDLE_MS, newId, newRecord, parallel } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function touchTests(storeTest: StoreTest): void {
  storeTest('moves seenAt forward and changes nothing else', async (store, clock) => {
    const record = newRecord(clock.now(), { subject: 'ann', revision: 4 })
    await store.create(record)
    assert.deepEqual(await store.touch([{ id: record.id, seenAt: clock.now() + 1000 }]), [])
    assert.deepEqual(await store.find(record.id), { ...record, seenAt: clock.now() + 1000 })
    assert.equal(await store.update({ ...record, revision: 5 }, 4), 'updated', 'the revision stood')
  })

  storeTest('never moves it back', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    const { id } = record
    assert.deepEqual(await store.touch([{ id, seenAt: clock.now() - 1 }]), [])
    assert.equal((await store.find(id))?.seenAt, record.seenAt)
    const times = [3, 9, 1, 7].map((ms) => clock.now() + ms)
    await store.touch(times.map((seenAt) => ({ id, seenAt })))
    assert.equal((await store.find(id))?.seenAt, clock.now() + 9, 'the latest of a batch')
    await parallel(20, (index) => store.touch([{ id, seenAt: clock.now() + ((index * 7) % 20) + 10 }]))
    assert.equal((await store.find(id))?.seenAt, clock.now() + 29, 'the latest of many at once')
  })

  storeTest('lengthens the life of a record by its idle limit, never past the absolute one', async (store, clock) => {
    const record = newRecord(clock.now(), { absoluteAt: clock.now() + 1.5 * IDLE_MS })
    await store.create(record)
    clock.advance(IDLE_MS - 1)
    await store.touch([{ id: record.id, seenAt: clock.now() }])
    clock.advance(IDLE_MS / 2)
    assert.ok(await store.find(record.id))
    clock.advance(1)
    assert.equal(await store.find(record.id), undefined)
  })

  storeTest('answers exactly the ids that are gone, and makes none of them', async (store, clock) => {
    const [live, deleted] = [newRecord(clock.now()), newRecord(clock.now())]
    const expired = newRecord(clock.now(), { idleSeconds: 1 })
    for (const record of [live, deleted, expired]) await store.create(record)
    await store.delete(deleted.id)
    clock.advance(1000)
    const gone = [deleted.id, expired.id, newId()]
    const answered = await store.touch([live.id, ...gone].map((id) => ({ id, seenAt: clock.now() })))
    assert.deepEqual(answered.toSorted(), gone.toSorted())
    for (const id of gone) assert.equal(await store.find(id), undefined)
    assert.equal((await store.find(live.id))?.seenAt, clock.now())
  })

  storeTest('takes none, and a thousand', async (store, clock) => {
    assert.deepEqual(await store.touch([]), [])
    const records = Array.from({ length: 20 }, () => newRecord(clock.now()))
    for (const record of records) await store.create(record)
    const unknown = Array.from({ length: 980 }, newId)
    const seenAt = clock.now() + 1
    const gone = await store.touch([...unknown, ...records.map(({ id }) => id)].map((id) => ({ id, seenAt })))
    assert.deepEqual(gone.toSorted(), unknown.toSorted())
    for (const { id } of records) assert.equal((await store.find(id))?.seenAt, seenAt)
  })
}
