import type { PostgresClient, SessionCache, SessionStore } from '../../src/index.ts'
import type { Mutant } from './plan.ts'

// Parts that break a promise. The memory of what was acknowledged has to notice each, or it would notice nothing.

/** Says that it has buried a session, and has not. */
export function deafCache(cache: SessionCache): SessionCache {
  return {
    scope: 'shared',
    get: (id) => cache.get(id),
    lease: (id) => cache.lease(id),
    fill: (copy, lease) => cache.fill(copy, lease),
    put: (copy) => cache.put(copy),
    bury: () => Promise.resolve(),
  }
}

export function spoiltStore(mutant: Mutant, store: SessionStore, pool: PostgresClient): SessionStore {
  if (mutant === 'upsert') return upsertingStore(store, pool)
  return mutant === 'write over' ? writingOver(store) : store
}

/** Writes what is not there, as many session stores do. */
function upsertingStore(store: SessionStore, pool: PostgresClient): SessionStore {
  return {
    ...store,
    async update(record, expected) {
      const outcome = await store.update(record, expected)
      if (outcome !== 'gone') return outcome
      await pool.query({ name: 'forget', text: 'DELETE FROM holdfast_sessions WHERE id = $1', values: [record.id] })
      return (await store.create(record)).outcome === 'created' ? 'updated' : outcome
    },
  }
}

/** The last write wins. */
export function writingOver(store: SessionStore): SessionStore {
  return {
    ...store,
    async update(record, expected) {
      const latest = await store.find(record.id)
      return store.update(record, latest?.revision ?? expected)
    },
  }
}
