import type { Clock, StoredEngine } from 'holdfast'
import type { Counters } from './counters.ts'
import { openPostgres } from './storage/postgres.ts'
import { openSqlite } from './storage/sqlite.ts'
import type { Users } from './users.ts'

/** Everything that outlives a process: the sessions, the customers, and the counts of attempts. */
export interface Storage {
  readonly engine: StoredEngine
  readonly users: Users
  readonly counters: Counters
  /** After the sessions are closed. */
  close(): Promise<void>
}

export interface StorageOptions {
  /** For SQLite. */
  readonly dataDir: string
  /** PostgreSQL takes the place of SQLite, so that several machines share it. */
  readonly databaseUrl?: string | undefined
  /** Redis keeps copies of the sessions in PostgreSQL. */
  readonly redisUrl?: string | undefined
  readonly clock?: Clock | undefined
  readonly note: (line: string) => void
}

export function openStorage({ dataDir, databaseUrl, redisUrl, clock, note }: StorageOptions): Promise<Storage> {
  const timed = clock === undefined ? {} : { clock }
  if (databaseUrl !== undefined) return openPostgres({ databaseUrl, redisUrl, note }, timed)
  return Promise.resolve(openSqlite(dataDir, timed))
}
