import { readFileSync } from 'node:fs'
import { HoldfastError } from '../../core/errors.ts'
import type { MigrateOptions, Migration } from '../../core/store.ts'
import type { Executes, MysqlPool } from './client.ts'
import { failure, isMissingTable } from './failure.ts'

/**
 * Makes the tables of `mysqlStore`, or brings them up to date, and answers what it did. Several processes may call it
 * at once. If it breaks off half way, call it again.
 *
 * @example
 * await migrateMysql(createPool(process.env.OWNER_URL))
 */
export async function migrateMysql(pool: MysqlPool, options: MigrateOptions = {}): Promise<Migration[]> {
  const connection = await pool.getConnection().catch((error: unknown) => Promise.reject(failure(error)))
  try {
    // The lock is this connection's, and goes with it.
    await connection.execute('SELECT GET_LOCK(?, ?)', [LOCK, LONGEST_WAIT_SECONDS]).then(([rows]) => {
      const [row] = rows as Record<string, unknown>[]
      if (Number(Object.values(row ?? {})[0]) !== 1)
        throw new HoldfastError('ERR_STORE', 'another migration is at work')
    })
    const { version } = await readVersion(connection)
    const missing = MIGRATIONS.slice(version).map((name) => ({
      name,
      sql: readFileSync(new URL(name, FOLDER), 'utf8'),
    }))
    if (options.dryRun === true) return missing
    for (const { sql } of missing) for (const statement of statementsOf(sql)) await connection.query(statement)
    return missing
  } catch (error) {
    throw failure(error)
  } finally {
    await connection.query(`DO RELEASE_LOCK('${LOCK}')`).catch(() => {})
    connection.release()
  }
}

/** Throws when these tables are not made for this Holdfast, and says what to do. */
export async function checkSchema(on: Executes): Promise<void> {
  const { version, autocommit } = await readVersion(on)
  if (version === 0) throw new HoldfastError('ERR_STORE', `the tables are missing in MySQL. ${HOW_TO_MIGRATE}`)
  if (version < MIGRATIONS.length) {
    throw new HoldfastError('ERR_STORE', `the tables in MySQL are of an older Holdfast. ${HOW_TO_MIGRATE}`)
  }
  if (!autocommit) {
    throw new HoldfastError('ERR_STORE', 'the connections to MySQL have autocommit off, so nothing would be kept')
  }
}

/** 0 when there are no tables. What is newer than this Holdfast, yet does not break it, counts as what it knows. */
async function readVersion(on: Executes): Promise<{ version: number; autocommit: boolean }> {
  const [rows] = await on.execute(FIND_VERSION, []).catch((error: unknown) => {
    if (isMissingTable(error)) return [[]]
    throw error
  })
  const applied = rows as { version: number; breaking: number; autocommit: number }[]
  const newest = (versions: typeof applied): number => Math.max(0, ...versions.map(({ version }) => Number(version)))
  const breaking = newest(applied.filter((row) => Number(row.breaking) === 1))
  if (breaking > MIGRATIONS.length) {
    const versions = `schema ${breaking}, this one knows ${MIGRATIONS.length}`
    throw new HoldfastError('ERR_STORE_NEWER', `the tables in MySQL are of ${versions}`)
  }
  return { version: newest(applied), autocommit: applied.every((row) => Number(row.autocommit) === 1) }
}

/** One at a time, because several in one message are an option that a pool should not have. */
function statementsOf(sql: string): string[] {
  return sql
    .split(/;$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}

const MIGRATIONS = ['0001_sessions.sql']
const FOLDER = new URL('../../../migrations/mysql/', import.meta.url)

const FIND_VERSION = 'SELECT version, breaking, @@autocommit AS autocommit FROM holdfast_schema'
const LOCK = 'holdfast migrate'
const LONGEST_WAIT_SECONDS = 60
const HOW_TO_MIGRATE =
  'Run `npx holdfast migrate`, or call migrateMysql(pool) from holdfast/stores/mysql, or run migrations/mysql of the package with the mysql client'
