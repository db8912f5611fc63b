import { expressBare, fastifyBare, nodeBare } from './bare.ts'
import { djangoBare, djangoCachedDb } from './distributed/django.ts'
import { nearFloor, nearFloorOnPostgres, redisFloor } from './distributed/floors.ts'
import { dbHoldfast, expressHoldfast, farHoldfast, nearHoldfast } from './distributed/holdfast.ts'
import { connectPgSimple, connectRedis, fastifySessionRedis } from './distributed/peers.ts'
import { hasDjango } from './distributed/python.ts'
import type { Servers } from './kind.ts'

/** Sessions in PostgreSQL and in Redis, for any number of machines. */
export const servers: Servers = {
  'node/bare': nodeBare,
  'node/floor, near': nearFloor,
  'node/floor, near + PostgreSQL': nearFloorOnPostgres,
  'node/floor, Redis only': redisFloor,
  'node/holdfast, near': nearHoldfast,
  'node/holdfast, Redis only': farHoldfast,
  'node/holdfast, PostgreSQL only': dbHoldfast,
  'express/bare': expressBare,
  'express/holdfast, near': expressHoldfast,
  'express/connect-redis': connectRedis,
  'express/connect-pg-simple': connectPgSimple,
  'fastify/bare': fastifyBare,
  'fastify/@fastify/session + Redis': fastifySessionRedis,
  ...(hasDjango ? { 'django/bare': djangoBare, 'django/cached_db': djangoCachedDb } : {}),
}
