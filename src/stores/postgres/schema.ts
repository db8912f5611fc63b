import { readFileSync } from 'node:fs'
import { HoldfastError } from '../../core/errors.ts'
import type { MigrateOptions, Migration } from '../../core/store.ts'
import type { PostgresClient } from './client.ts'
import { failure } from './failure.ts'

/**
 * Makes the tables of `postgresStore`, or brings them up to date, and answers what it did. Everything happens in one
 * transaction. Several processes may call it at once.
 *
 * @example
 * await migratePostgres(new Pool({ connectionString: process.env.OWNER_URL }))
 */
export async function migratePostgres(client: PostgresClient, options: MigrateOptions = {}): Promise<Migration[]> {
  for (;;) {
    const { version } = await readVersion(client)
    const missing = MIGRATIONS.slice(version).map((name) => ({
      name,
      sql: readFileSync(new URL(name, FOLDER), 'utf8'),
    }))
    if (options.dryRun === true || missing.length === 0) return missing
    const steps = [`SELECT pg_advisory_xact_lock(${LOCK});`, ...missing.map(({ sql }) => sql)]
    try {
      await client.query(steps.join('\n')) // Several statements in one message are one transaction.
      return missing
    } catch (error) {
      if ((await readVersion(client)).version > version) continue // Somebody else was first.
      throw failure(error)
    }
  }
}

/** Throws when these tables are not made for this Holdfast, and says what to do. */
export async function checkSchema(client: PostgresClient): Promise<void> {
  const { version } = await readVersion(client)
  if (version === 0) throw new HoldfastError('ERR_STORE', `the tables are missing in PostgreSQL. ${HOW_TO_MIGRATE}`)
  if (version < MIGRATIONS.length) {
    throw new HoldfastError('ERR_STORE', `the tables in PostgreSQL are of an older Holdfast. ${HOW_TO_MIGRATE}`)
  }
}

/** 0 when there are no tables. What is newer than this Holdfast, yet does not break it, counts as what it knows. */
async function readVersion(client: PostgresClient): Promise<{ version: number }> {
  const { rows } = await client.query(FIND_TABLE).catch((error: unknown) => Promise.reject(failure(error)))
  if ((rows[0] as { found: boolean } | undefined)?.found !== true) return { version: 0 }
  const versions = await client.query(FIND_VERSION).catch((error: unknown) => Promise.reject(failure(error)))
  const { version, breaking } = versions.rows[0] as { version: number | null; breaking: number | null }
  if ((breaking ?? 0) > MIGRATIONS.length) {
    const versions = `schema ${breaking}, this one knows ${MIGRATIONS.length}`
    throw new HoldfastError('ERR_STORE_NEWER', `the tables in PostgreSQL are of ${versions}`)
  }
  return { version: version ?? 0 }
}

const MIGRATIONS = ['0001_sessions.sql']
const FOLDER = new URL('../../../migrations/postgres/', import.meta.url)

const FIND_TABLE = "SELECT to_regclass('holdfast_schema') IS NOT NULL AS found"
const FIND_VERSION =
  'SELECT max(version) AS version, max(version) FILTER (WHERE breaking) AS breaking FROM holdfast_schema'
/** Any number, as long as it stays the same. */
const LOCK = 5_126_883_110
const HOW_TO_MIGRATE =
  'Run `npx holdfast migrate`, or call migratePostgres(pool) from holdfast/stores/postgres, or run migrations/postgres of the package with psql. ' +
  'They must be in the search path of this connection'
