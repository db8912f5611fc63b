import { after } from 'node:test'
import pg from 'pg'
import { migratePostgres } from '../../src/stores/postgres.ts'
import { newId } from '../../src/testing/records.ts'
import { startPostgres } from './servers.ts'

/** A schema with Holdfast's tables that goes away after the tests of this file. */
export interface Postgres {
  /** For other processes. They get here with `openPool(url)`. */
  readonly url: string
  readonly pool: pg.Pool
  /** Empties the tables, which is faster than making them anew. */
  readonly empty: () => Promise<void>
}

/**
 * On the server of `HOLDFAST_TEST_POSTGRES`, on one that runs on this machine, or on one of its own (always, if that is
 * `own`). Undefined when there is none.
 */
export async function usePostgres(): Promise<Postgres | undefined> {
  const server = (await findServer()) ?? (await startServer())
  if (server === undefined) return refuseOnCI()
  const schema = `holdfast_test_${newId().toLowerCase().replaceAll('-', '_')}`
  const url = withOptions(server.url, `-c search_path=${schema}`)
  const pool = openPool(url)
  await pool.query(`CREATE SCHEMA ${schema}`)
  await migratePostgres(pool)
  after(async () => {
    await pool.query(`DROP SCHEMA ${schema} CASCADE`)
    await pool.end()
    await server.remove?.()
  })
  return {
    url,
    pool,
    empty: async () => void (await pool.query('DELETE FROM holdfast_sessions; DELETE FROM holdfast_subjects')),
  }
}

export const NO_POSTGRES = 'skipped: no PostgreSQL on 127.0.0.1:5432, and none to start. apt-get install postgresql'

export function openPool(url: string, config: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 10, statement_timeout: 20_000, ...config })
  pool.on('error', () => {}) // A connection that dies while nobody uses it.
  return pool
}

/** Its own server is removed after the tests. */
interface Server {
  readonly url: string
  readonly remove?: () => Promise<void>
}

async function findServer(): Promise<Server | undefined> {
  const given = process.env['HOLDFAST_TEST_POSTGRES']
  if (given === 'own') return undefined
  if (given !== undefined) return { url: given }
  for (const user of ['postgres', process.env['USER'] ?? 'root']) {
    const url = `postgresql://${user}@127.0.0.1:5432/postgres`
    if (await answers(url)) return { url }
  }
  return undefined
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

async function startServer(): Promise<Server | undefined> {
  const server = await startPostgres()
  return server && { url: `postgresql://postgres@127.0.0.1:${server.port}/postgres`, remove: () => server.remove() }
}

/** With settings that every connection begins with, besides those that are there. */
export function withOptions(url: string, options: string): string {
  const changed = new URL(url)
  changed.searchParams.set('options', `${changed.searchParams.get('options') ?? ''} ${options}`)
  return changed.href
}

function refuseOnCI(): undefined {
  if (process.env['CI'] !== undefined) throw new Error(NO_POSTGRES)
}
