import type { SessionCache } from '../core/cache.ts'
import type { Clock } from '../core/clock.ts'
import { HoldfastError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { SchemaOptions, SessionsOptions } from '../core/options.ts'
import type { SessionStore } from '../core/store.ts'
import { kindOf } from './readers.ts'

/** What Django's settings have no word for. Each is as in `createSessions`. */
export interface DjangoExtras extends Pick<SessionsOptions, OwnOption> {
  /**
   * Where the engine keeps sessions; for `signed_cookies`, what remembers which have ended. Default: a SQLite file;
   * memory for the `cache` engine.
   */
  readonly store?: SessionStore
  /** The copy that the `cached_db` engine reads from. Default: memory of this process. */
  readonly cache?: SessionCache
  /** The SQLite file, when there is no `store`. Default `holdfast.sqlite`. */
  readonly path?: string
}

/** What engines are built from. */
export interface Parts {
  readonly store?: SessionStore
  readonly cache?: SessionCache
  readonly path?: string
  readonly clock?: Clock
}

type OwnOption = (typeof OWN_OPTIONS)[number]

const OWN_OPTIONS = [
  'absoluteTimeout',
  'renewalInterval',
  'maxPerSubject',
  'onReuse',
  'onConflict',
  'limits',
  'clock',
] as const satisfies readonly (keyof SessionsOptions)[]

const SCHEMA_OPTIONS = ['schema', 'onMisfit'] as const satisfies readonly (keyof SchemaOptions<unknown>)[]

export const EXTRAS: readonly string[] = [...OWN_OPTIONS, ...SCHEMA_OPTIONS, 'store', 'cache', 'path']

/** Options of `createSessions` that Django does have a word for. */
export const DJANGO_WORDS: ReadonlyMap<string, string> = new Map([
  ['keys', 'SECRET_KEY and SECRET_KEY_FALLBACKS'],
  ['engine', 'SESSION_ENGINE'],
  ['cookie', 'the SESSION_COOKIE_ settings'],
  ['idleTimeout', 'SESSION_COOKIE_AGE'],
  ['expiry', 'SESSION_SAVE_EVERY_REQUEST'],
])

/** Parts the engine is built from, and options for the core, which checks them. */
export function readExtras<Data>(given: DjangoExtras & SchemaOptions<Data>): {
  parts: Parts
  options: Pick<SessionsOptions, OwnOption> & SchemaOptions<Data>
} {
  if (typeof given !== 'object' || given === null) throw wrong(`the extras must be an object, not ${kindOf(given)}`)
  const extras = { ...given } // Read once: what was checked is what is used.
  for (const name of Object.keys(extras)) refuseUnknown(name)
  const { store, cache, path, ...options } = extras
  refuseUnlike('store', store, 'replace', "a store, such as sqliteStore('sessions.sqlite')")
  refuseUnlike('cache', cache, 'bury', 'a cache, such as memoryCache()')
  if (store !== undefined && path !== undefined) throw wrong('path is of no use with a store')
  if (path !== undefined && (typeof path !== 'string' || path === '')) throw wrong('path must be the name of a file')
  return { parts: extras, options }
}

/** One verb tells them apart: a connection string, a bare client, a cache in the place of a store. */
function refuseUnlike(name: string, part: object | undefined, verb: string, expected: string): void {
  if (part === undefined) return
  if (typeof part !== 'object' || part === null) throw wrong(`${name} must be ${expected}, not ${kindOf(part)}`)
  if (typeof Reflect.get(part, verb) === 'function') return
  throw wrong(`${name} must be ${expected}, not an object without ${verb}()`)
}

function refuseUnknown(name: string): void {
  if (EXTRAS.includes(name)) return
  const word = DJANGO_WORDS.get(name)
  if (word !== undefined) throw wrong(`'${name}' comes from ${word} here`)
  if (/^(?:SESSION|SECRET)_/.test(name)) throw wrong(`'${name}' belongs in the first argument`)
  const meant = nearest(name, EXTRAS)
  throw wrong(`'${name}' is unknown${meant === undefined ? '' : `; did you mean '${meant}'?`}`)
}

function wrong(detail: string): HoldfastError {
  return new HoldfastError('ERR_OPTION', detail)
}
