import { readFileSync } from 'node:fs'
import { HoldfastError } from '../../core/errors.ts'
import { SETTINGS, type DjangoSettings, type DjangoValues } from '../settings.ts'
import { SITE_SETTINGS, type SharedValues, type SiteValues } from '../beside/settings.ts'
import { assignmentOf, parseDjangoSettings } from './parse.ts'
import { rememberSite } from './site.ts'

/** Settings in place of those of the file. A name that is here is not looked up there, not even when it is undefined. */
export type PassedSettings = { readonly [Name in keyof DjangoValues]?: DjangoValues[Name] | undefined } & {
  readonly [Name in keyof SiteValues]?: SharedValues[Name] | undefined
}

/**
 * The session settings of a Django project's `settings.py`, for `sessionsFromSettings`, which checks their values. The
 * file is read and never run, so what it computes has to be passed in.
 *
 * @throws HoldfastError ERR_SETTING, naming every setting that the file computes, or the lines that are not Python.
 * @example
 * sessionsFromSettings(readDjangoSettings('settings.py', { SECRET_KEY: process.env.SECRET_KEY }))
 */
export function readDjangoSettings(path: string, passed: PassedSettings = {}): DjangoSettings {
  const file = parseDjangoSettings(readText(path))
  if (file.problems.length > 0) {
    const problems = file.problems.map(({ line, message }) => `line ${line}: ${message}`)
    throw new HoldfastError('ERR_SETTING', `${path} cannot be read as Python: ${problems.join('; ')}`)
  }
  const settings: Record<string, unknown> = { ...passed }
  const computed = new Map<string, string[]>()
  for (const name of Object.keys(SETTINGS)) {
    const assignment = Object.hasOwn(passed, name) ? undefined : assignmentOf(file, name)
    if (assignment === undefined) continue
    if ('value' in assignment) settings[name] = assignment.value
    else {
      const why = `(line ${assignment.line}: ${assignment.computed})`
      computed.set(why, [...(computed.get(why) ?? []), name])
    }
  }
  if (computed.size > 0) throw new HoldfastError('ERR_SETTING', unknown(path, computed))
  rememberSite(settings, file, path, Object.keys(SITE_SETTINGS))
  return settings as unknown as DjangoSettings // What their values are is for `sessionsFromSettings` to check.
}

function unknown(path: string, computed: ReadonlyMap<string, readonly string[]>): string {
  const what = [...computed].map(([why, names]) => `${names.join(', ')} ${why}`).join('; ')
  const [first = ''] = [...computed.values()].flat()
  const example = `readDjangoSettings('${path}', { ${first}: … })`
  return `${path} is read, not run, so this is not known: ${what}; pass it in the second argument: ${example}`
}

/** @throws HoldfastError when it cannot be read, or is not UTF-8, as Python's sources are. */
export function readText(path: string): string {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw new HoldfastError('ERR_SETTING', `${path} cannot be read`, { cause: error })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new HoldfastError('ERR_SETTING', `${path} is not UTF-8`, { cause: error })
  }
}
