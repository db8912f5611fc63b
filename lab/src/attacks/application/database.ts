import { sqliteStore, type Clock, type SessionRecord, type SessionStore } from 'holdfast'

/** A database of one run, in memory. Like a database server it outlives the application's restarts. */
export interface Database {
  readonly store: SessionStore
  /** How often it was asked for a session, or for how one ended. */
  reads(): number
  /** Of the session that was made last. */
  newestId(): string | undefined
  /** Its row, if it is alive. Not counted among the reads. */
  record(id: string): Promise<SessionRecord | undefined>
  shutDown(): Promise<void>
}

export function startDatabase(clock: Clock): Database {
  const real = sqliteStore(':memory:', { clock })
  let reads = 0
  let newest: string | undefined
  const store: SessionStore = {
    ...real,
    find(id) {
      reads++
      return real.find(id)
    },
    findEnding(id) {
      reads++
      return real.findEnding(id)
    },
    create(record, guard) {
      newest = record.id
      return real.create(record, guard)
    },
    replace(oldId, expected, record, guard) {
      newest = record.id
      return real.replace(oldId, expected, record, guard)
    },
    // The application hangs up; the database goes on.
    close: async () => {},
  }
  return {
    store,
    reads: () => reads,
    newestId: () => newest,
    record: (id) => real.find(id),
    shutDown: async () => real.close?.(),
  }
}
