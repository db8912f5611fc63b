import { HoldfastError } from '../../core/errors.ts'
import { systemClock } from '../../core/clock.ts'
import type { Executes, MysqlPool, Value, Written } from '../../stores/mysql/client.ts'
import { failure, isDuplicate, isMissingTable } from '../../stores/mysql/failure.ts'
import { openMysql, Undo } from '../../stores/mysql/transact.ts'
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
  type DjangoZonedOptions,
} from './table.ts'
import { describeUsers, readKey, readUser, type DjangoUser, type UserTable } from './users.ts'

/**
 * The tables of a Django site in MySQL 8 or MariaDB: `django_session`, which stays as Django's migration made it, and
 * `auth_user`, which is only read. The account needs SELECT, INSERT, UPDATE and DELETE on the one and SELECT on the other.
 *
 * @param pool A pool of `mysql2/promise`. It stays yours: nothing here ends it.
 * @example
 * const beside = djangoMysql(createPool({ uri: process.env.DATABASE_URL ?? 'mysql://localhost/mysite' }))
 */
export function djangoMysql(pool: MysqlPool, options: DjangoZonedOptions & DjangoServerOptions = {}): DjangoDatabase {
  if (typeof pool?.getConnection !== 'function' || typeof pool.execute !== 'function') {
    throw new HoldfastError('ERR_OPTION', 'djangoMysql takes a pool of mysql2/promise')
  }
  const { table = 'django_session', timeout = 5000 } = options
  const usersOf = describeUsers(options.users, quote, 'CHAR')
  const { alone, transact } = openMysql(pool, timeout, checkTable)

  return {
    name: 'MySQL',
    open(settings): DjangoTable {
      const users = usersOf(settings.userTable)
      const sql = statements(quote(table), users)
      const { clock = systemClock } = settings
      const dates = createDates(settings, options.timeZone)
      /** The server knows the time, and perhaps no time zones. Only which of its two offsets a zone has is ours to say. */
      const now = (): Value[] => [
        settings.clock === undefined ? null : dates.write(clock.now()),
        dates.offsetSeconds(clock.now()),
      ]
      const readRow = ({ session_key: key, session_data: text, expires }: Found): DjangoRow => {
        return { key: String(key), text: String(text), expireDate: dates.read(String(expires), clock.now()) }
      }
      const insert = async (on: Executes, { key, text, expireDate }: DjangoRow): Promise<'inserted' | 'exists'> => {
        try {
          await on.execute(sql.insert, [key, text, dates.write(expireDate)])
          return 'inserted'
        } catch (error) {
          if (isDuplicate(error)) return 'exists'
          throw error
        }
      }

      return {
        async load(key) {
          const [row] = isKey(key) ? await alone((on) => read<Found>(on, sql.load, [...sameKey(key), ...now()])) : []
          return row && readRow(row)
        },
        async loadWithUser(key, pk) {
          const id = readKey(pk, users.keyType) ?? null
          const keys = isKey(key) ? sameKey(key) : [null, null]
          const [found] = await alone((on) => read<Found>(on, sql.loadWithUser, [...keys, ...now(), id]))
          const row = found as Found & Record<string, unknown>
          const user = ownUser(readUser(row, users), pk)
          return { ...(row.session_key !== null && { row: readRow(row) }), ...(user !== undefined && { user }) }
        },
        async exists(key) {
          return isKey(key) && (await alone((on) => read(on, sql.exists, sameKey(key)))).length === 1
        },
        async insert(row) {
          const one = acceptable(row)
          return alone((on) => insert(on, one))
        },
        async update(row, expected) {
          if (!isKey(row.key)) return 'gone'
          const { key, text, expireDate } = acceptable(row)
          const values = [text, dates.write(expireDate), ...sameKey(key), bytes(expected)]
          if ((await alone((on) => write(on, sql.update, values))) === 1) return 'updated'
          return whyMissed(key, expected, row)
        },
        async replace(oldKey, expected, row) {
          if (!isKey(oldKey)) return 'gone'
          const one = acceptable(row)
          return transact<'replaced' | 'stale' | 'gone' | 'exists'>(async (on) => {
            const values = [...sameKey(oldKey), bytes(expected)]
            if ((await write(on, sql.deleteSame, values)) === 0) {
              const there = await read(on, sql.lock, sameKey(oldKey))
              throw new Undo(there.length === 0 ? 'gone' : 'stale')
            }
            if ((await insert(on, one)) === 'exists') throw new Undo('exists')
            return 'replaced'
          })
        },
        async delete(key) {
          return isKey(key) && (await alone((on) => write(on, sql.delete, sameKey(key)))) === 1 ? 'deleted' : 'gone'
        },
        clearExpired: (limit) =>
          transact(
            async (on) => {
              const due = await read<Pick<Found, 'session_key'>>(on, sql.lockDue, [...now(), String(limit)])
              let cleared = 0
              for (const { session_key: key } of due) cleared += await write(on, sql.delete, sameKey(String(key)))
              return cleared
            },
            Math.max(timeout, CLEARING_MS),
          ),
        async scan(after, limit) {
          return (await alone((on) => read<Found>(on, sql.scan, [after, ...now(), String(limit)]))).map(readRow)
        },
        async findUser(pk) {
          const id = readKey(pk, users.keyType)
          if (id === undefined) return undefined
          const [row] = await alone((on) => read<Record<string, unknown>>(on, sql.findUser, [id]))
          return row && ownUser(readUser(row, users), pk)
        },
        close: async () => {},
      }

      /** A collation that knows no case finds somebody else. */
      function ownUser(user: DjangoUser | undefined, pk: string): DjangoUser | undefined {
        return users.keyType === 'text' && user?.id !== pk ? undefined : user
      }

      /** Who changed nothing is not counted by a pool that counts what changed. */
      async function whyMissed(key: string, expected: string, row: DjangoRow): Promise<'updated' | 'stale' | 'gone'> {
        const [there] = await alone((on) => read<Found>(on, sql.find, sameKey(key)))
        if (there === undefined) return 'gone'
        const { text, expires } = { text: String(there.session_data), expires: String(there.expires) }
        return text === expected && text === row.text && expires === dates.write(row.expireDate) ? 'updated' : 'stale'
      }
    },
  }

  async function checkTable(on: Executes): Promise<void> {
    try {
      await on.execute(`SELECT session_key, session_data, expire_date FROM ${quote(table)} LIMIT 0`, [])
    } catch (error) {
      throw isMissingTable(error) ? new HoldfastError('ERR_STORE', missing(table)) : failure(error)
    }
  }
}

/** One batch may have a lot to wait for. */
const CLEARING_MS = 60_000

interface Found {
  readonly session_key: Buffer | string | null
  readonly session_data: Buffer | string
  readonly expires: Buffer | string
}

/**
 * The collation of Django's columns takes `A` for `a`, and a space after it for nothing. It decides by the index; what is
 * found must then be the same, byte for byte. Dates travel as text, which neither the driver's time zone nor the
 * session's touches.
 */
function statements(table: string, users: UserTable) {
  const columns = 's.session_key, s.session_data, CAST(s.expire_date AS CHAR) AS expires'
  const same = (name: string): string => `CAST(CONVERT(${name} USING utf8mb4) AS BINARY) = ?`
  const key = `s.session_key = ? AND ${same('s.session_key')}`
  const now = 'COALESCE(CAST(? AS DATETIME(6)), UTC_TIMESTAMP(6) + INTERVAL ? SECOND)'
  // As text it would be compared as a floating number, which is one of several large keys.
  const user = `${users.keyColumn} = ${users.keyType === 'integer' ? 'CAST(? AS SIGNED)' : '?'}`
  const find = `SELECT ${columns} FROM ${table} s WHERE ${key}`
  return {
    find,
    load: `${find} AND s.expire_date > ${now}`,
    loadWithUser: `SELECT ${columns}, ${users.selected} FROM (SELECT 1) one
      LEFT JOIN ${table} s ON ${key} AND s.expire_date > ${now}
      LEFT JOIN ${users.table} u ON ${user}`,
    exists: `SELECT 1 FROM ${table} s WHERE ${key}`,
    lock: `SELECT 1 FROM ${table} s WHERE ${key} FOR UPDATE`,
    insert: `INSERT INTO ${table} (session_key, session_data, expire_date) VALUES (?, ?, ?)`,
    update: `UPDATE ${table} s SET s.session_data = ?, s.expire_date = ? WHERE ${key} AND ${same('s.session_data')}`,
    deleteSame: `DELETE s FROM ${table} s WHERE ${key} AND ${same('s.session_data')}`,
    delete: `DELETE s FROM ${table} s WHERE ${key}`,
    lockDue: `SELECT session_key FROM ${table} WHERE expire_date < ${now} ORDER BY expire_date LIMIT ?
      FOR UPDATE SKIP LOCKED`,
    scan: `SELECT ${columns} FROM ${table} s
      WHERE s.session_key > ? AND s.expire_date > ${now} ORDER BY s.session_key LIMIT ?`,
    findUser: `SELECT ${users.selected} FROM ${users.table} u WHERE ${user}`,
  }
}

const quote = quoteWith('`')

function sameKey(key: string): Value[] {
  return [key, bytes(key)]
}

function bytes(text: string): Buffer {
  return Buffer.from(text)
}

async function read<T>(on: Executes, statement: string, values: Value[]): Promise<T[]> {
  const [rows] = await on.execute(statement, values)
  return rows as T[]
}

async function write(on: Executes, statement: string, values: Value[]): Promise<number> {
  const [written] = await on.execute(statement, values)
  return (written as Written).affectedRows
}
