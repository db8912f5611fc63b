import { pathToFileURL } from 'node:url'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { systemClock } from '../../core/clock.ts'
import { HoldfastError } from '../../core/errors.ts'
import { LONGEST_WAIT_MS, reading } from '../../stores/sqlite/busy.ts'
import { createGroupCommit } from '../../stores/sqlite/group-commit.ts'
import { createDates } from './dates.ts'
import { quoteWith } from './names.ts'
import {
  acceptable,
  isKey,
  missing,
  type DjangoDatabase,
  type DjangoRow,
  type DjangoTable,
  type DjangoZonedOptions,
} from './table.ts'
import { describeUsers, readKey, readUser, type DjangoUser, type UserTable } from './users.ts'

/**
 * The tables of a Django site in its SQLite file: `django_session`, which stays as Django's migration made it, and
 * `auth_user`, which is only read. The file keeps its journal mode: in Django's own (`delete`) whoever writes waits for
 * whoever reads, and for ten seconds at most.
 *
 * @param database The path of the file, which Django has made; or a `DatabaseSync`, which stays yours and must be in no
 * transaction when a request ends.
 * @example
 * const beside = djangoSqlite('mysite/db.sqlite3')
 */
export function djangoSqlite(database: string | DatabaseSync, options: DjangoZonedOptions = {}): DjangoDatabase {
  if (typeof database === 'string' ? database === '' : typeof database?.prepare !== 'function') {
    throw new HoldfastError('ERR_OPTION', "djangoSqlite takes the path of Django's file, or a DatabaseSync")
  }
  const { table = 'django_session' } = options
  const usersOf = describeUsers(options.users, quote, 'TEXT')

  return {
    name: 'SQLite',
    open(settings): DjangoTable {
      const users = usersOf(settings.userTable)
      const { clock = systemClock } = settings
      const dates = createDates(settings, options.timeZone)
      const opened = typeof database === 'string' ? openFile(database) : database
      const sql = prepare(opened, table, users)
      // SQLite waits for a lock by stopping the whole process. From here on `busy` waits, without stopping anything.
      if (typeof database === 'string') opened.exec('PRAGMA busy_timeout = 0')
      const transact = createGroupCommit(opened, 'EXCLUSIVE')
      const write = (ms: number): string => dates.write(ms).replace('.000000', '')
      const now = (): string => write(clock.now())

      return {
        load: (key) => reading(() => find(key)),
        loadWithUser: (key, pk) =>
          reading(() => {
            const [row, user] = [find(key), findUser(pk)]
            return { ...(row !== undefined && { row }), ...(user !== undefined && { user }) }
          }),
        exists: (key) => reading(() => isThere(key)),
        async insert(row) {
          const one = acceptable(row)
          return transact(() => insert(one))
        },
        async update(row, expected) {
          if (!isKey(row.key)) return 'gone'
          const { key, text, expireDate } = acceptable(row)
          return transact(() => {
            if (sql.update.run(text, write(expireDate), key, expected).changes === 1) return 'updated'
            return isThere(key) ? 'stale' : 'gone'
          })
        },
        async replace(oldKey, expected, row) {
          const one = acceptable(row)
          return transact(() => {
            const old = isKey(oldKey) ? (sql.text.get(oldKey) as Pick<Found, 'session_data'> | undefined) : undefined
            if (old === undefined) return 'gone'
            if (old.session_data !== expected) return 'stale'
            if (insert(one) === 'exists') return 'exists'
            sql.delete.run(oldKey)
            return 'replaced'
          })
        },
        delete: (key) => transact(() => (isKey(key) && sql.delete.run(key).changes === 1 ? 'deleted' : 'gone')),
        clearExpired: (limit) => transact(() => Number(sql.clear.run(now(), limit).changes)),
        scan: (after, limit) => reading(() => (sql.scan.all(after, now(), limit) as unknown as Found[]).map(readRow)),
        findUser: (pk) => reading(() => findUser(pk)),
        async close() {
          await transact.idle()
          if (typeof database === 'string') opened.close()
        },
      }

      function find(key: string): DjangoRow | undefined {
        const row = isKey(key) ? (sql.load.get(key, now()) as Found | undefined) : undefined
        return row && readRow(row)
      }

      function isThere(key: string): boolean {
        return isKey(key) && sql.exists.get(key) !== undefined
      }

      function insert({ key, text, expireDate }: DjangoRow): 'inserted' | 'exists' {
        return sql.insert.run(key, text, write(expireDate)).changes === 1 ? 'inserted' : 'exists'
      }

      function readRow({ session_key: key, session_data: text, expires }: Found): DjangoRow {
        return { key, text, expireDate: dates.read(expires, clock.now()) }
      }

      function findUser(pk: string): DjangoUser | undefined {
        const id = readKey(pk, users.keyType)
        const row = id === undefined ? undefined : sql.findUser().get(id)
        return row && readUser(row, users)
      }
    },
  }
}

interface Found {
  readonly session_key: string
  readonly session_data: string
  readonly expires: string
}

/** SQLite compares dates as the texts they are: with a space, and a fraction of six digits or none, as Django's. */
function prepare(database: DatabaseSync, name: string, users: UserTable) {
  let findUser: StatementSync | undefined
  const table = quote(name)
  const columns = 'session_key, session_data, CAST(expire_date AS TEXT) AS expires'
  const key = users.keyType === 'integer' ? 'CAST(? AS INTEGER)' : '?'
  const selectUser = `SELECT ${users.selected} FROM ${users.table} u WHERE ${users.keyColumn} = ${key}`
  try {
    return {
      load: database.prepare(`SELECT ${columns} FROM ${table} WHERE session_key = ? AND expire_date > ?`),
      text: database.prepare(`SELECT session_data FROM ${table} WHERE session_key = ?`),
      exists: database.prepare(`SELECT 1 FROM ${table} WHERE session_key = ?`),
      insert: database.prepare(`INSERT INTO ${table} (session_key, session_data, expire_date) VALUES (?, ?, ?)
        ON CONFLICT (session_key) DO NOTHING`),
      update: database.prepare(`UPDATE ${table} SET session_data = ?, expire_date = ?
        WHERE session_key = ? AND session_data = ?`),
      delete: database.prepare(`DELETE FROM ${table} WHERE session_key = ?`),
      clear: database.prepare(`DELETE FROM ${table} WHERE session_key IN
        (SELECT session_key FROM ${table} WHERE expire_date < ? ORDER BY expire_date LIMIT ?)`),
      scan: database.prepare(`SELECT ${columns} FROM ${table}
        WHERE session_key > ? AND expire_date > ? ORDER BY session_key LIMIT ?`),
      // Only who asks for users needs their table.
      findUser: () => (findUser ??= database.prepare(selectUser)),
    }
  } catch (error) {
    const why = error instanceof Error && error.message.startsWith('no such table') ? missing(name) : 'SQLite refused'
    throw new HoldfastError('ERR_STORE', why, { cause: error })
  }
}

/** A file that is not there is not made: Django makes it. */
function openFile(path: string): DatabaseSync {
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
  const url = pathToFileURL(path)
  url.searchParams.set('mode', 'rw')
  try {
    return new Database(url, { timeout: LONGEST_WAIT_MS })
  } catch (error) {
    throw new HoldfastError('ERR_STORE', `SQLite cannot open '${path}'. Django makes it: python manage.py migrate`, {
      cause: error,
    })
  }
}

const quote = quoteWith('"')
