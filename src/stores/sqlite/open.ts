import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { HoldfastError } from '../../core/errors.ts'
import { isBusy, LONGEST_WAIT_MS, pause } from './busy.ts'
import { migrate } from './schema.ts'

export type Synchronous = 'full' | 'normal'

/** Opens the file with its tables made, for several processes at once. */
export function openDatabase(path: string, synchronous: Synchronous): DatabaseSync {
  if (typeof path !== 'string' || path === '')
    throw new HoldfastError('ERR_OPTION', 'sqliteStore takes the path of a file')
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw new HoldfastError('ERR_OPTION', "sqliteStore: synchronous must be 'full' or 'normal'")
  }
  // Loaded when a store is opened, so that applications on other engines never load it.
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
  if (path !== ':memory:') makeFile(path)
  const database = new Database(path, { timeout: LONGEST_WAIT_MS })
  try {
    writeAhead(database)
    database.exec(`PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}`)
    // Pages that are not in SQLite's own small cache come from the system's, without a call and a copy for each.
    database.exec(`PRAGMA mmap_size = ${MAPPED_BYTES}`)
    migrate(database, path)
    // SQLite waits for a lock by stopping the whole process. From here on `busy` waits, without stopping anything.
    database.exec('PRAGMA busy_timeout = 0')
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/** About a million sessions; what lies beyond is read as ever. */
const MAPPED_BYTES = 1024 * 1024 * 1024

/**
 * Private from its first moment, and what SQLite puts beside it takes after it. A file that is there must not even be
 * opened: closing it again would drop the locks that this process's other connections hold on it.
 */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

/**
 * With a write-ahead log readers never wait for a writer. The setting stays in the file. While several processes make
 * it at once, SQLite refuses some of them on the spot, whatever the timeout, because they would wait for each other.
 */
function writeAhead(database: DatabaseSync): void {
  const begun = performance.now()
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() - begun > LONGEST_WAIT_MS) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause())
    }
  }
}
