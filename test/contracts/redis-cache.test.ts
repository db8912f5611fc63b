import { Redis as IoRedis } from 'ioredis'
import { after, before, describe } from 'node:test'
import { createClient } from 'redis'
import { redisCache } from '../../src/caches/redis.ts'
import { cacheContract } from '../../src/testing.ts'
import { newId } from '../../src/testing/records.ts'

const URL = 'redis://127.0.0.1:6379'

describe('node-redis', () => {
  const client = createClient({ url: URL })
  before(() => client.connect())
  after(() => client.close())
  const prefix = (): string => `test:${newId()}:`
  cacheContract('redisCache', ({ clock }) => redisCache(client, { clock, prefix: prefix(), near: false }))
  cacheContract('redisCache with its near cache', async ({ clock }) => {
    const cache = redisCache(client, { clock, prefix: prefix() })
    await new Promise((resolve) => setTimeout(resolve, 20))
    return cache
  })
})

describe('ioredis', () => {
  const client = new IoRedis(URL, { lazyConnect: true })
  before(() => client.connect())
  after(() => client.quit())
  const prefix = (): string => `test:${newId()}:`
  cacheContract('redisCache', ({ clock }) => redisCache(client, { clock, prefix: prefix(), near: false }))
  cacheContract('redisCache with its near cache', async ({ clock }) => {
    const cache = redisCache(client, { clock, prefix: prefix() })
    await new Promise((resolve) => setTimeout(resolve, 20))
    return cache
  })
})
