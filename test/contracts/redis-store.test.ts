import { test } from 'node:test'
import { redisStore } from '../../src/stores/redis.ts'
import { storeContract } from '../../src/testing.ts'
import { LIBRARIES, newPrefix, NO_REDIS, useRedis } from '../support/redis.ts'

const port = await useRedis()
for (const library of LIBRARIES) {
  if (port === undefined) test(`redisStore on ${library.name}`, { skip: NO_REDIS })
  else {
    const client = await library.connect(port)
    storeContract(`redisStore on ${library.name}`, ({ clock }) => redisStore(client, { clock, prefix: newPrefix() }))
  }
}
