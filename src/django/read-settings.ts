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
  const { values, problems, unreadable } = readNamed<DjangoValues>(entriesOf(settings), SETTINGS, problemOfName)
  problems.push(...cookieSettingProblems(values))
  if (!unreadable.has('SESSION_ENGINE')) problems.push(...partProblems(values, parts))
  refuse(problems)
  return values
}

/** What `known` reads of what was given, with all that is wrong with it. */
export function readNamed<Values extends object>(
  given: ReadonlyMap<string, unknown>,
  known: { readonly [Name in keyof Values]: Setting<Values[Name]> },
  problemOf: (name: string) => string | undefined,
): { values: Values; problems: string[]; unreadable: ReadonlySet<string> } {
  const problems = [...given.keys()].flatMap((name) => problemOf(name) ?? [])
  const unreadable = new Set<string>()
  const values = Object.entries<Setting<unknown>>(known).map(([name, setting]) => {
    const value = given.get(name)
    if (value === undefined && setting.required !== true) return [name, setting.default]
    const result = setting.read(value)
    if ('value' in result) return [name, result.value]
    problems.push(`${name} ${result.problem}${hint(setting, value)}`)
    unreadable.add(name)
    return [name, setting.default]
  })
  return { values: Object.fromEntries(values) as Values, problems, unreadable }
}

export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new HoldfastError('ERR_SETTING', listOf(problems))
}

/**
 * Each setting is read once, so that what was checked is what is used. What an object inherits would be passed over
 * in silence, or come from a polluted prototype, so it must be a plain one, or a module.
 */
export function entriesOf(settings: object): Map<string, unknown> {
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
