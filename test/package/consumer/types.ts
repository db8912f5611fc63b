// What an application's types must find, on every supported TypeScript.
import { createServer } from 'node:http'
import express from 'express'
import { cachedDb, createSessions, HoldfastError, memoryCache, sqliteStore, type SessionStore } from 'holdfast'
import { memoryCache as fromEntry } from 'holdfast/caches/memory'
import { sessionsFromSettings } from 'holdfast/django'
import { expressSessions } from 'holdfast/express'
import { fetchSessions } from 'holdfast/fetch'
import { nodeSessions } from 'holdfast/node'
import { memoryStore } from 'holdfast/stores/memory'
import { mysqlStore, type MysqlPool } from 'holdfast/stores/mysql'
import { postgresStore, type PostgresClient } from 'holdfast/stores/postgres'
import { fakeClock, storeContract } from 'holdfast/testing'

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
createServer(nodeSessions(sessions, (_request, response, session) => response.end(session.id)))
export const serve: (request: Request) => Promise<Response> = fetchSessions(sessions)(() => new Response())
sessions.on('reuse', ({ id, policy }) => console.log(id, policy))
if (new Error() instanceof HoldfastError) sessionsFromSettings({ SECRET_KEY: '', SESSION_COOKIE_AGE: 1200 })
storeContract('memory', () => memoryStore())
fromEntry({ maxBytes: 1 })
export const stores = (pool: PostgresClient, other: MysqlPool): SessionStore[] => [
  postgresStore(pool),
  mysqlStore(other),
]
