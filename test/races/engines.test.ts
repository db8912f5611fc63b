import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { explore } from './explore.ts'
import { DEEDS, scenarios, type Bounds } from './scenario.ts'
import { makeWorld, ONE_MEMORY_STORE, oneSqliteStore, twoConnections } from './world.ts'

// Promises 1, 2 and 3 of every engine, under schedules that nobody has thought of: what has ended is refused by every
// request that starts later, whoever comes with whichever cookie; what was acknowledged is there; a cache that is
// evicted, restarted, deaf or late changes none of it for longer than the life of a copy.

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
const sqlite = oneSqliteStore()
const file = twoConnections(join(folder, 'sessions.sqlite'))
after(async () => {
  await Promise.all([sqlite.close(), file.close()])
  rmSync(folder, { recursive: true })
})

const STORE_FAULTS: Bounds['faults'] = { most: 1, parts: ['store'], upTo: 20 }

describe('no schedule breaks a promise', () => {
  test('of db over memoryStore', (t) =>
    explore(t, {
      runs: 300,
      scenarios: scenarios({ happenings: ['time passes', 'crash'], faults: STORE_FAULTS }),
      world: makeWorld({ engine: 'db', stores: ONE_MEMORY_STORE }),
    }))

  test('of db over sqliteStore', (t) =>
    explore(t, {
      runs: 150,
      scenarios: scenarios({ happenings: ['time passes', 'crash'], faults: STORE_FAULTS }),
      world: makeWorld({ engine: 'db', stores: sqlite.stores }),
    }))

  test('of cache over memoryStore', (t) =>
    explore(t, {
      runs: 100,
      scenarios: scenarios({ happenings: ['time passes', 'crash'], faults: STORE_FAULTS }),
      world: makeWorld({ engine: 'cache', stores: ONE_MEMORY_STORE }),
    }))

  test('of cachedDb with a cache in each of two processes on one file', (t) =>
    explore(t, {
      runs: 200,
      scenarios: scenarios({ happenings: ['time passes', 'evict', 'cache restarts', 'crash'], faults: STORE_FAULTS }),
      world: makeWorld({ engine: 'process caches', stores: file.stores }),
    }))

  test('of signedCookies with endings, as far as it promises', (t) =>
    explore(t, {
      runs: 300,
      sealed: true,
      scenarios: scenarios({
        deeds: DEEDS.filter((deed) => deed !== 'take'),
        happenings: ['time passes', 'crash'],
        faults: STORE_FAULTS,
        limits: [undefined],
      }),
      world: makeWorld({ engine: 'signed cookies', stores: ONE_MEMORY_STORE }),
    }))
})
