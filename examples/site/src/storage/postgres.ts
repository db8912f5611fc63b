import { randomUUID } from 'node:crypto'
import { cachedDb, db, postgresStore, redisCache, type Clock } from 'holdfast'
import pg from 'pg'
import type { Counters } from '../counters.ts'
import type { Storage } from '../storage.ts'
import { foldEmail, type User, type Users } from '../users.ts'
import { isForbidden, placeOf, reasonOf } from './place.ts'
import { migrate } from './postgres-tables.ts'
import { openRedis } from './redis.ts'

export interface ServerOptions {
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  readonly note: (line: string) => void
}

/** In PostgreSQL, for any number of processes on any number of machines. Copies of the sessions may be in Redis. */
export async function openPostgres(options: ServerOptions, clock: { readonly clock?: Clock }): Promise<Storage> {
  const { databaseUrl, redisUrl, note } = options
  const pool = openPool(databaseUrl, note)
  try {
    await migrate(pool)
  } catch (error) {
    await pool.end()
    const advice = isForbidden(error) ? '. Their owner makes the tables: examples/site/README.md says how' : ''
    throw new StorageError(`PostgreSQL at ${placeOf(databaseUrl)} cannot be used: ${reasonOf(error)}${advice}`)
  }
  const store = postgresStore(pool, clock)
  const redis = redisUrl === undefined ? undefined : openRedis(redisUrl, note)
  return {
    engine: redis === undefined ? db(store) : cachedDb(store, redisCache(redis.client, clock), clock),
    users: usersIn(pool),
    counters: countersIn(pool),
    async close() {
      redis?.close()
      await pool.end()
    },
  }
}

/** The place cannot be used, and the message says in one line why. */
export class StorageError extends Error {}

export function openPool(databaseUrl: string, note: (line: string) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    // A server that stands still keeps no time limit of its own.
    query_timeout: TIMEOUT_MS + 1000,
  })
  pool.on('error', (error) => note(`An idle connection to PostgreSQL was lost: ${error.message}`))
  return pool
}

const POOL_SIZE = 10
const TIMEOUT_MS = 5000

function usersIn(pool: pg.Pool): Users {
  return {
    async add({ email, name, passwordHash }) {
      const { rows } = await pool.query<UserRow>(
        `INSERT INTO chandlery_users (id, email, email_folded, name, password_hash) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (email_folded) DO NOTHING RETURNING *`,
        [randomUUID(), email, foldEmail(email), name, passwordHash],
      )
      return readUser(rows[0])
    },
    async find(id) {
      const { rows } = await pool.query<UserRow>('SELECT * FROM chandlery_users WHERE id = $1', [id])
      return readUser(rows[0])
    },
    async idOf(email) {
      const sql = 'SELECT id FROM chandlery_users WHERE email_folded = $1'
      return (await pool.query<UserRow>(sql, [foldEmail(email)])).rows[0]?.id
    },
    async passwordHashOf(id) {
      const sql = 'SELECT password_hash FROM chandlery_users WHERE id = $1'
      return (await pool.query<UserRow>(sql, [id])).rows[0]?.password_hash
    },
    async changePassword(id, from, to) {
      const sql = 'UPDATE chandlery_users SET password_hash = $3 WHERE id = $1 AND password_hash = $2'
      return (await pool.query(sql, [id, from, to])).rowCount === 1
    },
    async remove(id) {
      await pool.query('DELETE FROM chandlery_users WHERE id = $1', [id])
    },
  }
}

interface UserRow {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly password_hash: string
  readonly created_at: Date
}

function readUser(row: UserRow | undefined): User | undefined {
  return row && { id: row.id, email: row.email, name: row.name, createdAt: row.created_at }
}

function countersIn(pool: pg.Pool): Counters {
  return {
    async add(key, windowMs) {
      const { rows } = await pool.query<{ count: number; until: Date }>(
        `INSERT INTO chandlery_attempts AS known (key, count, until)
         VALUES ($1, 1, now() + $2 * interval '1 millisecond')
         ON CONFLICT (key) DO UPDATE SET
           count = CASE WHEN known.until > now() THEN known.count + 1 ELSE 1 END,
           until = CASE WHEN known.until > now() THEN known.until ELSE excluded.until END
         RETURNING count, until`,
        [key, windowMs],
      )
      if (rows[0] === undefined) throw new Error('An attempt was not counted')
      return rows[0]
    },
    async takeBack(key) {
      await pool.query('UPDATE chandlery_attempts SET count = count - 1 WHERE key = $1 AND count > 0', [key])
    },
    async clear() {
      await pool.query('DELETE FROM chandlery_attempts WHERE until <= now()')
    },
  }
}
