import { after, describe, test } from 'node:test'
import { explore } from './explore.ts'
import { scenarios, type Bounds } from './scenario.ts'
import { makeWorld, ONE_MEMORY_STORE, oneSqliteStore } from './world.ts'

// The promises of cachedDb with one cache for two processes, which is evicted, restarted, deaf or late.

const sqlite = oneSqliteStore()
after(() => sqlite.close())

const ALL_FAULTS: Bounds['faults'] = { most: 3, parts: ['cache', 'cache', 'store'], upTo: 40 }
const CACHE_WORLD: Bounds['happenings'] = ['time passes', 'evict', 'cache restarts', 'crash']

describe('no schedule breaks a promise', () => {
  test('of cachedDb with a shared cache that works', (t) =>
    explore(t, {
      runs: 300,
      scenarios: scenarios({ happenings: CACHE_WORLD }),
      world: makeWorld({ engine: 'shared cache', stores: ONE_MEMORY_STORE }),
    }))

  test('of cachedDb with a shared cache that loses operations and answers', (t) =>
    explore(t, {
      runs: 500,
      scenarios: scenarios({ happenings: CACHE_WORLD, faults: ALL_FAULTS }),
      world: makeWorld({ engine: 'shared cache', stores: ONE_MEMORY_STORE }),
    }))

  test('of cachedDb with a shared cache for processes whose clocks differ by ten minutes', (t) =>
    explore(t, {
      runs: 300,
      scenarios: scenarios({ happenings: CACHE_WORLD, faults: ALL_FAULTS }),
      world: makeWorld({ engine: 'shared cache', stores: ONE_MEMORY_STORE, skew: 300_000 }),
    }))

  test('of cachedDb with a shared cache over sqliteStore', (t) =>
    explore(t, {
      runs: 150,
      scenarios: scenarios({ happenings: CACHE_WORLD, faults: ALL_FAULTS }),
      world: makeWorld({ engine: 'shared cache', stores: sqlite.stores }),
    }))
})
