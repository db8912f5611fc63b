import type { PythonValue } from '../django/settings-file/value.ts'
import { showPython } from './show-python.ts'

export interface Judgement {
  /** `unknown`: the file computes what this depends on. */
  readonly state: 'holds' | 'fails' | 'unknown'
  /** What decided it, such as 'SESSION_COOKIE_SECURE is False'. */
  readonly found: string
  /** Where the file sets that, if it does. */
  readonly line?: number
}

/** The settings that checks ask for, and what they are to Django when nobody sets them. */
export const DJANGO_DEFAULTS = {
  SESSION_COOKIE_AGE: 1_209_600,
  SESSION_COOKIE_SECURE: false,
  SESSION_ENGINE: 'django.contrib.sessions.backends.db',
  SESSION_COOKIE_HTTPONLY: true,
  CSRF_COOKIE_SECURE: false,
  CSRF_USE_SESSIONS: false,
  INSTALLED_APPS: [],
  MIDDLEWARE: [],
} as const satisfies Record<string, PythonValue>

/** A setting as the file has it, with its line, or as something else gives it, which is noted. */
export type Known = { readonly name: string; readonly line?: number; readonly note?: string } & (
  | { readonly value: PythonValue }
  | { readonly computed: string }
)

export type SettingName = keyof typeof DJANGO_DEFAULTS
export type Look = (name: SettingName) => Known

/** Holds where the setting is as it should be. */
export function settingIs(known: Known, isGood: (value: PythonValue) => boolean): Judgement {
  if ('computed' in known) return unknown(known, known.computed)
  const { name, value, note } = known
  const found = `${name} is ${showPython(value)}${note === undefined ? '' : `, ${note}`}`
  return { state: isGood(value) ? 'holds' : 'fails', found, ...placeOf(known) }
}

/** Holds where a list such as `INSTALLED_APPS` has an entry, or has it not. */
export function listHas(known: Known, entry: string, isWanted: boolean): Judgement {
  if ('computed' in known) return unknown(known, known.computed)
  const { name, value } = known
  if (!Array.isArray(value)) return unknown(known, 'it is no list, so Django will not start')
  const has = value.includes(entry)
  const found = `${name} ${has ? 'has' : 'does not have'} ${entry}`
  return { state: has === isWanted ? 'holds' : 'fails', found, ...placeOf(known) }
}

/** Holds where one of them holds, which is then what is told. */
export function anyOf(...judgements: readonly Judgement[]): Judgement {
  const good = judgements.find(({ state }) => state === 'holds')
  if (good !== undefined) return good
  const unclear = judgements.filter(({ state }) => state === 'unknown')
  const told = unclear.length > 0 ? unclear : judgements
  return {
    state: unclear.length > 0 ? 'unknown' : 'fails',
    found: told.map(({ found }) => found).join('; '),
    ...placeOf(told.find(({ line }) => line !== undefined) ?? {}),
  }
}

function unknown(known: Known, why: string): Judgement {
  return { state: 'unknown', found: `${known.name} is not known: ${why}`, ...placeOf(known) }
}

function placeOf({ line }: { readonly line?: number }): { readonly line?: number } {
  return line === undefined ? {} : { line }
}
