import { CACHE_SECONDS, type Answer, type Copy, type Mark, type SessionCache } from '../core/cache.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import type { Ended, EndedAll, Loaded, StoredEngine } from '../core/engine.ts'
import { HoldfastError } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import { isExpired } from '../core/record.ts'
import { alter } from '../core/security.ts'
import type { ChangeFeed, SessionStore } from '../core/store.ts'
import { guardCache } from './cached-db/guarded-cache.ts'

export interface CachedDbOptions {
  /** Milliseconds a shared cache may take to answer before the store is asked alone. Default 250. */
  readonly timeout?: number
  /** Where time is read while no sessions have brought theirs; for tests. */
  readonly clock?: Clock
}

/**
 * Sessions in a store, read from a cache. Django's `cached_db` engine, without its stale fills.
 *
 * What it promises: once `logout` or `revoke` has answered `propagated: true`, no request that starts later is
 * accepted anywhere; with `propagated: false`, none later than the cache lifetime (60 s) after the store's delete.
 * Losing the cache loses nothing.
 *
 * @example
 * createSessions({ keys, engine: cachedDb(sqliteStore('sessions.sqlite'), memoryCache()) })
 */
export function cachedDb(store: SessionStore, cache: SessionCache, options: CachedDbOptions = {}): StoredEngine {
  let clock = options.clock ?? systemClock
  const changes = feedFor(store, cache)
  const guarded = guardCache(cache, clock, options.timeout ?? 250)
  /** Store reads that have not begun yet, so that requests may still join them. */
  const flights = new Map<string, Promise<Loaded | undefined>>()

  return {
    kind: 'stored',
    name: 'cachedDb',
    time: store,
    load(id) {
      // Check, look-up and use in one synchronous block: whatever another process ended before now is known here.
      const changed = changes?.poll() ?? []
      if (changed.length > 0) guarded.forget(changed)
      const found = guarded.get(id)
      return found instanceof Promise ? found.then((answer) => use(id, answer)) : use(id, found)
    },
    loadFresh: (id) => store.find(id),
    async create(record, guard) {
      const result = await surely(store.create(record, guard))
      return result.outcome === 'created' ? { ...result, propagated: await buryAll(result.evicted, 'buried') } : result
    },
    async replace(oldId, expected, record, guard) {
      await guarded.bury(oldId, 'ending')
      const result = await surely(store.replace(oldId, expected, record, guard))
      if (result.outcome === 'gone') await guarded.bury(oldId, 'buried')
      if (result.outcome !== 'created') return result
      return { ...result, propagated: await buryAll([oldId, ...result.evicted], 'buried') }
    },
    async update(record, expected) {
      const confirmedAt = clock.now()
      const outcome = await surely(store.update(record, expected))
      if (outcome === 'updated') await guarded.put({ record, confirmedAt })
      if (outcome === 'gone') await guarded.bury(record.id, 'buried')
      return outcome
    },
    async touch(touches) {
      const gone = await surely(store.touch(touches))
      const dead = new Set(gone)
      await Promise.all(
        touches.map(({ id, seenAt }) => (dead.has(id) ? guarded.bury(id, 'buried') : showTouch(id, seenAt))),
      )
      return gone
    },
    async end(id): Promise<Ended> {
      await guarded.bury(id, 'ending')
      const outcome = await surely(store.delete(id))
      return { outcome, propagated: await guarded.bury(id, 'buried') }
    },
    async endAll(subject, except): Promise<EndedAll> {
      const doomed = (await store.listBySubject(subject)).filter(({ id }) => id !== except)
      await buryAll(
        doomed.map(({ id }) => id),
        'ending',
      )
      const ids = await surely(store.deleteBySubject(subject, except))
      return { ids, propagated: await buryAll(ids, 'buried') }
    },
    findEnding: (id) => store.findEnding(id),
    listBySubject: (subject) => store.listBySubject(subject),
    epoch: (subject) => store.epoch(subject),
    clearExpired: (limit) => store.clearExpired(limit),
    migrate: async (options) => store.migrate?.(options) ?? [],
    attach(emit: Emit, shared: Clock) {
      clock = shared
      guarded.attach(emit, shared)
      cache.follow?.(shared)
    },
    async close() {
      guarded.close()
      try {
        await cache.close?.()
      } finally {
        await store.close?.()
      }
    },
  }

  function use(id: string, found: Copy | Mark | undefined): Answer<Loaded | undefined> {
    if (found === 'buried') return undefined
    if (found === 'ending') return readStore(id)
    if (found === undefined || !isUsable(found)) return miss(id)
    return { record: found.record, from: 'cache' }
  }

  /** A cache may not end a session: an expired copy is a miss, because the store may have seen it since. */
  function isUsable({ record, confirmedAt }: Copy): boolean {
    const now = clock.now()
    // One from the future is of nobody knows what age: a clock was set back, or another's is ahead.
    const isYoung = Math.abs(now - confirmedAt) < CACHE_SECONDS * 1000
    return isYoung && confirmedAt > guarded.distrustedUntil() && !isExpired(record, now)
  }

  /** One flight per id. It may be joined until its store read begins: later requests must not see older news. */
  function miss(id: string): Promise<Loaded | undefined> {
    const boarding = flights.get(id)
    if (boarding !== undefined) return boarding
    const flight = fetch(id)
    flights.set(id, flight)
    return flight
  }

  async function fetch(id: string): Promise<Loaded | undefined> {
    let lease
    try {
      lease = await guarded.lease(id)
    } finally {
      flights.delete(id)
    }
    const confirmedAt = clock.now()
    const loaded = await readStore(id)
    if (loaded !== undefined && lease !== undefined) await guarded.fill({ record: loaded.record, confirmedAt }, lease)
    return loaded
  }

  async function readStore(id: string): Promise<Loaded | undefined> {
    const record = await store.find(id)
    return record && { record, from: 'store' }
  }

  /** Only its `seenAt` is newer: a touch does not tell what else the store holds, so it lengthens no copy's life. */
  async function showTouch(id: string, seenAt: number): Promise<void> {
    const copy = await guarded.get(id)
    if (typeof copy === 'object' && copy.record.seenAt < seenAt) {
      await guarded.put({ ...copy, record: alter(copy.record, { seenAt }) })
    }
  }

  /** A write that failed may have been done all the same, and the feed tells nothing of what this process did itself. */
  async function surely<T>(write: Promise<T>): Promise<T> {
    try {
      return await write
    } catch (error) {
      if (changes !== undefined) guarded.forget('all')
      throw error
    }
  }

  async function buryAll(ids: readonly string[], mark: Mark): Promise<boolean> {
    const answers = await Promise.all(ids.map((id) => guarded.bury(id, mark)))
    return answers.every(Boolean)
  }
}

/** A cache inside one process is right only as long as it hears everything that others do. */
function feedFor(store: SessionStore, cache: SessionCache): ChangeFeed | undefined {
  if (cache.scope === 'shared') return undefined
  const { changes } = store
  if (changes === undefined) throw new HoldfastError('ERR_CACHE_SCOPE', 'its store reports no changes')
  if (cache.forget === undefined) throw new HoldfastError('ERR_CACHE_SCOPE', 'it has no forget()')
  if ((listeners.get(changes) ?? cache) !== cache) {
    throw new HoldfastError('ERR_CACHE_SCOPE', 'its store tells another cache already, and would not tell this one')
  }
  listeners.set(changes, cache)
  return changes
}

/** A feed tells each change once, and nothing of what went through its own store. So it can keep one cache right. */
const listeners = new WeakMap<ChangeFeed, SessionCache>()
