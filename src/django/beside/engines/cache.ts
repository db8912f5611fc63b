import type { DjangoCache } from '../../caches/cache.ts'
import type { DjangoTable } from '../../tables/table.ts'
import type { DjangoEngine, Fresh, Kept } from '../engine.ts'

/** Django's `cache`: each session is an entry of the cache, and nowhere else. The tables are asked about users alone. */
export function cacheEngine(cache: DjangoCache, table: DjangoTable): DjangoEngine {
  const load = async (key: string): Promise<Kept | undefined> => {
    const cached = await cache.get(entryOf(key))
    return cached && { key, data: cached.json, version: cached.stored }
  }
  /** As it is stored now: the cache alone knows the bytes. What has ended since, or had no time to live, was written. */
  const stored = async ({ key, data }: Fresh): Promise<Kept> => (await load(key)) ?? { key, data, version: NOTHING }
  const add = ({ key, data, ageSeconds }: Fresh): Promise<boolean> => cache.add(entryOf(key), data, ageSeconds)

  return {
    name: 'cache',
    load,
    loadFresh: load,
    async create(fresh) {
      return (await add(fresh)) ? stored(fresh) : 'exists'
    },
    async swap(next, base) {
      const outcome = await cache.swap(entryOf(next.key), bytesOf(base), next.data, next.ageSeconds)
      return outcome === 'updated' ? stored(next) : outcome
    },
    async replace(base, next) {
      if (!(await add(next))) return 'exists'
      // Without time to live it is a removal, if it is what was seen.
      const outcome = await cache.swap(entryOf(base.key), bytesOf(base), EMPTY, 0)
      if (outcome === 'updated') return stored(next)
      await cache.delete(entryOf(next.key))
      return outcome
    },
    end: async (key) => ({ ended: await cache.delete(entryOf(key)), propagated: true }),
    findUser: (pk) => table.findUser(pk),
    clearExpired: async () => 0, // Time ends them in the cache itself.
    close: () => table.close(),
  }
}

function entryOf(key: string): string {
  return `django.contrib.sessions.cache${key}`
}

function bytesOf({ version }: Kept): Buffer {
  return Buffer.isBuffer(version) ? version : NOTHING
}

const NOTHING = Buffer.alloc(0)
const EMPTY = '{}'
