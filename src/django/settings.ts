import { LONGEST_MAX_AGE } from '../cookie/write.ts'
import { engine, type EngineName } from './engine.ts'
import { key, keys } from './keys.ts'
import { boolean, oneOf, seconds, text, textOrNull, type Reader } from './readers.ts'

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
  readonly SESSION_SERIALIZER: 'django.contrib.sessions.serializers.JSONSerializer'
}

/** One setting, as parsing, errors, and the table of `docs/django.md` know it. */
export interface Setting<T> {
  readonly type: string
  readonly what: string
  readonly read: Reader<T>
  readonly default: T
  /** The default is none: the setting must be given. */
  readonly required?: true
  /** Django's own default, where ours is another one. */
  readonly django?: string
}

export const SETTINGS: { readonly [Name in keyof DjangoValues]: Setting<DjangoValues[Name]> } = {
  SECRET_KEY: { type: 'string', what: 'Seals every session.', read: key, default: '', required: true },
  SECRET_KEY_FALLBACKS: { type: 'array of strings', what: 'Earlier keys, still accepted.', read: keys, default: [] },
  SESSION_ENGINE: {
    type: 'engine',
    what: 'Where sessions live.',
    read: engine,
    default: 'django.contrib.sessions.backends.db',
  },
  SESSION_COOKIE_AGE: {
    type: 'seconds',
    what: 'A session ends this long after it was last saved; the cookie lives as long.',
    read: seconds(LONGEST_MAX_AGE, '400 days, where browsers cut a cookie'),
    default: 1800,
    django: '1209600',
  },
  SESSION_COOKIE_NAME: {
    type: 'string',
    what: 'The name of the cookie.',
    read: text,
    default: undefined,
    django: "'sessionid'",
  },
  SESSION_COOKIE_DOMAIN: {
    type: 'string or null',
    what: 'The domain whose hosts all get the cookie; null for this host alone.',
    read: textOrNull,
    default: null,
  },
  SESSION_COOKIE_PATH: { type: 'string', what: 'The path the cookie is sent for.', read: text, default: '/' },
  SESSION_COOKIE_SECURE: {
    type: 'boolean',
    what: 'The cookie is sent over https only.',
    read: boolean,
    default: true,
    django: 'false',
  },
  SESSION_COOKIE_HTTPONLY: {
    type: 'boolean',
    what: 'No script on the page can read the cookie.',
    read: boolean,
    default: true,
  },
  SESSION_COOKIE_SAMESITE: {
    type: "'Lax', 'Strict' or 'None'",
    what: 'Which requests from other sites carry the cookie.',
    read: oneOf(['Lax', 'Strict', 'None'], sameSiteReason),
    default: 'Lax',
  },
  SESSION_EXPIRE_AT_BROWSER_CLOSE: {
    type: 'boolean',
    what: 'The browser forgets the cookie when it closes.',
    read: boolean,
    default: false,
  },
  SESSION_SAVE_EVERY_REQUEST: {
    type: 'boolean',
    what: 'Every request counts as a save.',
    read: boolean,
    default: false,
  },
  SESSION_CACHE_ALIAS: {
    type: 'string',
    what: 'Which cache; only the default one, unless you give a cache.',
    read: text,
    default: 'default',
  },
  SESSION_FILE_PATH: {
    type: 'null',
    what: 'For the file engine, which is refused.',
    read: oneOf([null], () => 'belongs to the file engine, which Holdfast does not have; give the SQLite file as path'),
    default: null,
  },
  SESSION_SERIALIZER: {
    type: "the path of Django's JSONSerializer",
    what: 'How data is written: always JSON.',
    read: oneOf(['django.contrib.sessions.serializers.JSONSerializer'], serializerReason),
    default: 'django.contrib.sessions.serializers.JSONSerializer',
  },
}

function sameSiteReason(given: unknown): string | undefined {
  if (given === false || given === null) {
    return `is ${given}: browsers then send a new cookie with other sites' forms for two minutes; use 'Lax', or 'None' if other sites must send it`
  }
  if (typeof given !== 'string') return undefined
  const meant = ['Lax', 'Strict', 'None'].find((name) => name.toLowerCase() === given.toLowerCase())
  return meant === undefined ? undefined : `must be '${meant}', with one capital letter, not '${given}'`
}

function serializerReason(given: unknown): string | undefined {
  if (typeof given !== 'string' || !given.endsWith('PickleSerializer')) return undefined
  return 'is PickleSerializer, by which whoever can write to the store runs code on the server; leave it out: data is always JSON'
}
