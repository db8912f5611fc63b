import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'
import { NO_REDIS, useOwnRedis } from '../support/redis.ts'
import { explore, refute } from './explore.ts'
import { openRedisWorld, twoPools, type RedisWorld } from './redis-world.ts'
import { exactly, scenarios, type Bounds } from './scenario.ts'
import { makeWorld, type Mutation, type WorldKind } from './world.ts'

// The races of shared-cache.test.ts on real servers. A step takes a round trip here, so there are fewer schedules.

const WORLD: Bounds['happenings'] = ['time passes', 'evict', 'cache restarts', 'crash']

const [server, postgres] = [await useOwnRedis(), await usePostgres()]
if (server === undefined || postgres === undefined) {
  test('races on PostgreSQL and Redis', { skip: `${NO_POSTGRES}, or ${NO_REDIS}` })
} else {
  const stores = twoPools(postgres)
  for (const near of [false, true]) {
    const redis = await openRedisWorld(server.port, near)
    describe(`cachedDb(postgresStore, redisCache) ${near ? 'with' : 'without'} copies in each process`, () => {
      races(stores, redis)
      if (near) test('which answered', () => assert.ok(redis.nearAnswers() > 10, `${redis.nearAnswers()}`))
    })
  }
}

function races(stores: WorldKind['stores'], { sharedCache, fillAnyway }: RedisWorld): void {
  const kind = { engine: 'shared cache', stores, sharedCache } as const

  test('no schedule breaks a promise', (t) =>
    explore(t, {
      runs: 40,
      scenarios: scenarios({ happenings: WORLD, faults: { most: 3, parts: ['cache', 'cache', 'store'], upTo: 40 } }),
      world: makeWorld(kind),
    }))

  test('no stale fill: a reader misses, a logout or a write ends, the reader fills', (t) =>
    explore(t, { runs: 40, scenarios: STALE_FILL, world: makeWorld(kind) }))

  test('and a fill that does not look at its lease is refuted', async (t) => {
    const mutation: Mutation = { cache: (cache) => ({ ...cache, fill: fillAnyway }) }
    const broken = await refute(t, {
      runs: 400,
      seed: 4,
      scenarios: STALE_FILL,
      world: makeWorld({ ...kind, mutation }),
    })
    assert.match(broken ?? 'nothing', /had ended, and a later request was accepted|is lost|has old data/)
  })
}

const STALE_FILL = exactly([['read'], ['write', 'logout']], [{ kind: 'evict', browser: 0, after: 0 }])
