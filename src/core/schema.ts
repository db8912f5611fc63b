import type { Data } from './data.ts'
import { HoldfastTypeError } from './errors.ts'

/** What Holdfast uses of a Standard Schema, version 1 (standardschema.dev). Zod, valibot and arktype make them. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** As the library says it. The message may hold session data: valibot and arktype quote the value. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Where data does not fit, and what is there. Never the value, nor the library's message, which may quote it. */
export interface Misfit {
  /** `cart[0].name`; empty for the data as a whole. */
  readonly path: string
  /** `a number`, `missing`, `changed by the schema`. */
  readonly found: string
}

/**
 * Why the data does not fit; empty when it does. It fits when the schema accepts it and would change nothing in it:
 * a schema judges, and what is stored is what the application set. Keys that the schema leaves out are none of its
 * business and stay. A session that holds nothing always fits.
 */
export function findIssues(
  { '~standard': standard }: StandardSchema,
  data: Data,
  copy: () => Data,
): readonly SchemaIssue[] {
  if (Object.keys(data).length === 0) return []
  // A copy of its own, so that a schema that works in place changes nothing either.
  const result = standard.validate(copy())
  if (result instanceof Promise) {
    result.catch(() => {}) // It answers to nobody any more.
    throw new HoldfastTypeError('ERR_SCHEMA_ASYNC', `this one, made by ${standard.vendor}, answered with a promise`)
  }
  if (result.issues !== undefined) return result.issues.length > 0 ? result.issues : [{ message: '' }]
  const changes: SchemaIssue[] = []
  collectChanges(data, result.value, [], changes)
  return changes
}

/** For people and for logs. A path has names of keys, as a conflict has them. */
export function describeIssues(issues: readonly SchemaIssue[], data: Data): readonly Misfit[] {
  return issues.slice(0, MOST_SHOWN).map(({ path = [], message }) => {
    const keys = path.map(keyOf)
    const text = keys.map(segment).join('').replace(/^\./, '')
    return { path: text.slice(0, LONGEST_PATH), found: message === CHANGED ? CHANGED : kindOf(valueAt(data, keys)) }
  })
}

/** A part of a sentence: `cart[0] is a number, user.name is missing`. */
export function inWords(misfits: readonly Misfit[]): string {
  return misfits.map(({ path, found }) => `${path === '' ? 'the data as a whole' : path} is ${found}`).join(', ')
}

/** The key of the session in which the issue is; undefined when it is about the whole. */
export function topKeyOf({ path = [] }: SchemaIssue): string | undefined {
  const [first] = path
  return first === undefined ? undefined : String(keyOf(first))
}

const MOST_SHOWN = 10
const LONGEST_PATH = 200
const CHANGED = 'changed by the schema'

/** What a schema with a default, a transform or a coercion would put in place of what is there. */
function collectChanges(before: unknown, after: unknown, path: PropertyKey[], changes: SchemaIssue[]): void {
  if (Object.is(before, after)) return
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, item] of before.entries()) step(index, item, after[index])
  } else if (isPlain(before) && isPlain(after)) {
    for (const [key, value] of Object.entries(after)) step(key, valueAt(before, [key]), value)
  } else changes.push({ message: CHANGED, path: [...path] })

  function step(key: PropertyKey, from: unknown, to: unknown): void {
    path.push(key)
    collectChanges(from, to, path, changes)
    path.pop()
  }
}

function isPlain(value: unknown): value is Data {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Own properties only: a path comes from a library that may have been given anything. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = Reflect.get(here, key)
  }
  return here
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): PropertyKey {
  return typeof part === 'object' ? part.key : part
}

function segment(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`
  const name = String(key)
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
