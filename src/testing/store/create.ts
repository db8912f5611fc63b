import assert from 'node:assert/strict'
import { IDLE_MS, newRecord, parallel } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function createTests(storeTest: StoreTest): void {
  storeTest('inserts every field', async (store, clock) => {
    const record = newRecord(clock.now(), { subject: 'ann', data: '{"a":1}', security: '{"s":1}', revision: 7 })
    assert.deepEqual(await store.create(record), { outcome: 'created', evicted: [] })
    assert.deepEqual(await store.find(record.id), record)
  })

  storeTest('answers exists when the id is taken, and leaves what is there', async (store, clock) => {
    const record = newRecord(clock.now(), { data: '{"first":true}' })
    await store.create(record)
    assert.deepEqual(await store.create({ ...record, data: '{"first":false}' }), { outcome: 'exists' })
    assert.deepEqual(await store.find(record.id), record)
  })

  storeTest('answers exists when the id is taken by an expired record', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    clock.advance(IDLE_MS)
    assert.deepEqual(await store.create(newRecord(clock.now(), { id: record.id })), { outcome: 'exists' })
    assert.equal(await store.find(record.id), undefined)
  })

  storeTest('gives one id to one of many at once', async (store, clock) => {
    const { id } = newRecord(clock.now())
    const outcomes = await parallel(20, (index) =>
      store.create(newRecord(clock.now(), { id, data: JSON.stringify({ index }) })),
    )
    const winner = outcomes.findIndex(({ outcome }) => outcome === 'created')
    assert.equal(outcomes.filter(({ outcome }) => outcome === 'exists').length, 19)
    assert.equal((await store.find(id))?.data, JSON.stringify({ index: winner }))
  })
}
