import { hash } from 'node:crypto'
import { batched, isAscii } from '../../core/batched.ts'
import { systemClock } from '../../core/clock.ts'
import { HoldfastError } from '../../core/errors.ts'
import { createAsk, type Statement } from '../../stores/postgres/ask.ts'
import type { PostgresClient } from '../../stores/postgres/client.ts'
import { failure } from '../../stores/postgres/failure.ts'
import { createDates } from './dates.ts'
import { quoteWith } from './names.ts'
import {
  acceptable,
  isKey,
  missing,
  type DjangoDatabase,
  type DjangoRow,
  type DjangoServerOptions,
  type DjangoTable,
  type DjangoTablesOptions,
  type DjangoTime,
} from './table.ts'
import { describeUsers, readKey, readUser, type UserTable } from './users.ts'

/**
 * The tables of a Django site in PostgreSQL: `django_session`, which stays as Django's migration made it, and
 * `auth_user`, which is only read. Nothing else is made or needed; the role needs SELECT, INSERT, UPDATE and DELETE on
 * the one and SELECT on the other.
 *
 * Sessions that are looked for in one turn of the event loop are found by one query. It runs in no request's
 * `AsyncLocalStorage`.
 *
 * @param client A `Pool` of `pg`. It stays yours: nothing here ends it.
 * @example
 * const beside = djangoPostgres(new Pool({ connectionString: process.env.DATABASE_URL }))
 */
export function djangoPostgres(
  client: PostgresClient,
  options: DjangoTablesOptions & DjangoServerOptions = {},
): DjangoDatabase {
  if (typeof client?.query !== 'function') throw new HoldfastError('ERR_OPTION', 'djangoPostgres takes a Pool of pg')
  const { table = 'django_session', timeout = 5000 } = options
  const usersOf = describeUsers(options.users, quote, 'text')
  const ask = createAsk(client, timeout, checkTable)

  return {
    name: 'PostgreSQL',
    open(settings): DjangoTable {
      const users = usersOf(settings.userTable)
      const { clock = systemClock } = settings
      const dates = datesOf(settings)
      const sql = statements(quote(table), users, dates)
      const now = (): unknown => (settings.clock === undefined ? null : dates.write(clock.now()))
      const readRow = ({ session_key: key, session_data: text, expires }: Found): DjangoRow => {
        return { key, text, expireDate: dates.read(expires, clock.now()) }
      }
      // Each reads its own row: what is wrong with one is no failure of the others.
      const find = batched<string, Found | undefined>({
        isHarmless: isAscii,
        async askAll(keys) {
          const rows = (await ask(sql.load, [keys, now()])) as Found[]
          const found = new Map(rows.map((row) => [row.session_key, row]))
          return keys.map((key) => found.get(key))
        },
      })
      const findWithUser = batched<KeyAndUser, FoundWithUser>({
        isHarmless: ({ key, pk }) => isAscii(key ?? '') && isAscii(pk ?? ''),
        async askAll(asked) {
          const [keys, pks] = [asked.map(({ key }) => key), asked.map(({ pk }) => pk)]
          return (await ask(sql.loadWithUser, [keys, now(), pks])) as FoundWithUser[]
        },
      })
      return {
        async load(key) {
          const row = isKey(key) ? await find(key) : undefined
          return row && readRow(row)
        },
        async loadWithUser(key, pk) {
          const row = await findWithUser({ key: isKey(key) ? key : null, pk: readKey(pk, users.keyType) ?? null })
          const user = readUser(row, users)
          return { ...(row.session_key !== null && { row: readRow(row) }), ...(user !== undefined && { user }) }
        },
        async exists(key) {
          return isKey(key) && (await ask(sql.exists, [key])).length === 1
        },
        async insert(row) {
          const { key, text, expireDate } = acceptable(row)
          return (await ask(sql.insert, [key, text, dates.write(expireDate)])).length === 1 ? 'inserted' : 'exists'
        },
        async update(row, expected) {
          if (!isKey(row.key)) return 'gone'
          const { key, text, expireDate } = acceptable(row)
          const [answer] = await ask(sql.update, [key, text, dates.write(expireDate), expected])
          return (answer as { outcome: 'updated' | 'stale' | 'gone' }).outcome
        },
        async replace(oldKey, expected, row) {
          if (!isKey(oldKey)) return 'gone'
          const { key, text, expireDate } = acceptable(row)
          try {
            const [answer] = await ask(sql.replace, [oldKey, expected, key, text, dates.write(expireDate)])
            return (answer as { outcome: 'replaced' | 'stale' | 'gone' }).outcome
          } catch (error) {
            // The one statement was undone as a whole: the old row is there.
            if (codeOf(error) === UNIQUE_VIOLATION) return 'exists'
            throw error
          }
        },
        async delete(key) {
          return isKey(key) && (await ask(sql.delete, [key])).length === 1 ? 'deleted' : 'gone'
        },
        clearExpired: async (limit) => (await ask(sql.clear, [limit, now()], Math.max(timeout, CLEARING_MS))).length,
        scan: async (after, limit) => (await ask(sql.scan, [after, limit, now()])).map((row) => readRow(row as Found)),
        async findUser(pk) {
          const id = readKey(pk, users.keyType)
          const [row] = id === undefined ? [] : await ask(sql.findUser, [id])
          return row === undefined ? undefined : readUser(row as Record<string, unknown>, users)
        },
        close: async () => {},
      }
    },
  }

  async function checkTable(connection: PostgresClient): Promise<void> {
    try {
      await connection.query(`SELECT session_key, session_data, expire_date FROM ${quote(table)} LIMIT 0`)
    } catch (error) {
      if (codeOf({ cause: error }) !== UNDEFINED_TABLE) throw failure(error)
      throw new HoldfastError('ERR_STORE', `${missing(table)}. It must be in the search path of this connection`)
    }
  }
}

/** One batch may have a lot to wait for. */
const CLEARING_MS = 60_000

/** What `pg` answers, whatever types the application taught it: the time comes as text. */
interface Found {
  readonly session_key: string
  readonly session_data: string
  readonly expires: string
}

/** Without a row all of that is null. */
type FoundWithUser = Found & Readonly<Record<string, unknown>>

/** Null: what no row can have. */
interface KeyAndUser {
  readonly key: string | null
  readonly pk: string | null
}

/** How instants travel, and what SQL makes of them. */
interface InstantFormat {
  write(ms: number): unknown
  read(text: string, now: number): number
  /** SQL for the instant that a parameter or expression stands for, as `write` wrote it; and for now, in the same way. */
  readonly instant: (parameter: string) => string
  readonly now: string
  readonly text: string
}

/**
 * The column holds instants, however `USE_TZ` is set. But without it Django gives and compares what the clock on its wall
 * shows, and in the hour that comes twice PostgreSQL takes all of that for the second: so the same is done here.
 */
function datesOf(time: DjangoTime): InstantFormat {
  const { zone, write, read } = createDates(time)
  if (time.useTz || zone === null) {
    return {
      write: (ms) => ms,
      read: Number,
      instant: (parameter) => `to_timestamp(${parameter}::double precision / 1000)`,
      now: 'clock_timestamp()',
      text: 'floor(extract(epoch FROM s.expire_date) * 1000)::text',
    }
  }
  const at = `AT TIME ZONE '${zone.replaceAll("'", "''")}'`
  return {
    write,
    read,
    instant: (parameter) => `(${parameter}::timestamp ${at})`,
    now: `(clock_timestamp() ${at} ${at})`,
    text: `to_char(s.expire_date ${at}, 'YYYY-MM-DD HH24:MI:SS.US')`,
  }
}

/**
 * Each is one round trip and one transaction, written for READ COMMITTED like those of `postgresStore`. What is asked for
 * in arrays is looked up one by one, and has one answer each, whatever the table of users is. Arrays hide behind a SELECT:
 * for one that it can see PostgreSQL plans anew each time.
 */
function statements(table: string, users: UserTable, dates: InstantFormat) {
  const columns = `s.session_key, s.session_data, ${dates.text} AS expires`
  const when = dates.instant
  const now = (parameter: string): string => `coalesce(${when(parameter)}, ${dates.now})`
  const session = (key: string, time: string): string => `s.session_key = ${key} AND s.expire_date > ${now(time)}`
  const user = (parameter: string): string => `${users.keyColumn} = ${parameter}::${KEY_TYPES[users.keyType]}`
  /** The lock makes the second look see what is there now, after the write waited for somebody else's. */
  const why = (done: string, outcome: string): string => `SELECT CASE
    WHEN EXISTS (SELECT FROM ${done}) THEN '${outcome}'
    WHEN EXISTS (SELECT FROM ${table} WHERE session_key = $1 FOR SHARE) THEN 'stale'
    ELSE 'gone' END AS outcome`

  return {
    load: statement(`SELECT s.* FROM unnest((SELECT $1::varchar[])) asked (key) CROSS JOIN LATERAL (
        SELECT ${columns} FROM ${table} s WHERE ${session('asked.key', '$2')} LIMIT 1
      ) s`),
    loadWithUser: statement(`SELECT s.*, u.*
      FROM unnest((SELECT $1::varchar[]), (SELECT $3::text[])) WITH ORDINALITY asked (key, pk, place)
      LEFT JOIN LATERAL (SELECT ${columns} FROM ${table} s WHERE ${session('asked.key', '$2')} LIMIT 1) s ON true
      LEFT JOIN LATERAL (SELECT ${users.selected} FROM ${users.table} u WHERE ${user('asked.pk')} LIMIT 1) u ON true
      ORDER BY asked.place`),
    exists: statement(`SELECT 1 FROM ${table} WHERE session_key = $1`),
    insert: statement(`INSERT INTO ${table} (session_key, session_data, expire_date) VALUES ($1, $2, ${when('$3')})
      ON CONFLICT (session_key) DO NOTHING RETURNING session_key`),
    update: statement(`WITH written AS (
        UPDATE ${table} SET session_data = $2, expire_date = ${when('$3')} WHERE session_key = $1 AND session_data = $4
        RETURNING session_key
      ) ${why('written', 'updated')}`),
    replace: statement(`WITH ended AS (
        DELETE FROM ${table} WHERE session_key = $1 AND session_data = $2 RETURNING session_key
      ), begun AS (
        INSERT INTO ${table} (session_key, session_data, expire_date)
        SELECT $3::varchar, $4::text, ${when('$5')} FROM ended RETURNING session_key
      ) ${why('begun', 'replaced')}`),
    delete: statement(`DELETE FROM ${table} WHERE session_key = $1 RETURNING session_key`),
    clear: statement(`WITH due AS (
        SELECT session_key FROM ${table} WHERE expire_date < ${now('$2')} ORDER BY expire_date LIMIT $1
        FOR UPDATE SKIP LOCKED
      ) DELETE FROM ${table} s USING due WHERE s.session_key = due.session_key RETURNING s.session_key`),
    scan: statement(`SELECT ${columns} FROM ${table} s
      WHERE s.session_key > $1 AND s.expire_date > ${now('$3')} ORDER BY s.session_key LIMIT $2`),
    findUser: statement(`SELECT ${users.selected} FROM ${users.table} u WHERE ${user('$1')}`),
  }
}

/** Named after its text: one connection may serve two tables. */
function statement(text: string): Statement {
  const compact = text.replaceAll(/\s+/g, ' ')
  return { name: `holdfast_django_${hash('sha1', compact)}`, text: compact }
}

const quote = quoteWith('"')
const KEY_TYPES = { integer: 'bigint', uuid: 'uuid', text: 'text' } as const

function codeOf(error: unknown): unknown {
  const cause = error instanceof Object && 'cause' in error ? error.cause : undefined
  return cause instanceof Object && 'code' in cause ? cause.code : undefined
}

const UNIQUE_VIOLATION = '23505'
const UNDEFINED_TABLE = '42P01'
