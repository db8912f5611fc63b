import { LONGEST_MAX_AGE } from '../cookie/write.ts'
import { engine, type EngineName } from './engine.ts'
import { key, keys } from './keys.ts'
import { boolean, oneOf, seconds, text, textOrNull, type Reader } from './readers.ts'

const JSON_SERIALIZER = 'django.contrib.sessions.serializers.JSONSerializer'

/** Django's settings of sessions. All but `SECRET_KEY` have a default. */
export type DjangoSettings = Pick<DjangoValues, 'SECRET_KEY'> & Partial<DjangoValues>

/** Every setting with a value. */
export interface DjangoValues {
  /** Seals every session: at least 32 bytes, from a secret of your deployment. The only setting without a default. */
  readonly SECRET_KEY: string
  /** Earlier keys: their sessions are still accepted, and sealed anew by `SECRET_KEY`. */
  readonly SECRET_KEY_FALLBACKS: readonly string[]
  /** Where sessions live: Django's module path or its last word. Default: db. */
  readonly SESSION_ENGINE: EngineName
  /** Seconds a session lives after it was last saved, and the cookie with it. Default 1800 (Django: two weeks). */
  readonly SESSION_COOKIE_AGE: number
  /** Default `__Host-sessionid`, or the strictest prefix that the path, the domain and Secure allow. */
  readonly SESSION_COOKIE_NAME: string | undefined
  /** A domain shares the cookie with all its subdomains. Default null: this host alone. */
  readonly SESSION_COOKIE_DOMAIN: string | null
  readonly SESSION_COOKIE_PATH: string
  /** Default true (Django: false). False sends the session over plain http, where anyone can copy it. */
  readonly SESSION_COOKIE_SECURE: boolean
  /** Default true. False lets every script on the page read the session. */
  readonly SESSION_COOKIE_HTTPONLY: boolean
  /** Default 'Lax'. Django's False (no attribute at all) is refused. */
  readonly SESSION_COOKIE_SAMESITE: 'Lax' | 'Strict' | 'None'
  /** True: the browser forgets the cookie when it closes; the session still ends by its age. */
  readonly SESSION_EXPIRE_AT_BROWSER_CLOSE: boolean
  /** True: every request counts as a save, so a session ends that long after it was last used. */
  readonly SESSION_SAVE_EVERY_REQUEST: boolean
  /** `default`; another name only beside a cache given as an extra. */
  readonly SESSION_CACHE_ALIAS: string
  readonly SESSION_FILE_PATH: null
  readonly SESSION_SERIALIZER: typeof JSON_SERIALIZER
}

/** What may be written, and what it is when nothing is. */
export interface Setting<T> {
  readonly read: Reader<T>
  /** A value that only stands in, where the setting is `required`. */
  readonly default: T
  readonly required?: true
}

export const SETTINGS: { readonly [Name in keyof DjangoValues]: Setting<DjangoValues[Name]> } = {
  SECRET_KEY: { read: key, default: '', required: true },
  SECRET_KEY_FALLBACKS: { read: keys, default: [] },
  SESSION_ENGINE: { read: engine, default: 'django.contrib.sessions.backends.db' },
  SESSION_COOKIE_AGE: { read: seconds(LONGEST_MAX_AGE, '400 days, where browsers cut a cookie'), default: 1800 },
  SESSION_COOKIE_NAME: { read: text('a name'), default: undefined },
  SESSION_COOKIE_DOMAIN: { read: textOrNull('a host name'), default: null },
  SESSION_COOKIE_PATH: { read: text("a path such as '/'"), default: '/' },
  SESSION_COOKIE_SECURE: { read: boolean, default: true },
  SESSION_COOKIE_HTTPONLY: { read: boolean, default: true },
  SESSION_COOKIE_SAMESITE: { read: oneOf(['Lax', 'Strict', 'None'], sameSiteReason), default: 'Lax' },
  SESSION_EXPIRE_AT_BROWSER_CLOSE: { read: boolean, default: false },
  SESSION_SAVE_EVERY_REQUEST: { read: boolean, default: false },
  SESSION_CACHE_ALIAS: { read: text('the name of a cache'), default: 'default' },
  SESSION_FILE_PATH: { read: oneOf([null], () => FILE_ENGINE), default: null },
  SESSION_SERIALIZER: { read: oneOf([JSON_SERIALIZER], serializerReason), default: JSON_SERIALIZER },
}

const FILE_ENGINE =
  'belongs to the file engine, which Holdfast does not have; name the SQLite file in the second argument, as path'

function sameSiteReason(given: unknown): string | undefined {
  if (given === false || given === null) {
    return `is ${given}: some browsers then let other sites send the session; use 'Lax', or 'None' if they must`
  }
  if (typeof given !== 'string') return undefined
  if (given.toLowerCase() === 'false') return sameSiteReason(false)
  const meant = ['Lax', 'Strict', 'None'].find((name) => name.toLowerCase() === given.toLowerCase())
  return meant === undefined ? undefined : `must be '${meant}', with one capital letter, not '${given}'`
}

function serializerReason(given: unknown): string | undefined {
  if (typeof given !== 'string' || !given.endsWith('PickleSerializer')) return undefined
  return 'is PickleSerializer, by which whoever can write to the store runs code on the server; leave it out: data is always JSON'
}
