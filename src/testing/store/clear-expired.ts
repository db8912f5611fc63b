import assert from 'node:assert/strict'
import type { SessionRecord } from '../../core/record.ts'
import type { SessionStore } from '../../core/store.ts'
import { IDLE_MS, newRecord } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

const MARGIN_MS = 5 * 60 * 1000

export function clearExpiredTests(storeTest: StoreTest): void {
  storeTest('deletes what expired five minutes ago, and nothing younger', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    clock.advance(IDLE_MS + MARGIN_MS - 1)
    assert.equal(await store.clearExpired(10), 0)
    assert.equal(await isKept(store, record), true)
    clock.advance(1)
    assert.equal(await store.clearExpired(10), 1)
    assert.equal(await isKept(store, record), false)
  })

  storeTest('deletes at most the limit, and goes on at the next call', async (store, clock) => {
    for (let count = 0; count < 7; count++) await store.create(newRecord(clock.now(), { subject: 'ann' }))
    clock.advance(IDLE_MS + MARGIN_MS)
    const counts = [await store.clearExpired(3), await store.clearExpired(3), await store.clearExpired(3)]
    assert.deepEqual(counts, [3, 3, 1])
    assert.equal(await store.clearExpired(3), 0)
  })

  storeTest('never deletes a live one', async (store, clock) => {
    const [touched, updated, dead] = [newRecord(clock.now()), newRecord(clock.now()), newRecord(clock.now())]
    for (const record of [touched, updated, dead]) await store.create(record)
    clock.advance(IDLE_MS - 1)
    await store.touch([{ id: touched.id, seenAt: clock.now() }])
    await store.update({ ...updated, revision: 2, seenAt: clock.now() }, 1)
    clock.advance(MARGIN_MS + 1)
    assert.equal(await store.clearExpired(10), 1)
    assert.ok(await store.find(touched.id))
    assert.ok(await store.find(updated.id))
  })
}

/** An expired record cannot be found, but its id is taken. */
async function isKept(store: SessionStore, { id }: SessionRecord): Promise<boolean> {
  const { outcome } = await store.create(newRecord(0, { id, absoluteAt: 1 }))
  return outcome === 'exists'
}
