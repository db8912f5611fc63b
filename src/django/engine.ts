import { nearest } from '../core/nearest.ts'
import { mustBe, type Reader } from './readers.ts'

export type EngineKind = 'db' | 'cached_db' | 'cache' | 'signed_cookies'

/** Django's module paths, and their last words. */
export type EngineName = EngineKind | `${typeof BACKENDS}${EngineKind}`

const BACKENDS = 'django.contrib.sessions.backends.'

const KINDS = {
  db: 'db',
  cached_db: 'cached_db',
  cache: 'cache',
  signed_cookies: 'signed_cookies',
  'django.contrib.sessions.backends.db': 'db',
  'django.contrib.sessions.backends.cached_db': 'cached_db',
  'django.contrib.sessions.backends.cache': 'cache',
  'django.contrib.sessions.backends.signed_cookies': 'signed_cookies',
} as const satisfies Record<EngineName, EngineKind>

const NO_FILES = "is 'file', which Holdfast does not have; use 'db', which keeps all sessions in one SQLite file"

export function kindOfEngine(name: EngineName): EngineKind {
  return KINDS[name]
}

export const engine: Reader<EngineName> = (given) => {
  if (typeof given !== 'string') return mustBe("the name of an engine, such as 'cached_db'", given)
  if (isEngine(given)) return { value: given }
  if (given === 'file' || given === `${BACKENDS}file`) return { problem: NO_FILES }
  const meant = nearest(given, Object.keys(KINDS))
  const { problem } = mustBe("'db', 'cached_db', 'cache' or 'signed_cookies', or Django's path of one of them", given)
  return { problem: meant === undefined ? problem : `${problem}; did you mean '${meant}'?` }
}

function isEngine(name: string): name is EngineName {
  return Object.hasOwn(KINDS, name)
}
