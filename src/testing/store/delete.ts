import assert from 'node:assert/strict'
import { ENDING_SECONDS } from '../../core/record.ts'
import { IDLE_MS, newId, newRecord, parallel } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function deleteTests(storeTest: StoreTest): void {
  storeTest('ends a session for good', async (store, clock) => {
    const record = newRecord(clock.now(), { subject: 'ann' })
    await store.create(record)
    assert.equal(await store.delete(record.id), 'deleted')
    assert.equal(await store.find(record.id), undefined)
    assert.deepEqual(await store.listBySubject('ann'), [])
  })

  storeTest('answers gone for what is not there, or expired', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    await store.delete(record.id)
    assert.equal(await store.delete(record.id), 'gone')
    assert.equal(await store.delete(newId()), 'gone')
    const expired = newRecord(clock.now())
    await store.create(expired)
    clock.advance(IDLE_MS)
    assert.equal(await store.delete(expired.id), 'gone')
  })

  storeTest('is answered with deleted once, however many try at once', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    const outcomes = await parallel(20, () => store.delete(record.id))
    assert.equal(outcomes.filter((outcome) => outcome === 'deleted').length, 1)
  })

  storeTest('leaves an ending without a successor, for a minute', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    assert.equal(await store.findEnding(record.id), undefined, 'it lives')
    await store.delete(record.id)
    clock.advance(ENDING_SECONDS * 1000 - 1)
    assert.deepEqual(await store.findEnding(record.id), { successor: null })
    clock.advance(2)
    assert.equal(await store.findEnding(record.id), undefined)
  })

  storeTest('leaves no ending for an id never seen', async (store) => {
    const id = newId()
    await store.delete(id)
    assert.equal(await store.findEnding(id), undefined)
  })

  storeTest('cannot change where an ending points', async (store, clock) => {
    const [old, successor] = [newRecord(clock.now()), newRecord(clock.now())]
    await store.create(old)
    await store.replace(old.id, 1, successor)
    await store.delete(old.id)
    assert.deepEqual(await store.findEnding(old.id), { successor: successor.id })
  })
}
