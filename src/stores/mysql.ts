import { systemClock, type Clock } from '../core/clock.ts'
import { HoldfastError } from '../core/errors.ts'
import type { Revision, SessionRecord } from '../core/record.ts'
import type { Created, Guard, SessionStore, Touch } from '../core/store.ts'
import { within } from '../core/within.ts'
import type { Executes, MysqlPool, Value, Written } from './mysql/client.ts'
import { isDuplicate, late } from './mysql/failure.ts'
import { inspectMysql } from './mysql/inspect.ts'
import { bytes, readRow, readText, writeRow, type Row } from './mysql/row.ts'
import { checkSchema, migrateMysql } from './mysql/schema.ts'
import * as sql from './mysql/statements.ts'
import { openMysql, Undo } from './mysql/transact.ts'

export type { MysqlConnection, MysqlPool } from './mysql/client.ts'
export type { MigrateOptions, Migration } from '../core/store.ts'
export { migrateMysql } from './mysql/schema.ts'

export interface MysqlStoreOptions {
  /**
   * Milliseconds MySQL may take, the wait for a connection included. After that it is an error, and what was asked may
   * still happen. Default 5000. A minute at least for each batch of `clearExpired`; no limit for `migrate`.
   */
  readonly timeout?: number
  /** Where time is read; for tests. Default: the clock of the MySQL server. */
  readonly clock?: Clock
}

/**
 * A store in MySQL 8 or MariaDB, for any number of processes on any number of machines. `migrateMysql` makes its tables.
 *
 * @param pool A pool of `mysql2/promise`. It stays yours: the store does not end it.
 * @example
 * const store = mysqlStore(createPool({ uri: process.env.DATABASE_URL }))
 */
export function mysqlStore(pool: MysqlPool, options: MysqlStoreOptions = {}): SessionStore {
  if (typeof pool?.getConnection !== 'function' || typeof pool.execute !== 'function') {
    throw new HoldfastError('ERR_OPTION', 'mysqlStore takes a pool of mysql2/promise')
  }
  const { timeout = 5000 } = options
  const { alone, transact } = openMysql(pool, timeout, checkSchema)
  const now = (): number | null => options.clock?.now() ?? null

  return {
    async create(record, guard = {}) {
      if (isGuarded(record, guard)) return transact((on) => begin(on, record, guard))
      const inserted = await alone((on) => insert(on, record))
      return inserted ? { outcome: 'created', evicted: [] } : { outcome: 'exists' }
    },
    async replace(oldId, expected, record, guard = {}) {
      const begun = await transact<Created | undefined>((on) =>
        begin(on, record, guard, { id: oldId, revision: expected }),
      )
      return begun ?? { outcome: await whyMissed(oldId) }
    },
    find,
    async update({ id, revision, data, seenAt, idleSeconds, security }, expected) {
      const due = seenAt + idleSeconds * 1000
      const values = [revision, bytes(data), seenAt, idleSeconds, bytes(security), due, bytes(id), expected, now()]
      return (await alone((on) => write(on, sql.UPDATE, values))) === 1 ? 'updated' : whyMissed(id)
    },
    async touch(touches) {
      const latest = latestOf(touches)
      if (latest.length === 0) return []
      const touched = await alone((on) => write(on, sql.TOUCH, [JSON.stringify(latest), now()]))
      // A pool may count only the rows that changed. Then it costs one more question.
      return touched === latest.length ? [] : goneOf(latest.map(([id]) => id))
    },
    async delete(id) {
      return (await alone((on) => end(on, id))) ? 'deleted' : 'gone'
    },
    async listBySubject(subject) {
      const rows = await alone((on) => read<Row>(on, sql.LIST, [bytes(subject), now()]))
      return rows.map(readRow)
    },
    deleteBySubject: (subject, except) =>
      transact(async (on) => {
        await write(on, sql.RAISE_EPOCH, [bytes(subject)])
        const spared = except === undefined ? null : bytes(except)
        const doomed = await read<Pick<Row, 'id'>>(on, sql.LOCK_SESSIONS, [bytes(subject), now(), spared])
        const ids = doomed.map(({ id }) => readText(id))
        if (ids.length > 0) await write(on, sql.END_ALL, [JSON.stringify(ids), now(), now()])
        return ids
      }),
    async epoch(subject) {
      const [row] = await alone((on) => read<{ epoch: unknown }>(on, sql.EPOCH, [bytes(subject)]))
      return Number(row?.epoch ?? 0)
    },
    async findEnding(id) {
      const [row] = await alone((on) => read<{ successor: Row['subject'] }>(on, sql.FIND_ENDING, [bytes(id), now()]))
      return row && { successor: row.successor === null ? null : readText(row.successor) }
    },
    async clearExpired(limit) {
      let cleared = 0
      for (;;) {
        const most = limit - cleared
        const batch = await transact((on) => clear(on, most), Math.max(timeout, CLEARING_MS))
        cleared += batch.cleared
        // Those that were put off made no progress that a caller could count.
        if (batch.seen < most || cleared >= limit) return cleared
      }
    },
    async now() {
      const [row] = await alone((on) => read<{ now: unknown }>(on, sql.WHAT_TIME, [now()]))
      return Number(row?.now)
    },
    migrate: (options) => migrateMysql(pool, options),
    inspect: () => within(timeout, inspectMysql(pool, options.clock ?? systemClock), () => late(timeout, true)),
  }

  async function find(id: string): Promise<SessionRecord | undefined> {
    const [row] = await alone((on) => read<Row>(on, sql.FIND, [bytes(id), now()]))
    return row && readRow(row)
  }

  async function whyMissed(id: string): Promise<'stale' | 'gone'> {
    return (await find(id)) === undefined ? 'gone' : 'stale'
  }

  async function goneOf(ids: readonly string[]): Promise<string[]> {
    const rows = await alone((on) => read<Pick<Row, 'id'>>(on, sql.LIVE_AMONG, [JSON.stringify(ids), now()]))
    const live = new Set(rows.map(({ id }) => readText(id)))
    return ids.filter((id) => !live.has(id))
  }

  /** In a transaction. Undone with undefined when the old session was not there, or had another revision. */
  async function begin(on: Executes, record: SessionRecord, guard: Guard, old?: Old): Promise<Created> {
    const { id, subject } = record
    const evicted: string[] = []
    if (subject !== null && isGuarded(record, guard)) {
      const surplus = await oldestTooMany(on, subject, guard, old)
      if (surplus.length > 0 && guard.policy === 'refuse') throw new Undo({ outcome: 'refused', reason: 'max' })
      for (const one of surplus) if (await end(on, one)) evicted.push(one)
    }
    if (old !== undefined && !(await end(on, old.id, id, old.revision))) throw new Undo(undefined)
    if (!(await insert(on, record))) throw new Undo({ outcome: 'exists' })
    return { outcome: 'created', evicted }
  }

  /** Those that have to go before one more may come. Locks the subject, and refuses another epoch than is expected. */
  async function oldestTooMany(on: Executes, subject: string, { max, epoch }: Guard, old?: Old): Promise<string[]> {
    await write(on, sql.LOCK_SUBJECT, [bytes(subject)])
    const leaving = old === undefined ? null : bytes(old.id)
    const rows = await read<{ epoch: unknown; id: Row['id'] | null }>(on, sql.SURVEY, [now(), leaving, bytes(subject)])
    if (epoch !== undefined && Number(rows[0]?.epoch) !== epoch) throw new Undo({ outcome: 'refused', reason: 'epoch' })
    const others = rows.flatMap((row) => (row.id === null ? [] : [readText(row.id)]))
    return others.slice(0, Math.max(0, others.length + 1 - (max ?? Infinity)))
  }

  async function end(on: Executes, id: string, successor?: string, revision?: Revision): Promise<boolean> {
    const values = [now(), now(), successor === undefined ? null : bytes(successor), bytes(id), now()]
    if (revision === undefined) return (await write(on, sql.END, values)) === 1
    return (await write(on, sql.END_FOR, [...values, revision])) === 1
  }

  async function clear(on: Executes, limit: number): Promise<{ seen: number; cleared: number }> {
    const due = await read<Due>(on, sql.LOCK_DUE, [now(), now(), String(limit)])
    const idsOf = (rows: readonly Due[]): string => JSON.stringify(rows.map(({ id }) => readText(id)))
    const expired = due.filter((row) => Number(row.expired) === 1)
    const used = due.filter((row) => Number(row.expired) === 0)
    if (expired.length > 0) await write(on, sql.REMOVE, [idsOf(expired)])
    if (used.length > 0) await write(on, sql.PUT_OFF, [idsOf(used)])
    return { seen: due.length, cleared: expired.filter((row) => Number(row.ended) === 0).length }
  }
}

/** For a batch. Nobody's request waits for it, and a slow disk must not keep it from ever being done. */
const CLEARING_MS = 60_000

type Old = { readonly id: string; readonly revision: Revision }
type Due = { id: Row['id']; expired: unknown; ended: unknown }

function isGuarded({ subject }: SessionRecord, { max, epoch }: Guard): boolean {
  return subject !== null && (max !== undefined || epoch !== undefined)
}

/** One for each id, and all processes lock them in this order, so that nobody waits in a circle. */
function latestOf(touches: readonly Touch[]): (readonly [id: string, seenAt: number])[] {
  const latest = new Map<string, number>()
  for (const { id, seenAt } of touches) latest.set(id, Math.max(seenAt, latest.get(id) ?? 0))
  return [...latest].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

async function insert(on: Executes, record: SessionRecord): Promise<boolean> {
  try {
    await on.execute(sql.INSERT, writeRow(record))
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

async function read<T>(on: Executes, statement: string, values: Value[]): Promise<T[]> {
  const [rows] = await on.execute(statement, values)
  return rows as T[]
}

async function write(on: Executes, statement: string, values: Value[]): Promise<number> {
  const [written] = await on.execute(statement, values)
  return (written as Written).affectedRows
}
