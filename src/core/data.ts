import { HoldfastError, HoldfastTypeError } from './errors.ts'

/** A session's data at work. It has no prototype, so `__proto__` and `constructor` are keys like any other. */
export type Data = Record<string, unknown>

export interface DataLimits {
  /** The most bytes of JSON (UTF-8) one session may hold. */
  readonly bytes: number
  /** The deepest nesting of arrays and objects. */
  readonly depth: number
}

export function parseData(json: string): Data {
  const data = emptyData()
  const parsed: unknown = json === EMPTY_JSON ? {} : JSON.parse(json)
  return Object.assign(data, parsed)
}

export function emptyData(): Data {
  return Object.create(null) as Data
}

export const EMPTY_JSON = '{}'

/** The JSON, or an error that says how much too large it is. */
export function withinLimit(json: string, limits: DataLimits): string {
  const bytes = json.length > limits.bytes ? json.length : Buffer.byteLength(json)
  if (bytes > limits.bytes) {
    throw new HoldfastError('ERR_DATA_LIMIT', `it would take ${bytes} bytes of JSON; the limit is ${limits.bytes}`)
  }
  return json
}

/** Throws a `TypeError` that names the path of the first thing JSON would lose or change. */
export function checkValue(value: unknown, path: string, { depth }: DataLimits, nonFinite = false): void {
  walk(value, path, depth, { depth, nonFinite })
}

function walk(value: unknown, path: string, room: number, bounds: Bounds): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!bounds.nonFinite && !Number.isFinite(value)) refuse(path, String(value))
    return
  }
  if (typeof value !== 'object') refuse(path, `a ${typeof value}`)
  // A cycle ends here too: it is deeper than any limit.
  if (room === 0)
    throw new HoldfastError(
      'ERR_DATA_LIMIT',
      `${path} is nested deeper than ${bounds.depth} levels, or contains itself`,
    )
  if ('toJSON' in value && typeof value.toJSON === 'function') refuse(path, nameOf(value))
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (!(index in value)) refuse(`${path}[${index}]`, 'a hole in an array')
      walk(value[index], `${path}[${index}]`, room - 1, bounds)
    }
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null)
    refuse(path, nameOf(value))
  if (Object.getOwnPropertySymbols(value).length > 0) refuse(path, 'an object with symbol keys')
  for (const [key, member] of Object.entries(value)) walk(member, `${path}.${key}`, room - 1, bounds)
}

interface Bounds {
  readonly depth: number
  readonly nonFinite: boolean
}

function refuse(path: string, what: string): never {
  throw new HoldfastTypeError('ERR_DATA_VALUE', `${path} is ${what}`)
}

function nameOf(value: object): string {
  const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `a ${name}`
    : 'an object with a toJSON() of its own'
}
