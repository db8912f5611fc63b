// What an application's types must find, on every supported TypeScript.
import { createServer } from 'node:http'
import {
  createSecureServer,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import express from 'express'
import fastify from 'fastify'
import { cachedDb, createSessions, HoldfastError, memoryCache, sqliteStore, type SessionStore } from 'holdfast'
import { memoryCache as fromEntry } from 'holdfast/caches/memory'
import { parseDjangoSettings, readDjangoSettings, sessionsFromSettings } from 'holdfast/django'
import { expressSessions } from 'holdfast/express'
import { fastifySessions } from 'holdfast/fastify'
import { fetchSessions } from 'holdfast/fetch'
import { nodeSessions } from 'holdfast/node'
import { memoryStore } from 'holdfast/stores/memory'
import { mysqlStore, type MysqlPool } from 'holdfast/stores/mysql'
import { postgresStore, type PostgresClient } from 'holdfast/stores/postgres'
import { adapterContract, fakeClock, storeContract } from 'holdfast/testing'

declare module 'holdfast' {
  interface SessionData {
    cart: string[]
  }
}

const store: SessionStore = sqliteStore(':memory:')
const sessions = createSessions({ keys: [''], engine: cachedDb(store, memoryCache()), clock: fakeClock() })
express()
  .use(expressSessions(sessions))
  .get('/', (request, response) => {
    const cart: string[] | undefined = request.session.get('cart')
    // @ts-expect-error -- a cart is a list
    request.session.set('cart', 1)
    response.json(cart ?? [])
  })
void fastify({ http2: true }).register(fastifySessions(sessions))
const app = fastify()
void app.register(fastifySessions(sessions))
app.get('/', async (request) => {
  const cart: string[] | undefined = request.session.get('cart')
  // @ts-expect-error -- a cart is a list
  request.session.set('cart', 1)
  return cart ?? []
})
createHttp2Server(nodeSessions(sessions, (_request, response) => response.stream.end()))
createSecureServer(
  {},
  nodeSessions(sessions, (_request: Http2ServerRequest, response: Http2ServerResponse) => response.stream.end()),
)
createServer(nodeSessions(sessions, (_request, response, session) => response.end(session.id)))
export const serve: (request: Request) => Promise<Response> = fetchSessions(sessions)(() => new Response())
sessions.on('reuse', ({ id, policy }) => console.log(id, policy))
if (new Error() instanceof HoldfastError) sessionsFromSettings({ SECRET_KEY: '', SESSION_COOKIE_AGE: 1200 })
sessionsFromSettings(readDjangoSettings('settings.py', { SECRET_KEY: process.env['SECRET_KEY'] }))
const [problem] = parseDjangoSettings('', { literalsOnly: true }).problems
if (problem !== undefined) console.log(problem.line, problem.column, problem.from, problem.to, problem.message)
storeContract('memory', () => memoryStore())
adapterContract('mine', { serve: async ({ protocol }) => ({ url: protocol, close: async () => {} }) })
fromEntry({ maxBytes: 1 })
export const stores = (pool: PostgresClient, other: MysqlPool): SessionStore[] => [
  postgresStore(pool),
  mysqlStore(other),
]
