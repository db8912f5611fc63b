import type { Clock } from '../../core/clock.ts'
import { HoldfastError } from '../../core/errors.ts'
import type { DjangoUser, DjangoUsersOptions } from './users.ts'

/** Where a Django site keeps its sessions and users: what `djangoPostgres`, `djangoMysql` and `djangoSqlite` make. */
export interface DjangoDatabase {
  /** What it is called in errors. */
  readonly name: string
  /** With what the settings say. */
  open(settings: DjangoTableSettings): DjangoTable
}

export interface DjangoTableSettings extends DjangoTime {
  /** The table of `AUTH_USER_MODEL`, where the caller named none. Default `auth_user`. */
  readonly userTable?: string | undefined
}

/** How Django writes its dates. */
export interface DjangoTime {
  /** `USE_TZ` */
  readonly useTz: boolean
  /** `TIME_ZONE` */
  readonly timeZone: string
  /** Where time is read; for tests. Default: the clock of the database server, or of this machine for SQLite. */
  readonly clock?: Clock
}

export interface DjangoTablesOptions {
  /** The table of the session model. Default `django_session`. */
  readonly table?: string
  readonly users?: DjangoUsersOptions
}

/** For databases whose dates know no time zone. */
export interface DjangoZonedOptions extends DjangoTablesOptions {
  /** The `TIME_ZONE` of this entry in `DATABASES`, if it has one. It counts only with `USE_TZ`. Default `UTC`. */
  readonly timeZone?: string
}

/** For databases that are servers. */
export interface DjangoServerOptions {
  /** Milliseconds the server may take, as of `postgresStore` and `mysqlStore`. Default 5000. */
  readonly timeout?: number
}

/** A row of `django_session`. */
export interface DjangoRow {
  readonly key: string
  /** `session_data`: what is compared, letter by letter, before it is replaced. */
  readonly text: string
  /** Milliseconds since the Unix epoch. */
  readonly expireDate: number
}

/**
 * Django's own table, unchanged, with what Django's own engine does not do: no write is lost, and what has been deleted
 * never comes back. A database that fails is an ERR_STORE and never "gone".
 *
 * A key that Django would not look up (shorter than 8 characters) or that its column cannot hold is under no row.
 */
export interface DjangoTable {
  /** Undefined when it is absent or has expired. */
  load(key: string): Promise<DjangoRow | undefined>
  /** `load`, and the user of this primary key, in one round trip. */
  loadWithUser(key: string, pk: string): Promise<{ readonly row?: DjangoRow; readonly user?: DjangoUser }>
  /** Expired or not, as in Django. */
  exists(key: string): Promise<boolean>
  insert(row: DjangoRow): Promise<'inserted' | 'exists'>
  /**
   * Only over the text that the caller saw. Never makes a row. As in Django it asks not whether the row has expired: who
   * loaded it in time may save it.
   */
  update(row: DjangoRow, expected: string): Promise<'updated' | 'stale' | 'gone'>
  /** A new key for a session, in one transaction: the old row goes if it has this text, and the new one comes. */
  replace(oldKey: string, expected: string, row: DjangoRow): Promise<'replaced' | 'stale' | 'gone' | 'exists'>
  delete(key: string): Promise<'deleted' | 'gone'>
  /** At most `limit` rows that have expired, in one short transaction. Answers how many went. */
  clearExpired(limit: number): Promise<number>
  /** Those that have not expired and come after this key, in the order of their keys; `''` begins. */
  scan(after: string, limit: number): Promise<DjangoRow[]>
  /** By the text of a primary key, as Django keeps it in a session. What cannot be one is nobody's. */
  findUser(pk: string): Promise<DjangoUser | undefined>
  close(): Promise<void>
}

/** Django looks up no key below 8 characters, and the column holds 40. */
export function isKey(key: string): boolean {
  if (key.length < 8 || key.length > 80 || key.includes('\0') || !key.isWellFormed()) return false
  const characters = Array.from(key).length
  return characters >= 8 && characters <= 40
}

/** @throws HoldfastError ERR_OPTION for a row that Django could not have written. */
export function acceptable(row: DjangoRow): DjangoRow {
  if (!isKey(row.key)) throw wrong('a session key has 8 to 40 characters')
  if (row.text.includes('\0') || !row.text.isWellFormed()) throw wrong('session_data is plain text')
  if (row.expireDate >= FIRST_MS && row.expireDate < END_MS) return row
  throw wrong('a session expires in the years 1 to 9999, which are those that Python knows')
}

/** Answers the words for a table of that name that is not there. */
export function missing(table: string): string {
  return `it has no table ${table}. Django makes it: python manage.py migrate`
}

function wrong(detail: string): HoldfastError {
  return new HoldfastError('ERR_OPTION', detail)
}

/** A day inside the years 1 and 9999, so that no time zone leads out of them. */
const FIRST_MS = Date.parse('0001-01-02T00:00:00Z')
const END_MS = Date.parse('9999-12-31T00:00:00Z')
