import { expressBare, fastifyBare, nodeBare } from './bare.ts'
import { floor, safeFloor } from './floor.ts'
import { expressHoldfast, nodeHoldfast } from './holdfast.ts'
import type { Servers } from './kind.ts'
import { expressSessionMemory, fastifySessionMemory, ironSession } from './peers.ts'

/** One machine, no database server. */
export const servers: Servers = {
  'node/bare': nodeBare,
  'node/floor': floor,
  'node/floor + HMAC + data_version': safeFloor,
  'node/holdfast': nodeHoldfast,
  'node/iron-session': ironSession,
  'express/bare': expressBare,
  'express/holdfast': expressHoldfast,
  'express/express-session': expressSessionMemory,
  'fastify/bare': fastifyBare,
  'fastify/@fastify/session': fastifySessionMemory,
}
