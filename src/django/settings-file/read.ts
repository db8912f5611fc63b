import { readFileSync } from 'node:fs'
import { HoldfastError } from '../../core/errors.ts'
import { SETTINGS, type DjangoSettings, type DjangoValues } from '../settings.ts'
import { assignmentOf, parseDjangoSettings } from './parse.ts'

/** Settings in place of those of the file. A name that is here is not looked up there, not even when it is undefined. */
export type PassedSettings = { readonly [Name in keyof DjangoValues]?: DjangoValues[Name] | undefined }

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
    throw wrong(
      `${path} is not Python: ${file.problems.map(({ line, message }) => `line ${line}: ${message}`).join('; ')}`,
    )
  }
  const settings: Record<string, unknown> = { ...passed }
  const computed: string[] = []
  for (const name of Object.keys(SETTINGS)) {
    const assignment = Object.hasOwn(passed, name) ? undefined : assignmentOf(file, name)
    if (assignment === undefined) continue
    if ('value' in assignment) settings[name] = assignment.value
    else computed.push(`${name} (line ${assignment.line}: ${assignment.computed})`)
  }
  if (computed.length > 0) {
    const names = computed.map((entry) => entry.replace(/ .*/s, '')).join(', ')
    throw wrong(
      `${path} is read and not run, so what it computes is not known: ${computed.join(', ')}. ` +
        `Pass ${names} in the second argument: readDjangoSettings('${path}', { ${names} })`,
    )
  }
  return settings as unknown as DjangoSettings
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

function wrong(detail: string): HoldfastError {
  return new HoldfastError('ERR_SETTING', detail)
}
