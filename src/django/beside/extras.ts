import { HoldfastError } from '../../core/errors.ts'
import { nearest } from '../../core/nearest.ts'
import type { SchemaOptions, SessionsOptions } from '../../core/options.ts'
import { kindOf } from '../readers.ts'
import type { DjangoCacheServer } from '../caches/cache.ts'
import type { DjangoDatabase } from '../tables/table.ts'

/** What Django's settings have no word for, where sessions are shared with a Django that runs beside. */
export interface SharedExtras extends Pick<SessionsOptions, OwnOption> {
  /** The tables of that Django: `djangoPostgres(pool)`, `djangoMysql(pool)`, `djangoSqlite(database)`. */
  readonly beside: DjangoDatabase
  /** For `cached_db` and `cache`: the cache of that Django, such as `djangoRedis(client)`. */
  readonly cache?: DjangoCacheServer
  /**
   * False takes what a cache holds without asking the table: faster, and a session that was signed out may live on in
   * the cache for as long as Django's own copy does. Default true.
   */
  readonly confirmHits?: boolean
  /**
   * False takes a session's word for whose it is, without asking `auth_user`: then a changed password and a user who
   * is no longer active are noticed by Django alone. Default true.
   */
  readonly verifyUsers?: boolean
  /** The salt of `session_data`, for a site with a `SessionStore` of its own. Default `django.contrib.sessions.SessionStore`. */
  readonly salt?: string
}

const OWN_OPTIONS = ['onConflict', 'limits', 'clock'] as const satisfies readonly (keyof SessionsOptions)[]
type OwnOption = (typeof OWN_OPTIONS)[number]

const KNOWN: readonly string[] = [
  ...OWN_OPTIONS,
  'schema',
  'onMisfit',
  'beside',
  'cache',
  'confirmHits',
  'verifyUsers',
  'salt',
]

export type SharedParts = Required<Pick<SharedExtras, 'beside' | 'confirmHits' | 'verifyUsers'>> &
  Pick<SharedExtras, 'salt' | 'cache'>

/** Options that Django's sessions cannot keep, and why. Whoever sets one counts on it. */
const IMPOSSIBLE: ReadonlyMap<string, string> = new Map([
  ['store', 'sessions are in the tables of Django, which beside names'],
  ['path', 'sessions are in the tables of Django, which beside names'],
  ['absoluteTimeout', 'Django does not keep when a session began; its age counts from the last save'],
  ['renewalInterval', "the key in Django's cookie is the session itself, and no part of it can be renewed alone"],
  ['onReuse', "the key in Django's cookie is the session itself, and a copy cannot be told from it"],
  ['maxPerSubject', "Django's table does not say whose a session is"],
])

export function readSharedExtras<Data>(shared: SharedExtras & SchemaOptions<Data>): {
  parts: SharedParts
  options: Pick<SessionsOptions, OwnOption> & SchemaOptions<Data>
} {
  const extras = { ...shared } // Read once: what was checked is what is used.
  for (const name of Object.keys(extras)) refuseUnknown(name)
  const { beside, cache, confirmHits = true, verifyUsers = true, salt, ...options } = extras
  if (typeof beside !== 'object' || beside === null || typeof beside.open !== 'function') {
    throw wrong(`beside must be tables, such as djangoPostgres(pool), not ${kindOf(beside)}`)
  }
  if (cache !== undefined && (typeof cache !== 'object' || cache === null || typeof cache.open !== 'function')) {
    throw wrong(`cache must be Django's own, such as djangoRedis(client), not ${kindOf(cache)}`)
  }
  for (const [name, flag] of Object.entries({ confirmHits, verifyUsers })) {
    if (typeof flag !== 'boolean') throw wrong(`${name} must be true or false`)
  }
  if (salt !== undefined && (typeof salt !== 'string' || salt === '')) throw wrong('salt must be a string')
  const given = { ...(salt === undefined ? {} : { salt }), ...(cache === undefined ? {} : { cache }) }
  return { parts: { beside, confirmHits, verifyUsers, ...given }, options }
}

function refuseUnknown(name: string): void {
  if (KNOWN.includes(name)) return
  const reason = IMPOSSIBLE.get(name)
  if (reason !== undefined) throw wrong(`'${name}' cannot be kept beside a Django: ${reason}`)
  if (/^[A-Z_]+$/.test(name)) throw wrong(`'${name}' belongs in the first argument`)
  const meant = nearest(name, KNOWN)
  throw wrong(`'${name}' is unknown${meant === undefined ? '' : `; did you mean '${meant}'?`}`)
}

function wrong(detail: string): HoldfastError {
  return new HoldfastError('ERR_OPTION', detail)
}
