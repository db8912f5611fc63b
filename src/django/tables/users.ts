import { HoldfastError } from '../../core/errors.ts'

/** A row of Django's `auth_user`, or of the project's own user model. */
export interface DjangoUser {
  /** The primary key as Django keeps it in a session: `str(user.pk)`. */
  readonly id: string
  /** The encoded password, as it is in its column: Django's hash, never the password itself. */
  readonly password: string
  readonly isActive: boolean
  readonly username?: string
  readonly email?: string
  readonly firstName?: string
  readonly lastName?: string
  readonly isStaff?: boolean
  readonly isSuperuser?: boolean
}

/** Where users are. The default is Django's `auth_user`. */
export interface DjangoUsersOptions {
  /** The table of the user model, such as `accounts_user`. Default: as `AUTH_USER_MODEL` of the settings, or `auth_user`. */
  readonly table?: string
  /** The type of its primary key. Default `integer`, which is `AutoField` and `BigAutoField`. */
  readonly keyType?: 'integer' | 'uuid' | 'text'
  /** Columns of other names; null for one that the model has not. Without `isActive` everybody is active, as in Django. */
  readonly columns?: Partial<Record<keyof DjangoUser, string | null>>
}

export interface UserTable {
  readonly table: string
  readonly keyType: 'integer' | 'uuid' | 'text'
  /** Quoted columns under our names, for a SELECT from `u`. */
  readonly selected: string
  readonly keyColumn: string
}

export type QuoteName = (name: string) => string

/**
 * Answers the table for the name that the settings give it, where the options give none.
 *
 * @param textType What a database calls text, into which it casts the key: a driver would round a large one.
 * @throws HoldfastError ERR_OPTION for what cannot name a table or column.
 */
export function describeUsers(
  options: DjangoUsersOptions | undefined,
  quote: QuoteName,
  textType: string,
): (setting: string | undefined) => UserTable {
  const { table, keyType = 'integer', columns = {} } = options ?? {}
  if (!['integer', 'uuid', 'text'].includes(keyType)) throw wrong("keyType must be 'integer', 'uuid' or 'text'")
  const named = { ...COLUMNS, ...columns }
  for (const name of Object.keys(named))
    if (!Object.hasOwn(COLUMNS, name)) throw wrong(`'${name}' is no column of users`)
  const { id, password } = named
  if (typeof id !== 'string' || typeof password !== 'string') throw wrong('users need their columns id and password')
  const selected = Object.entries(named)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([name, column]) => {
      const value = name === 'id' ? `CAST(u.${quote(column)} AS ${textType})` : `u.${quote(column)}`
      return `${value} AS ${quote(`user_${name}`)}`
    })
  const described = { keyType, selected: selected.join(', '), keyColumn: `u.${quote(id)}` }
  const given = table === undefined ? undefined : quote(table)
  return (setting) => ({ ...described, table: given ?? quote(setting ?? 'auth_user') })
}

/**
 * What to ask the database for, or undefined for a text that is no primary key of that type. Digits that are no 64-bit
 * integer are none.
 */
export function readKey(pk: string, keyType: UserTable['keyType']): string | undefined {
  switch (keyType) {
    case 'integer':
      return INTEGER.test(pk) && BigInt(pk) >= -(2n ** 63n) && BigInt(pk) < 2n ** 63n ? pk : undefined
    case 'uuid':
      return UUID.test(pk) ? pk.replaceAll('-', '').toLowerCase() : undefined
    case 'text':
      return pk.includes('\0') || !pk.isWellFormed() ? undefined : pk
  }
}

/** Undefined when the columns of a user are null, as a LEFT JOIN that found none leaves them. */
export function readUser(row: Readonly<Record<string, unknown>>, { keyType }: UserTable): DjangoUser | undefined {
  const { user_id: id, user_password: password } = row
  if (id === null || id === undefined) return undefined
  const texts = TEXTS.map((name) => [name, row[`user_${name}`]]).filter(([, value]) => typeof value === 'string')
  const flags = FLAGS.filter((name) => `user_${name}` in row).map((name) => [name, isTrue(row[`user_${name}`])])
  const known = { isActive: true, ...Object.fromEntries([...texts, ...flags]) }
  return { ...known, id: textOfKey(id, keyType), password: String(password) }
}

/** Databases without a boolean keep 1. A null is not true, as in Python. */
function isTrue(value: unknown): boolean {
  return value === true || Number(value) === 1
}

/** Django writes a UUID with its dashes; MySQL and SQLite keep it without. */
function textOfKey(id: unknown, keyType: UserTable['keyType']): string {
  const text = Buffer.isBuffer(id) ? id.toString() : String(id)
  if (keyType !== 'uuid' || text.length !== 32) return text
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toLowerCase()
}

function wrong(detail: string): HoldfastError {
  return new HoldfastError('ERR_OPTION', detail)
}

const COLUMNS: Record<keyof DjangoUser, string | null> = {
  id: 'id',
  password: 'password',
  isActive: 'is_active',
  username: 'username',
  email: 'email',
  firstName: 'first_name',
  lastName: 'last_name',
  isStaff: 'is_staff',
  isSuperuser: 'is_superuser',
}
const TEXTS = ['username', 'email', 'firstName', 'lastName']
const FLAGS = ['isActive', 'isStaff', 'isSuperuser']
const INTEGER = /^-?\d{1,19}$/
const UUID = /^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i
