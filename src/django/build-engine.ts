import { memoryCache } from '../caches/memory.ts'
import type { SessionEngine } from '../core/engine.ts'
import { cache } from '../engines/cache.ts'
import { cachedDb } from '../engines/cached-db.ts'
import { db } from '../engines/db.ts'
import { signedCookies } from '../engines/signed-cookies.ts'
import { memoryStore } from '../stores/memory.ts'
import { sqliteStore } from '../stores/sqlite.ts'
import { kindOfEngine, type EngineName } from './engine.ts'
import type { Parts } from './extras.ts'
import type { DjangoValues } from './settings.ts'

export function buildEngine(name: EngineName, { store, cache: givenCache, path, clock }: Parts): SessionEngine {
  const timed = clock === undefined ? {} : { clock }
  const kind = kindOfEngine(name)
  if (kind === 'cache') return cache(store ?? memoryStore(timed))
  const durable = store ?? sqliteStore(path ?? 'holdfast.sqlite', timed)
  if (kind === 'signed_cookies') return signedCookies({ endings: durable })
  return kind === 'db' ? db(durable) : cachedDb(durable, givenCache ?? memoryCache(timed), timed)
}

/** Parts that the engine would not use, and a cache that is named but not given. */
export function partProblems(values: DjangoValues, { store, cache: givenCache, path }: Parts): string[] {
  const kind = kindOfEngine(values.SESSION_ENGINE)
  const problems: string[] = []
  if (givenCache !== undefined && kind === 'db') {
    problems.push("SESSION_ENGINE 'db' reads every session from its store, yet a cache is given; use 'cached_db'")
  }
  if (givenCache !== undefined && kind === 'cache') {
    problems.push("SESSION_ENGINE 'cache' keeps sessions in a store that may forget; pass it as store, not as cache")
  }
  if (givenCache !== undefined && kind === 'signed_cookies') {
    problems.push("SESSION_ENGINE 'signed_cookies' keeps sessions in their cookies, yet a cache is given; leave it out")
  }
  if (path !== undefined && kind === 'cache') {
    problems.push("SESSION_ENGINE 'cache' keeps sessions in memory, yet a path is given; use 'cached_db' or 'db'")
  }
  const named = { db: undefined, cached_db: givenCache, cache: store, signed_cookies: undefined }[kind]
  const alias = values.SESSION_CACHE_ALIAS
  if (alias !== 'default' && named === undefined) problems.push(`SESSION_CACHE_ALIAS is '${alias}', ${LACKS[kind]}`)
  return problems
}

/** Why an alias other than the default one names nothing. */
const LACKS = {
  db: "yet SESSION_ENGINE 'db' uses no cache; leave it out, or use 'cached_db'",
  cached_db: 'and no such cache is given; pass it in the second argument, as cache',
  cache: 'and no such cache is given; pass a store for it in the second argument, as store',
  signed_cookies: "yet SESSION_ENGINE 'signed_cookies' uses no cache; leave it out, or use 'cached_db'",
} as const
