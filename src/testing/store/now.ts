import assert from 'node:assert/strict'
import type { StoreTest } from '../store-contract.ts'

export function nowTests(storeTest: StoreTest): void {
  storeTest('is the time that expires records, if there is one', async (store, clock) => {
    if (store.now === undefined) return
    assert.equal(await store.now(), clock.now())
    clock.advance(1234)
    assert.equal(await store.now(), clock.now())
  })
}
