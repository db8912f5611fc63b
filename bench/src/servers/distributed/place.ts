import { randomBytes } from 'node:crypto'
import { migratePostgres } from 'holdfast'
import pg from 'pg'
import { createClient } from 'redis'

/** The servers that all processes of a run share: a schema and a prefix of its own. They hear of it by their environment. */
export interface Place {
  /** Takes everything away again. */
  leave(): Promise<void>
}

/** `POSTGRES_URL` and `REDIS_URL` say where; without them the servers are on this machine. */
export async function preparePlace(): Promise<Place> {
  const schema = `holdfast_bench_${randomBytes(8).toString('hex')}`
  const prefix = `${schema}:`
  const url = new URL(process.env['POSTGRES_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres')
  url.searchParams.set('options', `-c search_path=${schema}`)
  Object.assign(process.env, { BENCH_POSTGRES: url.href, BENCH_PREFIX: prefix })
  const pool = openPool()
  await pool.query(`CREATE SCHEMA ${schema}`)
  await migratePostgres(pool)
  const settings = await pool.query<{ setting: string }>(
    "SELECT setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') ORDER BY name",
  )
  const [fsync, commit] = settings.rows.map(({ setting }) => setting)
  console.log(`PostgreSQL with fsync = ${fsync} and synchronous_commit = ${commit}.`)
  return {
    async leave() {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`)
      await pool.end()
      const redis = await openRedis()
      for await (const keys of redis.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) {
        if (keys.length > 0) await redis.unlink(keys)
      }
      await redis.close()
    },
  }
}

/** Few connections each: a server takes a hundred, and here are two dozen processes. */
export function openPool(): pg.Pool {
  return new pg.Pool({ connectionString: process.env['BENCH_POSTGRES'], max: 5 })
}

export function openRedis() {
  return createClient({ url: redisUrl() }).connect()
}

export function redisUrl(): string {
  return process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
}
