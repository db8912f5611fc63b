import { HoldfastError } from '../core/errors.ts'
import { partProblems } from './build-engine.ts'
import { cookieSettingProblems } from './cookie.ts'
import type { Parts } from './extras.ts'
import { problemOfName } from './names.ts'
import { kindOf, unquoted } from './readers.ts'
import { SETTINGS, type DjangoSettings, type DjangoValues, type Setting } from './settings.ts'

/**
 * Every setting with its value or default. All problems are found first and told in one error, so that a file of
 * settings is mended in one go.
 */
export function readSettings(settings: DjangoSettings, parts: Parts): DjangoValues {
  const given = entriesOf(settings)
  const problems = [...given.keys()].flatMap((name) => problemOfName(name) ?? [])
  const unreadable = new Set<string>()

  const read = <Name extends keyof DjangoValues>(name: Name): DjangoValues[Name] => {
    const setting: Setting<DjangoValues[Name]> = SETTINGS[name]
    const value = given.get(name)
    if (value === undefined && setting.required !== true) return setting.default
    const result = setting.read(value)
    if ('value' in result) return result.value
    problems.push(`${name} ${result.problem}${hint(setting, value)}`)
    unreadable.add(name)
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
  problems.push(...cookieSettingProblems(values))
  if (!unreadable.has('SESSION_ENGINE')) problems.push(...partProblems(values, parts))
  if (problems.length > 0) throw new HoldfastError('ERR_SETTING', listOf(problems))
  return values
}

/**
 * Each setting is read once, so that what was checked is what is used. What an object inherits would be passed over
 * in silence, or come from a polluted prototype, so it must be a plain one, or a module.
 */
function entriesOf(settings: DjangoSettings): Map<string, unknown> {
  const problem = (what: string): HoldfastError =>
    new HoldfastError('ERR_SETTING', `the settings must be a plain object, not ${what}`)
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) throw problem(kindOf(settings))
  const prototype: unknown = Object.getPrototypeOf(settings)
  if (prototype !== null && prototype !== Object.prototype) throw problem('one that inherits')
  return new Map<string, unknown>(Object.entries(settings))
}

/** Said only where it helps: the value without its quotes is one that the setting takes. */
function hint({ read }: Setting<unknown>, value: unknown): string {
  const bare = unquoted(value)
  return bare !== undefined && 'value' in read(bare) ? ` (write ${bare}, without quotes)` : ''
}

function listOf(problems: readonly string[]): string {
  if (problems.length === 1) return problems.join('')
  return problems
    .map((problem, index) => `(${index + 1}) ${problem}`)
    .join('. ')
    .replaceAll('?. ', '? ')
}
