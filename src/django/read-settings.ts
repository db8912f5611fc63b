import { HoldfastError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { cookieSettingProblems } from './cookie.ts'
import { kindOfEngine } from './engine.ts'
import { EXTRAS, type Parts } from './extras.ts'
import { kindOf } from './readers.ts'
import { SETTINGS, type DjangoSettings, type DjangoValues } from './settings.ts'

/**
 * Every setting with its value or default. All problems are found first and told in one error, so that a file of
 * settings is mended in one go.
 */
export function readSettings(settings: DjangoSettings, parts: Parts): DjangoValues {
  if (typeof settings !== 'object' || settings === null) {
    throw new HoldfastError('ERR_SETTING', `they must be an object, not ${kindOf(settings)}`)
  }
  const given = new Map<string, unknown>(Object.entries(settings))
  const problems = [...given.keys()].flatMap((name) => problemOfName(name) ?? [])

  const read = <Name extends keyof DjangoValues>(name: Name): DjangoValues[Name] => {
    const setting = SETTINGS[name]
    const value = given.get(name)
    if (value === undefined && setting.required !== true) return setting.default
    const result = value === undefined ? { problem: MISSING } : setting.read(value)
    if ('value' in result) return result.value
    problems.push(`${name} ${result.problem}`)
    return setting.default
  }

  const values: DjangoValues = {
    SECRET_KEY: read('SECRET_KEY'),
    SECRET_KEY_FALLBACKS: read('SECRET_KEY_FALLBACKS'),
    SESSION_ENGINE: read('SESSION_ENGINE'),
    SESSION_COOKIE_AGE: read('SESSION_COOKIE_AGE'),
    SESSION_COOKIE_NAME: read('SESSION_COOKIE_NAME'),
    SESSION_COOKIE_DOMAIN: read('SESSION_COOKIE_DOMAIN'),
    SESSION_COOKIE_PATH: read('SESSION_COOKIE_PATH'),
    SESSION_COOKIE_SECURE: read('SESSION_COOKIE_SECURE'),
    SESSION_COOKIE_HTTPONLY: read('SESSION_COOKIE_HTTPONLY'),
    SESSION_COOKIE_SAMESITE: read('SESSION_COOKIE_SAMESITE'),
    SESSION_EXPIRE_AT_BROWSER_CLOSE: read('SESSION_EXPIRE_AT_BROWSER_CLOSE'),
    SESSION_SAVE_EVERY_REQUEST: read('SESSION_SAVE_EVERY_REQUEST'),
    SESSION_CACHE_ALIAS: read('SESSION_CACHE_ALIAS'),
    SESSION_FILE_PATH: read('SESSION_FILE_PATH'),
    SESSION_SERIALIZER: read('SESSION_SERIALIZER'),
  }
  problems.push(...cookieSettingProblems(values), ...partProblems(values, parts))
  if (problems.length > 0) throw new HoldfastError('ERR_SETTING', listOf(problems))
  return values
}

const MISSING = 'is missing, or its environment variable is not set'

/** A name that is none of ours: misspelt, an option of ours in the wrong place, or a setting of something else. */
function problemOfName(name: string): string | undefined {
  if (Object.hasOwn(SETTINGS, name)) return undefined
  if (EXTRAS.includes(name)) return `'${name}' belongs in the second argument`
  for (const [pattern, reason] of ELSEWHERE) if (pattern.test(name)) return `'${name}' ${reason}`
  const meant = nearest(name, Object.keys(SETTINGS))
  if (meant !== undefined) return `'${name}' is unknown; did you mean '${meant}'?`
  return `'${name}' is not a setting of sessions; pass SECRET_KEY, SECRET_KEY_FALLBACKS and SESSION_ settings only`
}

/** Settings of Django that look related, or that have their place elsewhere here. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [
    /^CSRF_/,
    'is not a setting of sessions: Holdfast makes no CSRF tokens; refuse requests from other sites by Sec-Fetch-Site',
  ],
  [/^LANGUAGE_/, 'is not a setting of sessions: it is about the language cookie'],
  [/^CACHES?$/, 'is not a setting of sessions: pass a cache in the second argument'],
  [/^DATABASES?$/, 'is not a setting of sessions: pass a store in the second argument'],
]

/** Parts that the engine would not use, and a cache that is named but not given. */
function partProblems(values: DjangoValues, { store, cache, path }: Parts): string[] {
  const kind = kindOfEngine(values.SESSION_ENGINE)
  const alias = values.SESSION_CACHE_ALIAS
  const problems: string[] = []
  if (cache !== undefined && kind !== 'cached_db') {
    problems.push(`SESSION_ENGINE '${kind}' uses no cache, yet one is given; use 'cached_db', or give a store only`)
  }
  if (path !== undefined && kind === 'cache') {
    problems.push("SESSION_ENGINE 'cache' keeps sessions in memory, yet a path is given; use 'cached_db' or 'db'")
  }
  const lacksCache = kind === 'cached_db' ? cache === undefined : kind === 'cache' && store === undefined
  if (alias !== 'default' && lacksCache) {
    problems.push(`SESSION_CACHE_ALIAS is '${alias}', and no such cache is given; pass it in the second argument`)
  }
  return problems
}

function listOf(problems: readonly string[]): string {
  return problems.length === 1
    ? problems.join('')
    : problems.map((problem, index) => `(${index + 1}) ${problem}`).join(' ')
}
