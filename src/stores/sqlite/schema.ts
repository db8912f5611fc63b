import { existsSync, readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { HoldfastError } from '../../core/errors.ts'
import type { Migration } from '../../core/store.ts'

/** Makes the tables, or brings them up to date. Several processes may do it at once. */
export function migrate(database: DatabaseSync, path: string): void {
  if (versionOf(database) === MIGRATIONS.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const { sql } of missingAfter(versionOf(database), path)) database.exec(sql)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

/** What opening the file would do to its tables. Changes nothing, and makes no file. */
export function pendingMigrations(path: string): Migration[] {
  if (!existsSync(path)) return missingAfter(0, path)
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
  const database = new Database(path, { readOnly: true })
  try {
    return missingAfter(versionOf(database), path)
  } finally {
    database.close()
  }
}

function missingAfter(version: number, path: string): Migration[] {
  if (version > MIGRATIONS.length) {
    const versions = `schema ${version}, this one knows ${MIGRATIONS.length}`
    throw new HoldfastError('ERR_STORE_NEWER', `the tables in ${path} are of ${versions}`)
  }
  return MIGRATIONS.slice(version).map((name) => ({ name, sql: readFileSync(new URL(name, FOLDER), 'utf8') }))
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
}

const MIGRATIONS = ['0001_sessions.sql']
const FOLDER = new URL('../../../migrations/sqlite/', import.meta.url)
