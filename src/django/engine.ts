import { nearest } from '../core/nearest.ts'
import { mustBe, type Reader } from './readers.ts'

export type EngineKind = 'db' | 'cached_db' | 'cache'

/** Django's module paths, and their last words. */
export type EngineName = EngineKind | `${typeof BACKENDS}${EngineKind}`

const BACKENDS = 'django.contrib.sessions.backends.'

const KINDS = {
  db: 'db',
  cached_db: 'cached_db',
  cache: 'cache',
  'django.contrib.sessions.backends.db': 'db',
  'django.contrib.sessions.backends.cached_db': 'cached_db',
  'django.contrib.sessions.backends.cache': 'cache',
} as const satisfies Record<EngineName, EngineKind>

/** What Django has and Holdfast does not, and what to use in its place. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['file', "is 'file', which Holdfast does not have; use 'db', which keeps all sessions in one SQLite file"],
  [
    'signed_cookies',
    "is 'signed_cookies', which Holdfast does not have, because signing out cannot end such a session; use 'cached_db'",
  ],
])

export function kindOfEngine(name: EngineName): EngineKind {
  return KINDS[name]
}

export const engine: Reader<EngineName> = (given) => {
  if (typeof given !== 'string') return mustBe("the name of an engine, such as 'cached_db'", given)
  if (isEngine(given)) return { value: given }
  const refused = REFUSED.get(given.startsWith(BACKENDS) ? given.slice(BACKENDS.length) : given)
  if (refused !== undefined) return { problem: refused }
  const meant = nearest(given, Object.keys(KINDS))
  const { problem } = mustBe("'db', 'cached_db' or 'cache', or Django's path of one of them", given)
  return { problem: meant === undefined ? problem : `${problem}; did you mean '${meant}'?` }
}

function isEngine(name: string): name is EngineName {
  return Object.hasOwn(KINDS, name)
}
