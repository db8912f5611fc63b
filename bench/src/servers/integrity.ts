import { cachedDb, postgresStore, redisCache } from 'holdfast'
import { expressSessionOn, fastifySessionOn, holdfastOn } from '../integrity/servers.ts'
import { djangoCachedDb } from './distributed/django.ts'
import { pgStoreOf, redisStoreOf } from './distributed/peers.ts'
import { openPool, openRedis } from './distributed/place.ts'
import { hasDjango } from './distributed/python.ts'
import type { Servers } from './kind.ts'

/** Those of `distributed`, with the routes that concurrent requests are measured on. */
export const servers: Servers = {
  holdfast: {
    bare: 'node/bare',
    async start({ prefix }) {
      const cache = redisCache(await openRedis(), { prefix })
      while (!cache.near) await new Promise((resolve) => setImmediate(resolve))
      return holdfastOn(cachedDb(postgresStore(openPool()), cache))
    },
  },
  'express-session + connect-redis': {
    bare: 'express/bare',
    start: async (options) => expressSessionOn(await redisStoreOf(options)),
  },
  'express-session + connect-pg-simple': { bare: 'express/bare', start: () => expressSessionOn(pgStoreOf()) },
  '@fastify/session + Redis': {
    bare: 'fastify/bare',
    start: async (options) => fastifySessionOn(await redisStoreOf(options)),
  },
  ...(hasDjango ? { 'Django cached_db': djangoCachedDb } : {}),
}
