import { systemClock, type Clock } from '../core/clock.ts'
import { randomBytes } from '../core/random.ts'
import { ENDING_SECONDS, type SessionRecord } from '../core/record.ts'
import type { Created, Guard, SessionStore } from '../core/store.ts'
import { reading } from './sqlite/busy.ts'
import { createChangeLog } from './sqlite/change-log.ts'
import { createGroupCommit } from './sqlite/group-commit.ts'
import { inspectSqlite } from './sqlite/inspect.ts'
import { openDatabase, type Synchronous } from './sqlite/open.ts'
import { readRow, writeRow, type Row } from './sqlite/row.ts'

export interface SqliteStoreOptions {
  /**
   * `full` (default): what was answered survives a power cut. `normal`: a power cut may take the last moments,
   * logouts included; a killed process still loses nothing.
   */
  readonly synchronous?: Synchronous
  readonly clock?: Clock
}

/**
 * A store in one SQLite file, on Node's own `node:sqlite`. Any number of processes on one machine may share the
 * file. The tables are made when it is first opened, the file with permissions 0600.
 *
 * @param path A file name, or `:memory:`.
 * @example
 * const store = sqliteStore('sessions.sqlite')
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): SessionStore {
  const { synchronous = 'full', clock = systemClock } = options
  const database = openDatabase(path, synchronous)
  const writer = randomBytes(9).toString('base64url')
  const changes = createChangeLog(database, writer)
  const transact = createGroupCommit(database)

  const sql = {
    insert: database.prepare(`INSERT INTO holdfast_sessions
      (id, revision, subject, data, created_at, seen_at, idle_seconds, absolute_at, security)
      VALUES (:id, :revision, :subject, :data, :createdAt, :seenAt, :idleSeconds, :absoluteAt, :security)
      ON CONFLICT (id) DO NOTHING`),
    find: database.prepare('SELECT * FROM holdfast_sessions WHERE id = ? AND expires_at > ?'),
    update: database.prepare(`UPDATE holdfast_sessions
      SET revision = ?, data = ?, seen_at = max(seen_at, ?), idle_seconds = ?, security = ?
      WHERE id = ? AND revision = ? AND expires_at > ?`),
    touch: database.prepare('UPDATE holdfast_sessions SET seen_at = max(seen_at, ?) WHERE id = ? AND expires_at > ?'),
    delete: database.prepare('DELETE FROM holdfast_sessions WHERE id = ? RETURNING expires_at'),
    list: database.prepare(
      'SELECT * FROM holdfast_sessions WHERE subject = ? AND expires_at > ? ORDER BY created_at, id',
    ),
    epoch: database.prepare('SELECT epoch FROM holdfast_subjects WHERE subject = ?'),
    raiseEpoch: database.prepare(`INSERT INTO holdfast_subjects (subject, epoch) VALUES (?, 1)
      ON CONFLICT (subject) DO UPDATE SET epoch = epoch + 1`),
    addEnding: database.prepare('INSERT OR REPLACE INTO holdfast_endings (id, successor, ended_at) VALUES (?, ?, ?)'),
    findEnding: database.prepare('SELECT successor FROM holdfast_endings WHERE id = ? AND ended_at > ?'),
    clearEndings: database.prepare('DELETE FROM holdfast_endings WHERE ended_at <= ?'),
    clear: database.prepare(`DELETE FROM holdfast_sessions WHERE rowid IN
      (SELECT rowid FROM holdfast_sessions WHERE expires_at <= ? LIMIT ?)`),
  }

  return {
    changes,
    create: (record, guard) => transact(() => insert(record, guard)),
    replace: (oldId, expected, record, guard) =>
      transact(() => {
        const old = find(oldId)
        if (old === undefined) return { outcome: 'gone' }
        if (old.revision !== expected) return { outcome: 'stale' }
        const created = insert(record, guard, oldId)
        if (created.outcome === 'created') remove(oldId, record.id)
        return created
      }),
    find: (id) => reading(() => find(id)),
    update: (record, expected) =>
      transact(() => {
        const { id, revision, data, seenAt, idleSeconds, security } = record
        const { changes: updated } = sql.update.run(
          revision,
          data,
          seenAt,
          idleSeconds,
          security,
          id,
          expected,
          clock.now(),
        )
        if (updated === 0) return find(id) === undefined ? 'gone' : 'stale'
        changes.note(id)
        return 'updated'
      }),
    touch: (touches) =>
      transact(() =>
        touches.flatMap(({ id, seenAt }) => (sql.touch.run(seenAt, id, clock.now()).changes === 0 ? [id] : [])),
      ),
    delete: (id) => transact(() => remove(id, null)),
    listBySubject: (subject) => reading(() => list(subject)),
    deleteBySubject: (subject, except) =>
      transact(() => {
        sql.raiseEpoch.run(subject)
        const doomed = list(subject).flatMap(({ id }) => (id === except ? [] : [id]))
        for (const id of doomed) remove(id, null)
        return doomed
      }),
    epoch: (subject) => reading(() => epochOf(subject)),
    findEnding: (id) =>
      reading(() => {
        const row = sql.findEnding.get(id, clock.now() - ENDING_SECONDS * 1000) as
          | { successor: string | null }
          | undefined
        return row && { successor: row.successor }
      }),
    clearExpired: (limit) =>
      transact(() => {
        sql.clearEndings.run(clock.now() - ENDING_SECONDS * 1000)
        return Number(sql.clear.run(clock.now() - CLEAR_MARGIN_MS, limit).changes)
      }),
    inspect: async () => inspectSqlite(database, path),
    async close() {
      await transact.idle()
      database.close()
    },
  }

  function find(id: string): SessionRecord | undefined {
    const row = sql.find.get(id, clock.now()) as Row | undefined
    return row && readRow(row)
  }

  function list(subject: string): SessionRecord[] {
    return (sql.list.all(subject, clock.now()) as unknown as Row[]).map(readRow)
  }

  function epochOf(subject: string): number {
    return (sql.epoch.get(subject) as { epoch: number } | undefined)?.epoch ?? 0
  }

  function insert(record: SessionRecord, guard: Guard | undefined, leaving?: string): Created {
    const { subject } = record
    const evicted: string[] = []
    if (subject !== null && guard !== undefined) {
      if (guard.epoch !== undefined && epochOf(subject) !== guard.epoch) return { outcome: 'refused', reason: 'epoch' }
      const others = guard.max === undefined ? [] : list(subject).filter(({ id }) => id !== leaving)
      const surplus = Math.max(0, others.length + 1 - (guard.max ?? Infinity))
      if (surplus > 0 && guard.policy === 'refuse') return { outcome: 'refused', reason: 'max' }
      evicted.push(...others.slice(0, surplus).map(({ id }) => id))
    }
    if (sql.insert.run(writeRow(record)).changes === 0) return { outcome: 'exists' }
    for (const id of evicted) remove(id, null)
    return { outcome: 'created', evicted }
  }

  function remove(id: string, successor: string | null): 'deleted' | 'gone' {
    const now = clock.now()
    const row = sql.delete.get(id) as { expires_at: number } | undefined
    if (row === undefined) return 'gone'
    sql.clearEndings.run(now - ENDING_SECONDS * 1000)
    sql.addEnding.run(id, successor, now)
    changes.note(id)
    return row.expires_at > now ? 'deleted' : 'gone'
  }
}

const CLEAR_MARGIN_MS = 5 * 60 * 1000
