import { test } from 'node:test'
import { redisCache } from '../../src/caches/redis.ts'
import { cacheContract } from '../../src/testing.ts'

import { LIBRARIES, newPrefix, NO_REDIS, useRedis, useRedisCluster } from '../support/redis.ts'
import { until } from '../support/until.ts'

const port = await useRedis()
const cluster = await useRedisCluster()

for (const library of LIBRARIES) {
  if (port === undefined || cluster === undefined) {
    test(`redisCache on ${library.name}`, { skip: NO_REDIS })
    continue
  }
  const client = await library.connect(port)
  cacheContract(`redisCache on ${library.name}`, ({ clock }) =>
    redisCache(client, { clock, prefix: newPrefix(), near: false }),
  )
  cacheContract(`redisCache on ${library.name} with its near cache`, async ({ clock }) => {
    const cache = redisCache(client, { clock, prefix: newPrefix() })
    await until(() => cache.near)
    return cache
  })
  const many = await library.connectCluster(cluster)
  cacheContract(`redisCache on ${library.name} in a cluster`, ({ clock }) =>
    redisCache(many, { clock, prefix: newPrefix() }),
  )
}
