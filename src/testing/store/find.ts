import assert from 'node:assert/strict'
import { IDLE_MS, newId, newRecord } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function findTests(storeTest: StoreTest): void {
  storeTest('answers undefined for an unknown id', async (store) => {
    assert.equal(await store.find(newId()), undefined)
  })

  storeTest('answers many who ask at once each with their own', async (store, clock) => {
    const records = Array.from({ length: 100 }, () => newRecord(clock.now()))
    await Promise.all(records.map((record) => store.create(record)))
    const ids = records.flatMap(({ id }) => [id, newId(), id, 'Zoë 🦊'])
    const found = await Promise.all(ids.map((id) => store.find(id)))
    assert.deepEqual(
      found,
      records.flatMap((record) => [record, undefined, record, undefined]),
    )
  })

  storeTest('finds a record until its idle limit, and not at it', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    clock.advance(IDLE_MS - 1)
    assert.deepEqual(await store.find(record.id), record)
    clock.advance(1)
    assert.equal(await store.find(record.id), undefined)
  })

  storeTest('finds a record until its absolute limit, however lately it was seen', async (store, clock) => {
    const record = newRecord(clock.now(), { absoluteAt: clock.now() + 10_000 })
    await store.create(record)
    clock.advance(9_999)
    await store.touch([{ id: record.id, seenAt: clock.now() }])
    assert.ok(await store.find(record.id))
    clock.advance(1)
    assert.equal(await store.find(record.id), undefined)
  })
}
