import { memoryCache } from '../caches/memory.ts'
import type { SessionEngine } from '../core/engine.ts'
import { nearest } from '../core/nearest.ts'
import { cache } from '../engines/cache.ts'
import { cachedDb } from '../engines/cached-db.ts'
import { db } from '../engines/db.ts'
import { memoryStore } from '../stores/memory.ts'
import { sqliteStore } from '../stores/sqlite.ts'
import type { Parts } from './extras.ts'
import { mustBe, type Reader } from './readers.ts'

type Kind = 'db' | 'cached_db' | 'cache'

/** Django's module paths, and their last words. */
export type EngineName = Kind | `django.contrib.sessions.backends.${Kind}`

const KINDS = {
  db: 'db',
  cached_db: 'cached_db',
  cache: 'cache',
  'django.contrib.sessions.backends.db': 'db',
  'django.contrib.sessions.backends.cached_db': 'cached_db',
  'django.contrib.sessions.backends.cache': 'cache',
} as const satisfies Record<EngineName, Kind>

/** What Django has and Holdfast does not. */
const REFUSED: Readonly<Record<string, string>> = {
  file: "is 'file', which Holdfast does not have; use 'db', which keeps all sessions in one SQLite file",
  signed_cookies:
    "is 'signed_cookies', which Holdfast does not have, because signing out cannot end such a session; use 'cached_db'",
}

export function kindOfEngine(name: EngineName): Kind {
  return KINDS[name]
}

export const engine: Reader<EngineName> = (given) => {
  if (typeof given !== 'string') return mustBe("the name of an engine, such as 'cached_db'", given)
  if (isEngine(given)) return { value: given }
  const refused = REFUSED[given.replace(/^django\.contrib\.sessions\.backends\./, '')]
  if (refused !== undefined) return { problem: refused }
  const meant = nearest(given, Object.keys(KINDS))
  const { problem } = mustBe("'db', 'cached_db' or 'cache', or Django's path of one of them", given)
  return { problem: meant === undefined ? problem : `${problem}; did you mean '${meant}'?` }
}

function isEngine(name: string): name is EngineName {
  return Object.hasOwn(KINDS, name)
}

export function buildEngine(name: EngineName, { store, cache: givenCache, path, clock }: Parts): SessionEngine {
  const timed = clock === undefined ? {} : { clock }
  const kind = kindOfEngine(name)
  if (kind === 'cache') return cache(store ?? memoryStore(timed))
  const durable = store ?? sqliteStore(path ?? 'holdfast.sqlite', timed)
  return kind === 'db' ? db(durable) : cachedDb(durable, givenCache ?? memoryCache(timed), timed)
}
