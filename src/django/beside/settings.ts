import { nearest } from '../../core/nearest.ts'
import { kindOfEngine, type EngineKind, type EngineName } from '../engine.ts'
import { boolean, kindOf, mustBe, oneOf, text, textOrNull, type Reader } from '../readers.ts'
import { SETTINGS, type DjangoValues, type Setting } from '../settings.ts'

/** Settings that count only where sessions are shared with a Django. */
export interface SiteValues {
  /** Must be known: its default is False up to Django 4.2 and True from 5.0. */
  readonly USE_TZ: boolean
  readonly TIME_ZONE: string
  readonly CSRF_USE_SESSIONS: boolean
  readonly AUTHENTICATION_BACKENDS: readonly [string, ...string[]]
  /** Another model than Django's own needs its table named: `djangoPostgres(pool, { users: { table } })`. */
  readonly AUTH_USER_MODEL: string
  /** Of it the `BACKEND`, `KEY_PREFIX` and `VERSION` of the `SESSION_CACHE_ALIAS` count. */
  readonly CACHES: Readonly<Record<string, CacheSetting>>
}

export interface CacheSetting {
  readonly BACKEND?: string
  readonly KEY_PREFIX?: string
  readonly VERSION?: number
}

/** All settings of sessions that are shared with a Django, with the defaults that Django has. */
export type SharedValues = Omit<DjangoValues, 'SESSION_COOKIE_NAME' | 'SESSION_COOKIE_SAMESITE'> &
  SiteValues & {
    readonly SESSION_COOKIE_NAME: string
    readonly SESSION_COOKIE_SAMESITE: 'Lax' | 'Strict' | 'None' | false
  }

/** Those of a Django that shares its sessions. `SECRET_KEY` and `USE_TZ` have no default. */
export type SharedSettings = Pick<SharedValues, 'SECRET_KEY'> & Partial<SharedValues>

export const SITE_SETTINGS: { readonly [Name in keyof SiteValues]: Setting<SiteValues[Name]> } = {
  USE_TZ: { read: useTz, default: true, required: true },
  TIME_ZONE: { read: text("the name of a time zone, such as 'UTC'"), default: 'America/Chicago' },
  CSRF_USE_SESSIONS: { read: boolean, default: false },
  AUTHENTICATION_BACKENDS: { read: backends, default: ['django.contrib.auth.backends.ModelBackend'] },
  AUTH_USER_MODEL: { read: text("a model, such as 'auth.User'"), default: 'auth.User' },
  CACHES: { read: caches, default: {} },
}

export const SHARED_SETTINGS: { readonly [Name in keyof SharedValues]: Setting<SharedValues[Name]> } = {
  ...SETTINGS,
  ...SITE_SETTINGS,
  SECRET_KEY: { read: key, default: '', required: true },
  SECRET_KEY_FALLBACKS: { read: keys, default: [] },
  SESSION_ENGINE: { read: sharedEngine, default: 'django.contrib.sessions.backends.db' },
  SESSION_COOKIE_AGE: { read: age, default: 1_209_600 },
  SESSION_COOKIE_NAME: { read: text('a name'), default: 'sessionid' },
  SESSION_COOKIE_DOMAIN: { read: textOrNull('a host name'), default: null },
  SESSION_COOKIE_SECURE: { read: boolean, default: false },
  SESSION_COOKIE_SAMESITE: { read: sameSite, default: 'Lax' },
}

export function problemOfSharedName(name: string): string | undefined {
  if (Object.hasOwn(SHARED_SETTINGS, name)) return undefined
  const known = Object.keys(SHARED_SETTINGS)
  const meant = nearest(name, known)
  return meant === undefined
    ? `'${name}' is not a setting of sessions that are shared with Django`
    : `'${name}' is unknown; did you mean '${meant}'?`
}

export function engineOf({ SESSION_ENGINE }: SharedValues): EngineKind {
  return kindOfEngine(SESSION_ENGINE)
}

const FILES =
  "is 'file': those sessions are files on the disk of the machine that Django runs on, and nothing there can be written by two programs at once without losing updates; use 'db' or 'cached_db' on both sides"

function sharedEngine(given: unknown): ReturnType<Reader<EngineName>> {
  if (given === 'file' || given === 'django.contrib.sessions.backends.file') return { problem: FILES }
  return SETTINGS.SESSION_ENGINE.read(given)
}

/** Django takes any that is not empty; what is weak is warned of. */
function key(given: unknown): ReturnType<Reader<string>> {
  if (typeof given === 'string' && given !== '') return { value: given }
  if (given === undefined) return { problem: 'is missing, or its environment variable is not set' }
  return { problem: given === '' ? 'must not be empty' : `must be a string, not ${kindOf(given)}` }
}

function keys(given: unknown): ReturnType<Reader<readonly string[]>> {
  if (!Array.isArray(given)) return { problem: `must be an array of strings, not ${kindOf(given)}` }
  const entries = Array.from<unknown>(given)
  const isKey = (entry: unknown): entry is string => typeof entry === 'string' && entry !== ''
  const wrong = entries.findIndex((entry) => !isKey(entry))
  return wrong === -1
    ? { value: entries.filter(isKey) }
    : { problem: `cannot be used: entry ${wrong} must be a string that is not empty` }
}

function age(given: unknown): ReturnType<Reader<number>> {
  return typeof given === 'number' && Number.isSafeInteger(given) && given >= 1 && given <= LONGEST
    ? { value: given }
    : mustBe('a whole number of seconds, at least 1', given)
}

/** A hundred years. */
const LONGEST = 3_155_760_000

function sameSite(given: unknown): ReturnType<Reader<SharedValues['SESSION_COOKIE_SAMESITE']>> {
  return given === false ? { value: false } : oneOf(['Lax', 'Strict', 'None'])(given)
}

function useTz(given: unknown): ReturnType<Reader<boolean>> {
  if (given !== undefined) return boolean(given)
  return { problem: 'must be given: its default is False up to Django 4.2 and True from 5.0' }
}

function backends(given: unknown): ReturnType<Reader<SiteValues['AUTHENTICATION_BACKENDS']>> {
  const [first, ...others] = Array.isArray(given) ? Array.from<unknown>(given) : []
  const rest = others.filter((one) => typeof one === 'string')
  if (typeof first !== 'string' || rest.length < others.length) {
    return { problem: 'must be an array of paths, one at least' }
  }
  return { value: [first, ...rest] }
}

/** As a file has it, or as an object. Only what names keys is looked at. */
function caches(given: unknown): ReturnType<Reader<SiteValues['CACHES']>> {
  const entries = membersOf(given)
  if (entries === undefined) return mustBe('an object of caches', given)
  const read: [string, CacheSetting][] = []
  for (const [alias, cache] of entries) {
    const members = membersOf(cache)
    if (members === undefined) return { problem: `must have an object for '${alias}', not ${kindOf(cache)}` }
    const { BACKEND: backend, KEY_PREFIX: prefix, VERSION: version } = Object.fromEntries(members)
    if (prefix !== undefined && typeof prefix !== 'string') return { problem: `has a KEY_PREFIX that is no string` }
    if (version !== undefined && !Number.isInteger(version)) return { problem: `has a VERSION that is no number` }
    read.push([
      alias,
      {
        ...(typeof backend === 'string' ? { BACKEND: backend } : {}),
        ...(typeof prefix === 'string' ? { KEY_PREFIX: prefix } : {}),
        ...(typeof version === 'number' ? { VERSION: version } : {}),
      },
    ])
  }
  return { value: Object.fromEntries(read) }
}

function membersOf(given: unknown): [string, unknown][] | undefined {
  if (given instanceof Map) return [...given].map(([name, value]) => [String(name), value])
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : undefined
}

/** Why the cache that Django has cannot be shared. */
export function problemOfCache({ CACHES, SESSION_CACHE_ALIAS }: SharedValues): string | undefined {
  const { BACKEND = '' } = CACHES[SESSION_CACHE_ALIAS] ?? {}
  const reason = UNSHARED.find(([pattern]) => pattern.test(BACKEND))?.[1]
  return reason && `CACHES['${SESSION_CACHE_ALIAS}'] is ${BACKEND}, ${reason}; use Redis, or SESSION_ENGINE 'db'`
}

const UNSHARED: readonly (readonly [RegExp, string])[] = [
  [/memcached/i, 'and no client of Node reads what Django keeps in memcached'],
  [/\blocmem\b|\bdummy\b/i, 'which is in the memory of one process, or nowhere'],
  [/\bfilebased\b|\.db\.DatabaseCache$/i, 'which has no compare-and-swap that Django would keep to'],
]
