// One process of an application: node server.ts <place, as JSON>
// It says its port, and goes when its parent does.
import { createClient } from 'redis'
import {
  cachedDb,
  createSessions,
  db,
  memoryCache,
  mysqlStore,
  postgresStore,
  redisCache,
  redisStore,
  sqliteStore,
  type SessionEngine,
} from '../../src/index.ts'
import { openPool as openMysql } from '../support/mysql.ts'
import { openPool as openPostgres } from '../support/postgres.ts'
import { createApp, type AppData } from './app.ts'
import type { Place } from './processes.ts'

const { engine, close } = await open(JSON.parse(process.argv[2] ?? '') as Place)
const sessions = createSessions<AppData>({
  keys: ['a key of forty characters, 0123456789 abc'],
  engine,
  maxPerSubject: { max: 200, policy: 'refuse' },
})
const server = createApp(sessions).listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.once('disconnect', () => {
  server.closeAllConnections()
  server.close(() => void sessions.close().then(close))
})

async function open(place: Place): Promise<{ engine: SessionEngine; close?: () => Promise<void> }> {
  switch (place.store) {
    case 'sqlite': {
      const { path, synchronous = 'full' } = place
      return { engine: cachedDb(sqliteStore(path, { synchronous }), memoryCache()) }
    }
    case 'postgres': {
      const pool = openPostgres(place.url)
      return { engine: db(postgresStore(pool)), close: () => pool.end() }
    }
    case 'redis': {
      const { port, prefix } = place
      const client = await createClient({ socket: { host: '127.0.0.1', port } }).connect()
      // Near copies go a moment after the answer to a logout. These tests do not wait for it.
      const cache = redisCache(client, { prefix: `${prefix}cache:`, near: false })
      return { engine: cachedDb(redisStore(client, { prefix }), cache), close: () => client.close() }
    }
    case 'mysql': {
      const pool = openMysql(place.url)
      return { engine: db(mysqlStore(pool)), close: () => pool.end() }
    }
  }
}
