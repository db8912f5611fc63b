import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import connectPgSimpleOf from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import express, { type Express } from 'express'
import expressSession, { type Store } from 'express-session'
import fastify from 'fastify'
import { KEY, type Listener, type ServerOptions } from '../kind.ts'
import { answer, type Kept } from '../peers.ts'
import { openPool, openRedis } from './place.ts'

export const connectRedis: Listener = {
  bare: 'express/bare',
  start: async (options) => expressSessionOn(await redisStoreOf(options), options),
}

export const connectPgSimple: Listener = {
  bare: 'express/bare',
  start: (options) => expressSessionOn(pgStoreOf(), options),
}

export const fastifySessionRedis: Listener = {
  bare: 'fastify/bare',
  async start(options) {
    const app = fastify()
    await app.register(fastifyCookie)
    await app.register(fastifySession, {
      secret: KEY,
      rolling: options.sliding,
      saveUninitialized: false,
      cookie: { secure: false },
      store: await redisStoreOf(options),
    })
    app.all('/*', (request, reply) => reply.send(answer(request.url, request.method, request.session as Kept)))
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

export async function redisStoreOf({ prefix }: ServerOptions): Promise<RedisStore> {
  return new RedisStore({ client: await openRedis(), prefix })
}

export function pgStoreOf(): Store {
  const PgStore = connectPgSimpleOf(expressSession)
  return new PgStore({ pool: openPool(), createTableIfMissing: true, pruneSessionInterval: false })
}

function expressSessionOn(store: Store, { sliding }: ServerOptions): Express {
  const app = express()
  app.use(expressSession({ secret: KEY, resave: false, saveUninitialized: false, rolling: sliding, store }))
  app.all('/{*path}', (request, response) => {
    response.end(answer(request.url, request.method, request.session as unknown as Kept))
  })
  return app
}
