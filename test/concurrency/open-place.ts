import { createClient } from 'redis'
import {
  cachedDb,
  db,
  memoryCache,
  mysqlStore,
  postgresStore,
  redisCache,
  redisStore,
  sqliteStore,
  type SessionCache,
  type SessionEngine,
  type SessionStore,
} from '../../src/index.ts'
import { openPool as openMysql } from '../support/mysql.ts'
import { openPool as openPostgres } from '../support/postgres.ts'
import type { Place, RedisPlace } from './processes.ts'

export interface Opened {
  readonly engine: SessionEngine
  readonly close: () => Promise<void>
}

/** Puts something between the engine and its parts. */
export interface Between {
  readonly store?: (store: SessionStore) => SessionStore
  readonly cache?: (cache: SessionCache) => SessionCache
  /** Milliseconds a cache may take. */
  readonly timeout?: number
}

export async function openPlace(place: Place, between: Between = {}): Promise<Opened> {
  const { store: wrapStore = (store) => store, cache: wrapCache = (cache) => cache, timeout = 250 } = between
  const closing: (() => Promise<unknown>)[] = []

  const connect = async (port: number) => {
    const client = await createClient({ socket: { host: '127.0.0.1', port } }).connect()
    closing.push(() => client.close())
    return client
  }
  const behind = async (store: SessionStore, redis: RedisPlace | undefined): Promise<SessionEngine> => {
    if (redis === undefined) return db(wrapStore(store))
    // Near copies go a moment after the answer to a logout. These tests do not wait for it.
    const cache = redisCache(await connect(redis.port), { prefix: `${redis.prefix}cache:`, near: false })
    return cachedDb(wrapStore(store), wrapCache(cache), { timeout })
  }
  const open = async (): Promise<SessionEngine> => {
    switch (place.store) {
      case 'sqlite':
        return cachedDb(wrapStore(sqliteStore(place.path, { synchronous: place.synchronous ?? 'full' })), memoryCache())
      case 'postgres': {
        const pool = openPostgres(place.url)
        closing.push(() => pool.end())
        return behind(postgresStore(pool), place.behind)
      }
      case 'mysql': {
        const pool = openMysql(place.url)
        closing.push(() => pool.end())
        return behind(mysqlStore(pool), place.behind)
      }
      case 'redis':
        return behind(redisStore(await connect(place.port), { prefix: place.prefix }), place)
    }
  }
  const engine = await open()
  return {
    engine,
    async close() {
      for (const end of closing) await end()
    },
  }
}
