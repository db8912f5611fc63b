import type { SessionCache } from '../core/cache.ts'
import type { Clock } from '../core/clock.ts'
import { HoldfastError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { SessionsOptions } from '../core/options.ts'
import type { SessionStore } from '../core/store.ts'

/** What Django's settings have no word for. Each is as in `createSessions`. */
export interface DjangoExtras extends Pick<SessionsOptions, OwnOption> {
  /** Where the engine keeps sessions. Default: a SQLite file; memory for the `cache` engine. */
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

export const EXTRAS: readonly string[] = [...OWN_OPTIONS, 'store', 'cache', 'path']

/** Options of `createSessions` that Django does have a word for. */
const DJANGO_WORDS: Readonly<Record<string, string>> = {
  keys: 'SECRET_KEY and SECRET_KEY_FALLBACKS',
  engine: 'SESSION_ENGINE',
  cookie: 'the SESSION_COOKIE_ settings',
  idleTimeout: 'SESSION_COOKIE_AGE',
  expiry: 'SESSION_SAVE_EVERY_REQUEST',
}

/** Parts the engine is built from, and options for the core, which checks them. */
export function readExtras(extras: DjangoExtras): { parts: Parts; options: Pick<SessionsOptions, OwnOption> } {
  for (const name of Object.keys(extras)) refuseUnknown(name)
  const { store, cache: _, path, ...options } = extras
  if (store !== undefined && path !== undefined) throw new HoldfastError('ERR_OPTION', 'path is of no use with a store')
  if (path !== undefined && (typeof path !== 'string' || path === '')) {
    throw new HoldfastError('ERR_OPTION', 'path must be the name of a file')
  }
  return { parts: extras, options }
}

function refuseUnknown(name: string): void {
  if (EXTRAS.includes(name)) return
  const word = Object.hasOwn(DJANGO_WORDS, name) ? DJANGO_WORDS[name] : undefined
  if (word !== undefined) throw new HoldfastError('ERR_OPTION', `'${name}' comes from ${word} here`)
  const meant = nearest(name, EXTRAS)
  throw new HoldfastError(
    'ERR_OPTION',
    `'${name}' is unknown${meant === undefined ? '' : `; did you mean '${meant}'?`}`,
  )
}
