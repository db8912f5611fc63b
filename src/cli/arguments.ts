import { parseArgs } from 'node:util'
import { nearest } from '../core/nearest.ts'
import { UsageError } from './command.ts'

export interface Expected {
  /** Names of what must follow the command, in order. */
  readonly positionals: readonly string[]
  /** How many of them, at the end, may be left out. Default 0. */
  readonly optional?: number
  /** Options that stand alone. */
  readonly flags?: readonly string[]
  /** Options with a value, which may be given several times. */
  readonly values?: readonly string[]
}

export interface Arguments {
  readonly positionals: readonly string[]
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** @throws UsageError for what is unknown, missing or too much. */
export function readArguments(
  args: readonly string[],
  { positionals, optional = 0, flags = [], values = [] }: Expected,
): Arguments {
  const options = Object.fromEntries([
    ...flags.map((name) => [name, { type: 'boolean' }] as const),
    ...values.map((name) => [name, { type: 'string' }] as const),
  ])
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const given: string[] = []
  const set = new Set<string>()
  const valuesOf = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') given.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (flags.includes(name)) {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value`)
      set.add(name)
    } else if (values.includes(name)) {
      if (value === undefined) throw new UsageError(`${rawName} needs a value`)
      valuesOf.set(name, [...(valuesOf.get(name) ?? []), value])
    } else throw new UsageError(`there is no option ${rawName}${suggestion(name, [...flags, ...values], '--')}`)
  }
  const missing = positionals[given.length]
  if (missing !== undefined && given.length < positionals.length - optional)
    throw new UsageError(`${missing} is missing`)
  const extra = given[positionals.length]
  if (extra !== undefined) throw new UsageError(`'${extra}' is one argument too many`)
  return { positionals: given, flags: set, values: valuesOf }
}

/** The value of an option that is given once at most. */
export function onlyValue({ values }: Arguments, name: string): string | undefined {
  const [value, ...more] = values.get(name) ?? []
  if (more.length > 0) throw new UsageError(`--${name} is there more than once`)
  return value
}

/** The value of an option without which nothing can be done. */
export function requireValue(args: Arguments, name: string): string {
  const value = onlyValue(args, name)
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`)
  return value
}

/** '; did you mean --json?', or nothing. */
export function suggestion(name: string, known: readonly string[], prefix = ''): string {
  const meant = nearest(name, known)
  return meant === undefined ? '' : `; did you mean ${prefix}${meant}?`
}
