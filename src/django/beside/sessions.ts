import { warnOfWeakCookie } from '../../cookie/write.ts'
import { readOptions, type SchemaOptions } from '../../core/options.ts'
import { assembleSessions, type Sessions } from '../../core/sessions.ts'
import { warnOfInsecureKey, warnOfWeakKey } from '../keys.ts'
import type { DjangoCache, DjangoCacheServer } from '../caches/cache.ts'
import type { DjangoTable } from '../tables/table.ts'
import { createSessionSigner, SESSION_SALT, SIGNED_COOKIES_SALT } from '../wire/session-text.ts'
import { createTimeZone } from '../wire/time-zone.ts'
import type { Rules } from './context.ts'
import { cookieOf, djangoCookie } from './cookie.ts'
import type { DjangoEngine } from './engine.ts'
import { cacheEngine } from './engines/cache.ts'
import { cachedDbEngine } from './engines/cached-db.ts'
import { dbEngine } from './engines/db.ts'
import { signedCookiesEngine } from './engines/signed-cookies.ts'
import { readSharedExtras, type SharedExtras, type SharedParts } from './extras.ts'
import { createDjangoLife } from './life.ts'
import { pythonCodec } from './python-codec.ts'
import { readSharedSettings } from './read-settings.ts'
import { engineOf, type SharedSettings, type SharedValues } from './settings.ts'

/** Sessions that are shared with a Django. */
export function sharedSessions<Data>(
  settings: SharedSettings,
  extras: SharedExtras & SchemaOptions<Data>,
): Sessions<Data> {
  const { parts, options } = readSharedExtras(extras)
  const values = readSharedSettings(settings, parts)
  const policy = readOptions({ ...options, keys: [], idleTimeout: values.SESSION_COOKIE_AGE })
  const { clock } = policy
  const time = { useTz: values.USE_TZ, timeZone: values.TIME_ZONE }
  const rules: Rules = {
    identity: { keys: keysOf(values), backends: values.AUTHENTICATION_BACKENDS, verify: parts.verifyUsers },
    expiry: {
      age: values.SESSION_COOKIE_AGE,
      atBrowserClose: values.SESSION_EXPIRE_AT_BROWSER_CLOSE,
      useTz: values.USE_TZ,
      zone: createTimeZone(values.TIME_ZONE),
      clock,
    },
    saveEveryRequest: values.SESSION_SAVE_EVERY_REQUEST,
    csrfInSession: values.CSRF_USE_SESSIONS,
  }
  const userTable = userTableOf(values)
  const table = parts.beside.open({ ...time, userTable, ...(options.clock === undefined ? {} : { clock }) })
  const engine = buildSharedEngine(values, parts, table, clock)
  const cookie = djangoCookie(cookieOf(values), clock)
  const sessions = assembleSessions<Data>({ policy, cookie, codec: pythonCodec }, (core) =>
    createDjangoLife(core, rules, engine),
  )
  warnOfWeakCookie({
    name: cookie.name,
    secure: values.SESSION_COOKIE_SECURE,
    httpOnly: values.SESSION_COOKIE_HTTPONLY,
  })
  warnOfInsecureKey(...keysOf(values))
  warnOfWeakKey(...keysOf(values))
  return sessions
}

function buildSharedEngine(
  values: SharedValues,
  { salt, cache, confirmHits }: SharedParts,
  table: DjangoTable,
  clock: Rules['expiry']['clock'],
): DjangoEngine {
  const signing = { keys: keysOf(values), clock }
  const rows = (): DjangoEngine => dbEngine(table, createSessionSigner({ ...signing, salt: salt ?? SESSION_SALT }))
  const opened = (): DjangoCache => (cache as DjangoCacheServer).open(keysInCache(values)) // The settings were checked.
  switch (engineOf(values)) {
    case 'db':
      return rows()
    case 'cached_db':
      return cachedDbEngine(rows(), opened(), { confirmHits, clock })
    case 'cache':
      return cacheEngine(opened(), table)
    case 'signed_cookies': {
      const maxAge = values.SESSION_COOKIE_AGE
      const signer = createSessionSigner({ ...signing, salt: salt ?? SIGNED_COOKIES_SALT, maxAge })
      return signedCookiesEngine(signer, table, values.SESSION_COOKIE_NAME)
    }
  }
}

function keysInCache({ CACHES, SESSION_CACHE_ALIAS }: SharedValues): { keyPrefix: string; version: number } {
  const { KEY_PREFIX = '', VERSION = 1 } = CACHES[SESSION_CACHE_ALIAS] ?? {}
  return { keyPrefix: KEY_PREFIX, version: VERSION }
}

/** As Django names the table of a model: `accounts_user` of `accounts.User`. Undefined for Django's own. */
function userTableOf({ AUTH_USER_MODEL }: SharedValues): string | undefined {
  return AUTH_USER_MODEL === 'auth.User' ? undefined : AUTH_USER_MODEL.replace('.', '_').toLowerCase()
}

function keysOf({ SECRET_KEY, SECRET_KEY_FALLBACKS }: SharedValues): readonly [string, ...string[]] {
  return [SECRET_KEY, ...SECRET_KEY_FALLBACKS]
}
