import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type fc from 'fast-check'
import type { SessionCache } from '../../src/core/cache.ts'
import type { SessionStore } from '../../src/index.ts'
import { explore, refute } from './explore.ts'
import { exactly, type Happening, type Scenario } from './scenario.ts'
import { makeWorld, ONE_MEMORY_STORE, twoConnections, type Mutation, type WorldKind } from './world.ts'

// What the engines need, left out one at a time: the exploration has to notice. A part whose absence breaks nothing
// would be a part too many, or the exploration too weak to say anything. The engine is always the real one; the cache
// or the store that it is given behaves as if the engine lacked that part.

interface Mutant {
  readonly title: string
  readonly mutation: Mutation
  readonly scenarios: fc.Arbitrary<Scenario>
  /** Where the exploration begins: a seed that comes to it soon. */
  readonly seed?: number
  /** What breaks. */
  readonly breaks: RegExp
  readonly engine?: WorldKind['engine']
  readonly stores?: WorldKind['stores']
}

const ACCEPTED = /had ended, and a later request was accepted/
const FLAPPING = /was refused as ended, and a later request was accepted/
const LOST = /is lost|counts \d+ and holds \d+ keys/

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
const file = twoConnections(join(folder, 'sessions.sqlite'))
after(async () => {
  await file.close()
  rmSync(folder, { recursive: true })
})

const EVICTION: Happening = { kind: 'evict', browser: 0, after: 0 }
/** So late that the touch is urgent; then a moment that a slow cache may take. */
const LATE_TOUCH = exactly(
  [['touch'], ['logout']],
  [
    { kind: 'time passes', ms: 291_000, after: 0 },
    { kind: 'time passes', ms: 100, after: 0 },
    { kind: 'time passes', ms: 100, after: 0 },
  ],
)

const MUTANTS: readonly Mutant[] = [
  {
    title: 'a copy is filled in without a lease, wherever nothing newer stands',
    seed: 4,
    mutation: {
      cache: (cache) => ({
        ...faceOf(cache),
        lease: (id) => ({ id, nonce: '' }),
        fill: (copy) => fillAnyway(cache, copy),
      }),
    },
    scenarios: exactly([['read'], ['logout']], [EVICTION]),
    breaks: ACCEPTED,
  },
  {
    title: 'there is no mark while a session is ending',
    seed: 10,
    mutation: {
      cache: (cache) => ({
        ...faceOf(cache),
        bury: (id, mark) => (mark === 'ending' ? undefined : cache.bury(id, mark)),
      }),
    },
    scenarios: exactly([['read'], ['read', 'read'], ['logout']]),
    breaks: FLAPPING,
  },
  {
    title: 'a session is buried before the store has ended it',
    seed: 3,
    mutation: { cache: (cache) => ({ ...faceOf(cache), bury: (id) => cache.bury(id, 'buried') }) },
    scenarios: exactly([['read', 'read', 'read', 'read'], ['logout']], [EVICTION, EVICTION]),
    breaks: FLAPPING,
  },
  {
    title: 'there is no second burial, once the store has ended it',
    mutation: {
      cache: (cache) => ({
        ...faceOf(cache),
        bury: (id, mark) => (mark === 'buried' ? undefined : cache.bury(id, mark)),
      }),
    },
    scenarios: exactly([['read'], ['logout']], [EVICTION]),
    breaks: ACCEPTED,
  },
  {
    title: 'a touch lengthens the life of a copy, and the end does not reach the cache',
    seed: 8,
    mutation: {
      cache: (cache, clock) => ({
        ...deafToEnds(cache),
        put: (copy) => cache.put({ ...copy, confirmedAt: clock.now() }),
      }),
    },
    scenarios: LATE_TOUCH,
    breaks: ACCEPTED,
  },
  {
    title: 'a write breaks no lease',
    mutation: {
      cache: (cache) => ({
        ...faceOf(cache),
        put: (copy) => (cache.get(copy.record.id) === undefined ? undefined : cache.put(copy)),
      }),
    },
    scenarios: exactly([['read'], ['write'], ['read']]),
    breaks: LOST,
  },
  {
    title: 'a write makes an entry where there was none',
    mutation: { cache: (cache) => ({ ...faceOf(cache), put: (copy) => fillAnyway(cache, copy) }) },
    scenarios: exactly([['read'], ['write'], ['logout']], [EVICTION]),
    breaks: /is lost|had ended/,
  },
  {
    title: 'a cache in one process does not hear what another process changed',
    engine: 'process caches',
    stores: file.stores,
    mutation: { store: (store) => ({ ...store, changes: { poll: () => [] } }) },
    scenarios: exactly([['read'], ['read'], ['logout']]),
    breaks: ACCEPTED,
  },
  {
    title: 'a write inserts what is not there',
    engine: 'db',
    mutation: {
      store: (store) => ({
        ...store,
        async update(record, expected) {
          const outcome = await store.update(record, expected)
          return outcome === 'gone' && (await store.create(record)).outcome === 'created' ? 'updated' : outcome
        },
      }),
    },
    scenarios: exactly([['write'], ['logout']]),
    breaks: ACCEPTED,
  },
  {
    title: 'the last write wins',
    engine: 'db',
    mutation: {
      store: (store) => ({
        ...store,
        async update(record, expected) {
          const latest = await store.find(record.id)
          return store.update(record, latest?.revision ?? expected)
        },
      }),
    },
    scenarios: exactly([['write'], ['write'], ['write'], ['write']]),
    breaks: LOST,
  },
  {
    title: 'a cycle takes the place of whatever is there, in two steps',
    engine: 'db',
    mutation: {
      store: (store) => ({
        ...store,
        async replace(oldId, _expected, record, guard) {
          const created = await store.create(record, guard)
          if (created.outcome === 'created') await store.delete(oldId)
          return created
        },
      }),
    },
    scenarios: exactly([['write'], ['cycle'], ['cycle'], ['write']]),
    breaks: /is lost|counts|had ended/,
  },
  {
    title: 'nothing remembers what took the place of a session',
    engine: 'db',
    mutation: { store: (store) => ({ ...store, findEnding: async () => undefined }) },
    scenarios: exactly([['cycle'], ['logout']]),
    breaks: ACCEPTED,
  },
  {
    title: 'a login does not look at the epoch again when it is committed',
    engine: 'db',
    mutation: {
      store: (store) => ({ ...store, ...withoutGuard(store) }),
    },
    scenarios: exactly([['login since'], ['revoke all']]),
    breaks: ACCEPTED,
  },
]

describe('the exploration refutes an engine in which', () => {
  for (const {
    title,
    mutation,
    scenarios,
    breaks,
    engine = 'shared cache',
    stores = ONE_MEMORY_STORE,
    seed = 1,
  } of MUTANTS) {
    test(title, async (t) => {
      const world = makeWorld({ engine, stores, mutation })
      const broken = await refute(t, { runs: 1000, seed, scenarios, world })
      assert.match(broken ?? 'nothing', breaks)
    })
  }
})

test('a cache that never hears of an end is no refutation by itself: its copies live no longer than they may', (t) =>
  explore(t, {
    runs: 200,
    scenarios: LATE_TOUCH,
    world: makeWorld({ engine: 'shared cache', stores: ONE_MEMORY_STORE, mutation: { cache: deafToEnds } }),
  }))

/** A cache's operations, bound, so that some can be replaced. */
function faceOf(cache: SessionCache): SessionCache {
  return {
    scope: cache.scope,
    get: (id) => cache.get(id),
    lease: (id) => cache.lease(id),
    fill: (copy, lease) => cache.fill(copy, lease),
    put: (copy) => cache.put(copy),
    bury: (id, mark) => cache.bury(id, mark),
    forget: (ids) => cache.forget?.(ids),
  }
}

function deafToEnds(cache: SessionCache): SessionCache {
  return { ...faceOf(cache), bury: () => Promise.reject(new Error('the cache did not hear')) }
}

/** Stores a copy where nothing or an older one is. It leaves marks. */
function fillAnyway(cache: SessionCache, copy: Parameters<SessionCache['put']>[0]): void {
  const { id } = copy.record
  if (cache.get(id) !== undefined) {
    void cache.put(copy)
    return
  }
  const lease = cache.lease(id)
  if (lease !== undefined && !(lease instanceof Promise)) void cache.fill(copy, lease)
}

function withoutGuard(store: SessionStore): Pick<SessionStore, 'create' | 'replace'> {
  return {
    create: (record) => store.create(record),
    replace: (oldId, expected, record) => store.replace(oldId, expected, record),
  }
}
