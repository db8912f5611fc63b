import { after } from 'node:test'
import type { SessionCache } from '../../src/core/cache.ts'
import { postgresStore, redisCache, type RedisCache } from '../../src/index.ts'
import { writeCopy } from '../../src/caches/redis/entry.ts'
import { newCopy, withRecord } from '../../src/testing/cache/copies.ts'
import type { FakeClock } from '../../src/testing.ts'
import type { NodeRedis } from '../../src/redis/client.ts'
import { openPool, type Postgres } from '../support/postgres.ts'
import { LIBRARIES, newPrefix } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { movable, type SharedCache, type WorldKind } from './world.ts'

/** A real Redis as the cache of two processes, for all races of a suite: each race has ids of its own. */
export interface RedisWorld {
  readonly sharedCache: (clock: FakeClock) => SharedCache
  /** Stores a copy, whatever stands there. */
  readonly fillAnyway: SessionCache['fill']
  /** How often a process answered from its own copies. */
  readonly nearAnswers: () => number
}

/**
 * @param near Whether the processes keep copies of their own. Then no change is over before both have heard of it: the
 * promise allows them a moment, which no schedule decides about.
 */
export async function openRedisWorld(port: number, near: boolean): Promise<RedisWorld> {
  const clock = movable()
  const prefix = newPrefix()
  const [library] = LIBRARIES
  const connect = async (): Promise<NodeRedis> => (await library?.connect(port)) as NodeRedis
  const open = async (): Promise<RedisCache> =>
    redisCache(await connect(), { prefix, clock, ...(near ? {} : { near }) })
  const [here, there, teller] = [await open(), await open(), await connect()]
  after(() => Promise.all([here.close?.(), there.close?.()]))
  if (near) await until(() => here.near && there.near)

  const del = (pattern: readonly string[]): Promise<unknown> => teller.sendCommand(['DEL', 'nothing', ...pattern])
  const set = (id: string, text: string): Promise<unknown> =>
    teller.sendCommand(['SET', prefix + id, text, 'PX', '60000'])

  /** It lives for ever, as far as the clock of a race goes. */
  const witness = newCopy(clock.now() + 100 * 365 * 24 * 3600 * 1000)
  let revision = 1
  let nearAnswers = 0

  /** Redis tells of changes in order: who has heard of this one has heard of all before it. */
  async function bothHear(): Promise<void> {
    revision++
    const latest = withRecord(witness, { revision })
    await set(witness.record.id, writeCopy(latest, latest.confirmedAt))
    for (const one of [here, there]) {
      for (;;) {
        const found = await one.get(witness.record.id)
        if (typeof found === 'object' && found.record.revision === revision) break
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  function heard(cache: SessionCache): SessionCache {
    if (!near) return cache
    const told = async <T>(change: Promise<T>): Promise<T> => {
      const answer = await change
      await bothHear()
      return answer
    }
    return {
      scope: 'shared',
      get(id) {
        const found = cache.get(id)
        if (!(found instanceof Promise)) nearAnswers++
        return found
      },
      lease: (id) => told(Promise.resolve(cache.lease(id))),
      fill: (copy, lease) => told(Promise.resolve(cache.fill(copy, lease))),
      put: (copy) => told(Promise.resolve(cache.put(copy))),
      bury: (id, mark) => told(Promise.resolve(cache.bury(id, mark))),
    }
  }

  return {
    nearAnswers: () => nearAnswers,
    sharedCache(raceClock) {
      clock.follow(raceClock)
      return {
        seen: [heard(here), heard(there)],
        async forget(ids) {
          const keys =
            ids === 'all'
              ? ((await teller.sendCommand(['KEYS', `${prefix}*`])) as string[])
              : ids.map((id) => prefix + id)
          await del(keys.filter((key) => key !== prefix + witness.record.id))
          if (near) await bothHear()
        },
      }
    },
    async fillAnyway(copy) {
      await set(copy.record.id, writeCopy(copy, copy.confirmedAt + 60_000))
      if (near) await bothHear()
    },
  }
}

/** Two processes with a pool each. */
export function twoPools({ url }: Postgres): WorldKind['stores'] {
  const clock = movable()
  const pools = [
    openPool(url, { max: 2, idleTimeoutMillis: 0 }),
    openPool(url, { max: 2, idleTimeoutMillis: 0 }),
  ] as const
  after(() => Promise.all(pools.map((pool) => pool.end())))
  const stores = [postgresStore(pools[0], { clock }), postgresStore(pools[1], { clock })] as const
  return (now) => (clock.follow(now), stores)
}
