import { existsSync } from 'node:fs'
import { randomBytes } from '../core/random.ts'
import { db } from '../engines/db.ts'
import { createSessions, type InspectedPart, type Sessions, type SessionStore, type StoredEngine } from '../index.ts'
import { mysqlStore, type MysqlPool } from '../stores/mysql.ts'
import { postgresStore, type PostgresClient } from '../stores/postgres.ts'
import { sqliteStore } from '../stores/sqlite.ts'
import { pendingMigrations } from '../stores/sqlite/schema.ts'
import { SHORTEST_KEY_BYTES } from '../token/key-ring.ts'
import { UsageError } from './command.ts'
import { importDriver } from './driver.ts'
import type { Place } from './place.ts'

/** A store by its address, without the application around it: its keys, its cache, its limits are not known. */
export async function openUrl(url: string): Promise<Place> {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(url) ?? []
  if (scheme === 'sqlite') return openSqlite(rest.replace(/^\/\//, ''))
  if (scheme === 'postgres' || scheme === 'postgresql') return openPostgres(readUrl(url))
  if (scheme === 'mysql') return openMysql(readUrl(url))
  throw new UsageError('--url takes sqlite:PATH, postgres://… or mysql://…')
}

function openSqlite(path: string): Place {
  if (path === '') throw new UsageError('--url sqlite: needs the path of a file')
  let opened: Sessions | undefined
  const open = (): Sessions => (opened ??= sessionsOf(readable(path, () => sqliteStore(path))))
  const sessions = (): Sessions => {
    // Opening it would make it, and a mistyped name would be a store without sessions.
    if (!existsSync(path)) throw new UsageError(`there is no file ${path}; holdfast migrate makes it`)
    return open()
  }
  return {
    isConfigured: false,
    sessions,
    // Each connection says for itself how it writes, and this is not the application's.
    inspect: () => inspectStore(sessions(), { synchronous: null }),
    async migrate({ dryRun }) {
      const pending = readable(path, () => pendingMigrations(path))
      if (dryRun !== true) open()
      return pending
    },
    close: async () => opened?.close(),
  }
}

async function openPostgres(url: URL): Promise<Place> {
  const pg = await importDriver<PostgresDriver>('pg')
  const pool = new pg.Pool({ connectionString: url.href, max: 1, connectionTimeoutMillis: LONGEST_WAIT_MS })
  pool.on('error', () => {}) // A connection that is lost while nobody uses it. The next call says so.
  return placeOf(postgresStore(pool), () => pool.end())
}

async function openMysql(url: URL): Promise<Place> {
  const mysql = await importDriver<MysqlDriver>('mysql2/promise')
  const pool = mysql.createPool({ uri: url.href, connectionLimit: 1, connectTimeout: LONGEST_WAIT_MS })
  return placeOf(mysqlStore(pool), () => pool.end())
}

function placeOf(store: SessionStore, close: () => Promise<void>): Place {
  const sessions = sessionsOf(store)
  return {
    isConfigured: false,
    sessions: () => sessions,
    migrate: (options) => sessions.migrate(options),
    inspect: () => inspectStore(sessions),
    close,
  }
}

/** Its key is thrown away: it opens no session and reads no device, and what is called here needs no more. */
function sessionsOf(store: SessionStore): Sessions {
  return createSessions({ keys: [randomBytes(SHORTEST_KEY_BYTES).toString('base64url')], engine: untold(db(store)) })
}

/** If the application has a cache in front of this store, nobody tells it. */
function untold(engine: StoredEngine): StoredEngine {
  return {
    ...engine,
    end: async (id) => ({ ...(await engine.end(id)), propagated: false }),
    endAll: async (subject, except) => ({ ...(await engine.endAll(subject, except)), propagated: false }),
  }
}

/** The options of these sessions are nobody's. */
async function inspectStore(sessions: Sessions, unsaid: InspectedPart['settings'] = {}): Promise<InspectedPart[]> {
  const parts = await sessions.inspect()
  return parts
    .filter(({ role }) => role !== 'sessions')
    .map((part) => ({ ...part, settings: { ...part.settings, ...unsaid } }))
}

/** The message of a URL that cannot be read would repeat it, with its password. */
function readUrl(url: string): URL {
  if (!URL.canParse(url))
    throw new UsageError('--url cannot be read; special characters in a password are written as %40')
  return new URL(url)
}

function readable<T>(path: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    if (error instanceof Error && error.name === 'HoldfastError') throw error
    throw new UsageError(`${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}`)
  }
}

interface PostgresDriver {
  readonly Pool: new (config: object) => PostgresClient & {
    on(event: 'error', listener: () => void): void
    end(): Promise<void>
  }
}

interface MysqlDriver {
  createPool(options: object): MysqlPool & { end(): Promise<void> }
}

const LONGEST_WAIT_MS = 10_000
