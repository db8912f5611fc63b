import { describe, test } from 'node:test'
import type { SessionCache } from '../core/cache.ts'
import { entryTests } from './cache/entries.ts'
import { leaseTests } from './cache/leases.ts'
import { lifeTests } from './cache/life.ts'
import { markTests } from './cache/marks.ts'
import { putTests } from './cache/put.ts'
import { inspectTest } from './inspect.ts'
import { fakeClock, type FakeClock } from './clock.ts'

/** Makes a fresh and empty cache that reads this clock. The suite closes it, if it has a `close`. */
export type MakeCache = (context: { readonly clock: FakeClock }) => SessionCache | Promise<SessionCache>

/** Registers one test on a cache of its own. */
export type CacheTest = (title: string, body: (cache: SessionCache, clock: FakeClock) => Promise<void>) => void

/**
 * Registers the tests that every cache must pass: each sentence of `SessionCache`'s documentation.
 *
 * @example
 * cacheContract('myCache', ({ clock }) => myCache({ clock }))
 */
export function cacheContract(name: string, makeCache: MakeCache): void {
  const cacheTest: CacheTest = (title, body) => {
    test(title, async () => {
      const clock = fakeClock()
      const cache = await makeCache({ clock })
      try {
        await body(cache, clock)
      } finally {
        await cache.close?.()
      }
    })
  }

  describe(`${name} keeps the cache contract`, () => {
    describe('entries', () => entryTests(cacheTest))
    describe('leases', () => leaseTests(cacheTest))
    describe('put', () => putTests(cacheTest))
    describe('marks', () => markTests(cacheTest))
    describe('life', () => lifeTests(cacheTest))
    describe('inspect', () => cacheTest('tells a system, and settings as text, if it is there', inspectTest))
  })
}
