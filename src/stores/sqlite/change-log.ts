import type { DatabaseSync } from 'node:sqlite'
import type { ChangeFeed } from '../../core/store.ts'

/**
 * Tells a cache in this process what other processes changed. `PRAGMA data_version` moves when another connection
 * commits, and costs about a microsecond to ask; only then is the log read.
 */
export interface ChangeLog extends ChangeFeed {
  /** Inside the transaction that changes the record. */
  note(id: string): void
}

export function createChangeLog(database: DatabaseSync, writer: string): ChangeLog {
  const sql = {
    version: database.prepare('PRAGMA data_version'),
    note: database.prepare('INSERT INTO holdfast_changes (id, writer) VALUES (?, ?)'),
    trim: database.prepare('DELETE FROM holdfast_changes WHERE seq <= ?'),
    read: database.prepare('SELECT seq, id, writer FROM holdfast_changes WHERE seq > ? ORDER BY seq'),
    last: database.prepare('SELECT max(seq) AS seq FROM holdfast_changes'),
  }
  sql.version.setReturnArrays?.(true) // Since Node 24. To make an object is a quarter of what asking costs.
  const versionNow = (): unknown => {
    const row: unknown = sql.version.get()
    return Array.isArray(row) ? row[0] : (row as { data_version: number }).data_version
  }
  const lastSeq = (): number => (sql.last.get() as { seq: number | null }).seq ?? 0

  // The version is asked before the log is read: what comes between is read twice rather than never.
  let version = versionNow()
  let seen = lastSeq()

  return {
    note(id) {
      const seq = Number(sql.note.run(id, writer).lastInsertRowid)
      if (seq % TRIM_EVERY === 0) sql.trim.run(seq - KEPT)
    },
    poll() {
      try {
        return readLog()
      } catch {
        return 'all' // It cannot tell now, and nothing is taken for read: the next call asks again.
      }
    },
  }

  function readLog(): readonly string[] | 'all' {
    const now = versionNow()
    if (now === version) return NOTHING
    const rows = sql.read.all(seen) as { seq: number; id: string; writer: string }[]
    const missed = rows[0] !== undefined && rows[0].seq !== seen + 1
    version = now
    seen = rows.at(-1)?.seq ?? seen
    return missed ? 'all' : rows.flatMap((row) => (row.writer === writer ? [] : [row.id]))
  }
}

const NOTHING: readonly string[] = []
const KEPT = 10_000
const TRIM_EVERY = 1_000
