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
  cacheContract('redisCache on node-redis', ({ clock }) => redisCache(client, { clock, prefix: `test:${newId()}:` }))
})

describe('ioredis', () => {
  const client = new IoRedis(URL, { lazyConnect: true })
  before(() => client.connect())
  after(() => client.quit())
  cacheContract('redisCache on ioredis', ({ clock }) => redisCache(client, { clock, prefix: `test:${newId()}:` }))
})
