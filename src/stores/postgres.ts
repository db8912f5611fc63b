import { batched, isAscii } from '../core/batched.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import { HoldfastError } from '../core/errors.ts'
import type { Revision, SessionRecord } from '../core/record.ts'
import type { Created, Guard, SessionStore, Touch } from '../core/store.ts'
import { within } from '../core/within.ts'
import { createAsk } from './postgres/ask.ts'
import type { PostgresClient } from './postgres/client.ts'
import { late } from './postgres/failure.ts'
import { inspectPostgres } from './postgres/inspect.ts'
import { readRow, writeRow, type Row } from './postgres/row.ts'
import { checkSchema, migratePostgres } from './postgres/schema.ts'
import * as sql from './postgres/statements.ts'

export type { PostgresClient, PostgresQuery } from './postgres/client.ts'
export type { MigrateOptions, Migration } from '../core/store.ts'
export { migratePostgres } from './postgres/schema.ts'

export interface PostgresStoreOptions {
  /**
   * Milliseconds PostgreSQL may take, the wait for a connection included. After that it is an error, and what was asked
   * may still happen. Default 5000. A minute at least for each batch of `clearExpired`; no limit for `migrate`.
   */
  readonly timeout?: number
  /** Where time is read; for tests. Default: the clock of the PostgreSQL server. */
  readonly clock?: Clock
}

/**
 * A store in PostgreSQL, for any number of processes on any number of machines. `migratePostgres` makes its tables.
 *
 * Sessions that are looked for in one turn of the event loop are found by one query. It runs in no request's
 * `AsyncLocalStorage`.
 *
 * @param client A `Pool` of `pg`. It stays yours: the store does not end it.
 * @example
 * const store = postgresStore(new Pool({ connectionString: process.env.DATABASE_URL }))
 */
export function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): SessionStore {
  if (typeof client?.query !== 'function') throw new HoldfastError('ERR_OPTION', 'postgresStore takes a Pool of pg')
  const { timeout = 5000 } = options
  const ask = createAsk(client, timeout, checkSchema)
  const now = (): number | null => options.clock?.now() ?? null
  const find = batched<string, SessionRecord | undefined>({
    isHarmless: isAscii,
    async askAll(ids) {
      const rows = (await ask(sql.FIND, [ids, now()])) as Row[]
      const found = new Map(rows.map((row) => [row.id, readRow(row)]))
      return ids.map((id) => found.get(id))
    },
  })

  return {
    async create(record, guard = {}) {
      if (isGuarded(record, guard)) return (await begin(record, guard)) as Created
      const inserted = await ask(sql.INSERT, writeRow(acceptable(record)))
      return inserted.length === 1 ? { outcome: 'created', evicted: [] } : { outcome: 'exists' }
    },
    replace: (oldId, expected, record, guard = {}) =>
      isText(oldId) ? begin(record, guard, { id: oldId, revision: expected }) : Promise.resolve({ outcome: 'gone' }),
    find: (id) => (isText(id) ? find(id) : Promise.resolve(undefined)),
    async update({ id, revision, data, seenAt, idleSeconds, security }, expected) {
      if (!isText(id)) return 'gone'
      const [row] = await ask(sql.UPDATE, [id, expected, revision, data, seenAt, idleSeconds, security, now()])
      return (row as { outcome: 'updated' | 'stale' | 'gone' }).outcome
    },
    async touch(touches) {
      const latest = latestOf(touches)
      const ids = [...latest.keys()].filter(isText)
      const alive = ids.length === 0 ? [] : await ask(sql.TOUCH, [ids, ids.map((id) => latest.get(id)), now()])
      for (const id of idsOf(alive)) latest.delete(id)
      return [...latest.keys()]
    },
    async delete(id) {
      const ended = isText(id) ? await ask(sql.DELETE, [id, now()]) : []
      return ended.length === 1 ? 'deleted' : 'gone'
    },
    async listBySubject(subject) {
      const rows = isText(subject) ? await ask(sql.LIST, [subject, now()]) : []
      return rows.map((row) => readRow(row as Row))
    },
    async deleteBySubject(subject, except) {
      const spared = except !== undefined && isText(except) ? except : null
      return isText(subject) ? idsOf(await ask(sql.END_SUBJECT, [subject, spared, now()])) : []
    },
    async epoch(subject) {
      const [row] = isText(subject) ? await ask(sql.EPOCH, [subject]) : []
      return Number((row as { epoch: unknown } | undefined)?.epoch ?? 0)
    },
    async findEnding(id) {
      const [row] = isText(id) ? await ask(sql.FIND_ENDING, [id, now()]) : []
      return row as { successor: string | null } | undefined
    },
    async clearExpired(limit) {
      let cleared = 0
      for (;;) {
        const [row] = await ask(sql.CLEAR, [limit - cleared, now()], Math.max(timeout, CLEARING_MS))
        const counts = row as { seen: unknown; cleared: unknown }
        const wereAll = Number(counts.seen) < limit - cleared
        cleared += Number(counts.cleared)
        // Those that were put off made no progress that a caller could count.
        if (wereAll || cleared >= limit) return cleared
      }
    },
    async now() {
      const [row] = await ask(sql.NOW, [now()])
      return Number((row as { now: unknown }).now)
    },
    migrate: (options) => migratePostgres(client, options),
    inspect: () => within(timeout, inspectPostgres(client, options.clock ?? systemClock), () => late(timeout, true)),
  }

  async function begin(record: SessionRecord, guard: Guard, old?: Old): Promise<Begun> {
    const { max = null, policy, epoch = null } = record.subject === null ? {} : guard
    const replaced = [old?.id ?? null, old?.revision ?? null]
    const conditions = [max, policy === 'refuse', epoch]
    const [row] = await ask(sql.BEGIN, [...writeRow(acceptable(record)), ...replaced, ...conditions, now()])
    const { outcome, evicted } = row as { outcome: Outcome; evicted: string[] }
    if (outcome === 'created') return { outcome, evicted }
    if (outcome === 'max' || outcome === 'epoch') return { outcome: 'refused', reason: outcome }
    return { outcome }
  }
}

/** For a batch. Nobody's request waits for it, and a slow disk must not keep it from ever being done. */
const CLEARING_MS = 60_000

type Old = { readonly id: string; readonly revision: Revision }
type Begun = Awaited<ReturnType<SessionStore['replace']>>
type Outcome = 'created' | 'exists' | 'stale' | 'gone' | 'max' | 'epoch'

function isGuarded({ subject }: SessionRecord, { max, epoch }: Guard): boolean {
  return subject !== null && (max !== undefined || epoch !== undefined)
}

/** PostgreSQL keeps any text but one with a NUL in it. So nothing is found under such an id or subject. */
function isText(value: string): boolean {
  return typeof value === 'string' && !value.includes('\0')
}

function acceptable(record: SessionRecord): SessionRecord {
  if (record.subject === null || isText(record.subject)) return record
  throw new HoldfastError('ERR_SUBJECT', 'PostgreSQL cannot keep the NUL character in it')
}

/** One for each id, because one statement writes a row once. */
function latestOf(touches: readonly Touch[]): Map<string, number> {
  const latest = new Map<string, number>()
  for (const { id, seenAt } of touches) latest.set(id, Math.max(seenAt, latest.get(id) ?? 0))
  return latest
}

function idsOf(rows: readonly unknown[]): string[] {
  return rows.map((row) => (row as { id: string }).id)
}
