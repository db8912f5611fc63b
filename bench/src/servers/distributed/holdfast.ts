import express from 'express'
import {
  cachedDb,
  createSessions,
  db,
  postgresStore,
  redisCache,
  type SessionEngine,
  type Session,
  type Sessions,
} from 'holdfast'
import { expressSessions } from 'holdfast/express'
import { nodeSessions } from 'holdfast/node'
import { answer, type Kept } from '../holdfast.ts'
import { KEY, type Listener, type ServerOptions } from '../kind.ts'
import { openPool, openRedis } from './place.ts'

/** `cachedDb` on PostgreSQL and Redis, with a near cache. Writes are durable: PostgreSQL syncs before they are answered. */
export const nearHoldfast: Listener = { bare: 'node/bare', start: (options) => nodeListener(options, {}) }

export const farHoldfast: Listener = { bare: 'node/bare', start: (options) => nodeListener(options, false) }

/** Without any cache. */
export const dbHoldfast: Listener = {
  bare: 'node/bare',
  start: (options) => listenerOf(openSessionsOn(db(postgresStore(openPool())), options)),
}

export const expressHoldfast: Listener = {
  bare: 'express/bare',
  async start(options) {
    const app = express()
    app.use(expressSessions(await openSessions(options, {})))
    app.all('/{*path}', (request, response) => {
      response.end(answer(request.url, request.method, request.session as unknown as Session<Kept>))
    })
    return app
  },
}

async function nodeListener(options: ServerOptions, near: object | false) {
  return listenerOf(await openSessions(options, near))
}

function listenerOf(sessions: Sessions<Kept>) {
  return nodeSessions(sessions, (request, response, session) => {
    response.end(answer(request.url, request.method, session))
  })
}

async function openSessions(options: ServerOptions, near: object | false): Promise<Sessions<Kept>> {
  const cache = redisCache(await openRedis(), { prefix: options.prefix, near })
  while (near !== false && !cache.near) await new Promise((resolve) => setImmediate(resolve))
  return openSessionsOn(cachedDb(postgresStore(openPool()), cache, { timeout: 10_000 }), options)
}

function openSessionsOn(engine: SessionEngine, { sliding }: ServerOptions): Sessions<Kept> {
  return createSessions<Kept>({ keys: [KEY], engine, expiry: sliding ? 'sliding' : 'since-save' })
}
