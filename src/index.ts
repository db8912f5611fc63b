import { memoryCache } from './caches/memory.ts'
import { buildSessions, type Sessions } from './core/sessions.ts'
import type { SchemaOptions, SessionsOptions } from './core/options.ts'
import type { DefaultData } from './core/session-data.ts'
import { cachedDb } from './engines/cached-db.ts'
import { sqliteStore } from './stores/sqlite.ts'

/**
 * Sessions for one application.
 *
 * Without an `engine` they live in the SQLite file `holdfast.sqlite` of the working directory, behind a cache in
 * this process: nothing to install, and safe for several processes on one machine.
 *
 * With a `schema` the type of the data comes from it; otherwise from the type argument, or from `SessionData`.
 *
 * @throws HoldfastError ERR_KEYS, ERR_OPTION, ERR_COOKIE_OPTION before anything is opened.
 * @example
 * const sessions = createSessions({ keys: [process.env.SESSION_KEY!] })
 */
export function createSessions<Data = DefaultData>(options: SessionsOptions & SchemaOptions<Data>): Sessions<Data> {
  return buildSessions<Data>(options, () => {
    const clock = options.clock === undefined ? {} : { clock: options.clock }
    return cachedDb(sqliteStore('holdfast.sqlite', clock), memoryCache(clock), clock)
  })
}

export { memoryCache, type MemoryCacheOptions } from './caches/memory.ts'
export {
  redisCache,
  type NearOptions,
  type RedisCache,
  type RedisCacheOptions,
  type RedisClient,
} from './caches/redis.ts'
export type { Answer, Copy, Lease, Mark, SessionCache } from './core/cache.ts'
export type { Clock } from './core/clock.ts'
export type { DataLimits } from './core/data.ts'
export type { Begun, CookieEngine, Ended, EndedAll, Loaded, SessionEngine, StoredEngine } from './core/engine.ts'
export { ERRORS, HoldfastError, HoldfastTypeError, type ErrorCode } from './core/errors.ts'
export type { EventBody, EventOf, EventType, SessionEvent } from './core/events.ts'
export type { Outgoing } from './core/finish.ts'
export { outgoingHeaders } from './core/headers.ts'
export type { InspectedPart, Inspection } from './core/inspection.ts'
export type { SessionInfo } from './core/life.ts'
export type { Expiry } from './core/lifetime.ts'
export type { SchemaOptions, SessionsOptions } from './core/options.ts'
export type { Ending, Revision, SessionRecord } from './core/record.ts'
export type { RequestLike } from './core/request.ts'
export type { Misfit, SchemaIssue, SchemaResult, StandardSchema } from './core/schema.ts'
export type { Session } from './core/session.ts'
// With a star, because only then can an application extend `SessionData` under the name of this module.
export type * from './core/session-data.ts'
export type { Sessions } from './core/sessions.ts'
export type { ChangeFeed, Created, Guard, MigrateOptions, Migration, SessionStore, Touch } from './core/store.ts'
export type { CookieOptions, HostCookieOptions, PlainCookieOptions, SecureCookieOptions } from './cookie/write.ts'
export { cache } from './engines/cache.ts'
export { cachedDb, type CachedDbOptions } from './engines/cached-db.ts'
export { db } from './engines/db.ts'
export { signedCookies, type SignedCookiesOptions } from './engines/signed-cookies.ts'
export { memoryStore, type MemoryStoreOptions } from './stores/memory.ts'
export { migrateMysql, mysqlStore, type MysqlPool, type MysqlStoreOptions } from './stores/mysql.ts'
export { migratePostgres, postgresStore, type PostgresClient, type PostgresStoreOptions } from './stores/postgres.ts'
export { redisStore, type RedisStoreOptions } from './stores/redis.ts'
export { sqliteStore, type SqliteStoreOptions } from './stores/sqlite.ts'
