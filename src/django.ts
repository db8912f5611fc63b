import { buildSessions, type Sessions } from './core/sessions.ts'
import type { SchemaOptions } from './core/options.ts'
import type { DefaultData } from './core/session-data.ts'
import type { SharedExtras } from './django/beside/extras.ts'
import { sharedSessions } from './django/beside/sessions.ts'
import type { SharedSettings } from './django/beside/settings.ts'
import { cookieOptions } from './django/cookie.ts'
import { buildEngine } from './django/build-engine.ts'
import { readExtras, type DjangoExtras } from './django/extras.ts'
import { warnOfInsecureKey } from './django/keys.ts'
import { readSettings } from './django/read-settings.ts'
import type { DjangoSettings } from './django/settings.ts'

/**
 * Sessions from the settings of a Django project, meaning what they mean there. `None`, `True` and `False` are
 * `null`, `true` and `false` here. `docs/django.md` lists every setting, and where Holdfast is stricter.
 *
 * Without a `store` among the extras, sessions live in the SQLite file `holdfast.sqlite` of the working directory.
 *
 * @param extras What Django has no word for: the store, the cache, a schema, the limits that are Holdfast's own.
 * @throws HoldfastError ERR_SETTING, with all that is wrong in one message, before anything is opened.
 * @example
 * const sessions = sessionsFromSettings({
 *   SECRET_KEY: process.env.SECRET_KEY!,
 *   SESSION_COOKIE_AGE: 1200,
 *   SESSION_COOKIE_SECURE: true,
 *   SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
 *   SESSION_COOKIE_HTTPONLY: true,
 * })
 */
export function sessionsFromSettings<Data = DefaultData>(
  settings: DjangoSettings,
  extras?: DjangoExtras & SchemaOptions<Data>,
): Sessions<Data>

/**
 * The same sessions as a Django that runs beside: its table, its cookie, its keys. Here all settings have the defaults
 * and the meaning that Django gives them, down to `sessionid`.
 *
 * @throws HoldfastError ERR_SETTING, ERR_OPTION, with all that is wrong, before anything is opened.
 * @example
 * const sessions = sessionsFromSettings(readDjangoSettings('mysite/settings.py'), { beside: djangoPostgres(pool) })
 */
export function sessionsFromSettings<Data = DefaultData>(
  settings: SharedSettings | DjangoSettings,
  extras: SharedExtras & SchemaOptions<Data>,
): Sessions<Data>

export function sessionsFromSettings<Data = DefaultData>(
  settings: DjangoSettings | SharedSettings,
  extras: (DjangoExtras | SharedExtras) & SchemaOptions<Data> = {},
): Sessions<Data> {
  if (isShared(extras)) return sharedSessions(settings as SharedSettings, extras)
  return ownSessions(settings as DjangoSettings, extras)
}

function isShared<Extras extends object>(extras: Extras | SharedExtras): extras is SharedExtras {
  return typeof extras === 'object' && extras !== null && 'beside' in extras
}

function ownSessions<Data>(settings: DjangoSettings, extras: DjangoExtras & SchemaOptions<Data>): Sessions<Data> {
  const { parts, options } = readExtras(extras)
  const values = readSettings(settings, parts)
  const age = values.SESSION_COOKIE_AGE
  const sessions = buildSessions<Data>(
    {
      ...options,
      absoluteTimeout: options.absoluteTimeout ?? Math.max(LONGEST_BY_DEFAULT, age),
      keys: [values.SECRET_KEY, ...values.SECRET_KEY_FALLBACKS],
      cookie: cookieOptions(values),
      idleTimeout: age,
      expiry: values.SESSION_SAVE_EVERY_REQUEST ? 'every-request' : 'since-save',
    },
    () => buildEngine(values.SESSION_ENGINE, parts),
  )
  warnOfInsecureKey(values.SECRET_KEY, ...values.SECRET_KEY_FALLBACKS)
  return sessions
}

/** Twelve hours: as in `createSessions`, unless the settings ask for sessions that are idle longer than that. */
const LONGEST_BY_DEFAULT = 43_200

export type { SharedExtras } from './django/beside/extras.ts'
export type { SharedSettings, SharedValues, SiteValues } from './django/beside/settings.ts'
export { djangoLogin, djangoUser, updateSessionAuthHash, type KnownUser } from './django/beside/users.ts'
export type { DjangoExtras } from './django/extras.ts'
export type { DjangoSettings } from './django/settings.ts'
export { parseDjangoSettings, type SettingsFile, type SettingsFileOptions } from './django/settings-file/parse.ts'
export type { Assignment, Computed } from './django/settings-file/names.ts'
export type { Problem } from './django/settings-file/positions.ts'
export { readDjangoSettings, type PassedSettings } from './django/settings-file/read.ts'
export type { PythonValue } from './django/settings-file/value.ts'
export { djangoMysql } from './django/tables/mysql.ts'
export { djangoPostgres } from './django/tables/postgres.ts'
export { djangoSqlite } from './django/tables/sqlite.ts'
export type {
  DjangoDatabase,
  DjangoRow,
  DjangoTable,
  DjangoTableSettings,
  DjangoTablesOptions,
  DjangoTime,
  DjangoServerOptions,
  DjangoZonedOptions,
} from './django/tables/table.ts'
export type { DjangoUser, DjangoUsersOptions } from './django/tables/users.ts'
export type { Cached, DjangoCache, DjangoCacheServer } from './django/caches/cache.ts'
export { djangoRedis, type DjangoRedisOptions } from './django/caches/redis.ts'
export { checkDjangoPassword, makeDjangoPassword, type MakePasswordOptions } from './django/wire/passwords.ts'
