import { describe, test } from 'node:test'
import type { SessionStore } from '../core/store.ts'
import { fakeClock, type FakeClock } from './clock.ts'
import { clearExpiredTests } from './store/clear-expired.ts'
import { createTests } from './store/create.ts'
import { deleteTests } from './store/delete.ts'
import { findTests } from './store/find.ts'
import { guardTests } from './store/guard.ts'
import { nowTests } from './store/now.ts'
import { replaceTests } from './store/replace.ts'
import { subjectTests } from './store/subjects.ts'
import { touchTests } from './store/touch.ts'
import { updateTests } from './store/update.ts'
import { valueTests } from './store/values.ts'

/** Makes a fresh and empty store that reads this clock. The suite closes it, if it has a `close`. */
export type MakeStore = (context: { readonly clock: FakeClock }) => SessionStore | Promise<SessionStore>

/** Registers one test on a store of its own. */
export type StoreTest = (title: string, body: (store: SessionStore, clock: FakeClock) => Promise<void>) => void

/**
 * Registers the tests that every store must pass: each sentence of `SessionStore`'s documentation.
 *
 * @example
 * storeContract('postgresStore', async ({ clock }) => postgresStore(await emptyPool(), { clock }))
 */
export function storeContract(name: string, makeStore: MakeStore): void {
  const storeTest: StoreTest = (title, body) => {
    test(title, async () => {
      const clock = fakeClock()
      const store = await makeStore({ clock })
      try {
        await body(store, clock)
      } finally {
        await store.close?.()
      }
    })
  }

  describe(`${name} keeps the store contract`, () => {
    describe('create', () => createTests(storeTest))
    describe('find', () => findTests(storeTest))
    describe('replace', () => replaceTests(storeTest))
    describe('update', () => updateTests(storeTest))
    describe('touch', () => touchTests(storeTest))
    describe('delete and findEnding', () => deleteTests(storeTest))
    describe('listBySubject, deleteBySubject and epoch', () => subjectTests(storeTest))
    describe('guard', () => guardTests(storeTest))
    describe('clearExpired', () => clearExpiredTests(storeTest))
    describe('now', () => nowTests(storeTest))
    describe('values', () => valueTests(storeTest))
  })
}
