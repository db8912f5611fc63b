import type { StoredEngine } from '../core/engine.ts'
import { inspectPart } from '../core/inspection.ts'
import type { SessionStore } from '../core/store.ts'
import { db } from './db.ts'

/**
 * Sessions in a store that may forget them: `memoryStore()`, or Redis without persistence. Django's `cache` engine.
 * A restart or an eviction signs people out; everything else holds as in `db`, compare-and-swap included, which is
 * why it takes a store and not a bare cache.
 */
export function cache(store: SessionStore): StoredEngine {
  return { ...db(store), name: 'cache', inspect: async () => [await inspectPart('forgetful', store)] }
}
