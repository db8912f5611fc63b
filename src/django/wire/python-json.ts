import type { Data } from '../../core/data.ts'
import { HoldfastError, HoldfastTypeError } from '../../core/errors.ts'
import { MOST_DEPTH, MOST_DIGITS, PythonNumber, readJson, type PythonJson } from './json-text.ts'

/**
 * The data of a session from the JSON that Python wrote. `NaN` and infinities become such numbers, an int that is too
 * large the nearest number there is; `writePython` with this text as its base writes them as they were.
 *
 * @throws SyntaxError where Python would fail too, and where the text holds no object.
 * @throws HoldfastError ERR_DATA_LIMIT for what is deeper than any Python before 3.12 reads.
 */
export function parsePython(json: string): Data {
  const parsed = parse(json)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new SyntaxError('no JSON object')
  return Object.assign(Object.create(null) as Data, parsed)
}

/**
 * JSON as Python's `json.dumps(data, separators=(',', ':'))` writes it. It is ASCII, because Django reads the bytes as
 * Latin-1. A number that has the value it has at the same path in `base` is written as it stands there: `1.0` stays a
 * float, and an int that JavaScript cannot hold keeps its digits, also where it moved inside its array.
 *
 * @param base The text that the data came from.
 * @throws HoldfastTypeError ERR_DATA_VALUE for what is not JSON, and for an int in an array that has changed, where it is
 * one of several that are the same number to JavaScript.
 * @throws HoldfastError ERR_DATA_LIMIT for what no Python before 3.12 would write, it is so deep.
 */
export function writePython(data: Data, base?: string): string {
  return write(data, base !== undefined && KEPT_BY_SOURCE.test(base) ? readJson(base) : undefined, 0)
}

/** The text of what `readJson` read, each number as it was. */
export function writeJson(value: PythonJson): string {
  return write(value, undefined, 0)
}

/** The same JSON with everything escaped that Python escapes, and JavaScript does not. */
export function toAscii(json: string): string {
  return json.replace(NOT_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** JSON.parse is many times faster, and reads the same but for `NaN` and infinities, and but for Python's limits. */
function parse(json: string): unknown {
  if (withinLimits(json)) {
    try {
      return JSON.parse(json) as unknown
    } catch {
      // The other one knows.
    }
  }
  return valueOf(readJson(json))
}

function withinLimits(json: string): boolean {
  if (json.length <= MOST_DEPTH) return true
  if (LONG_NUMBER.test(json)) return false
  let brackets = 0
  for (const _ of json.matchAll(/[[{]/g)) if (++brackets > MOST_DEPTH) return false
  return true
}

function valueOf(value: PythonJson): unknown {
  if (value instanceof PythonNumber) return Number(value.source)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(valueOf)
  const object = Object.create(null) as Data
  for (const [key, member] of Object.entries(value)) object[key] = valueOf(member)
  return object
}

function write(value: unknown, base: PythonJson | undefined, depth: number, moved?: LongInts): string {
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number') return writeNumber(value, base, moved)
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof PythonNumber) return value.source
  if (typeof value !== 'object') throw new HoldfastTypeError('ERR_DATA_VALUE', `a ${typeof value} is among the data`)
  if (depth === MOST_DEPTH) {
    throw new HoldfastError('ERR_DATA_LIMIT', `it is deeper than ${MOST_DEPTH} levels, or contains itself`)
  }
  if (Array.isArray(value)) {
    const bases = Array.isArray(base) ? base : []
    const inside = moved ?? longIntsMoved(value, bases)
    return `[${Array.from(value, (item, index) => write(item, bases[index], depth + 1, inside)).join(',')}]`
  }
  const bases = typeof base === 'object' && !Array.isArray(base) && !(base instanceof PythonNumber) ? base : null
  const members = Object.entries(value).map(
    ([key, member]) => `${writeString(key)}:${write(member, bases?.[key], depth + 1, moved)}`,
  )
  return `{${members.join(',')}}`
}

function writeString(text: string): string {
  return toAscii(JSON.stringify(text))
}

function writeNumber(value: number, base: PythonJson | undefined, moved: LongInts | undefined): string {
  const source = moved?.get(value)
  if (source === null) {
    throw new HoldfastTypeError(
      'ERR_DATA_VALUE',
      'JavaScript cannot tell which int is which in an array that has changed',
    )
  }
  if (source !== undefined) return source
  if (base instanceof PythonNumber && Object.is(Number(base.source), value)) return base.source
  // In full, where JavaScript would write zeros for the last digits.
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value).toString() : String(value)
}

/** How each int was written that JavaScript rounds; null where several are rounded to the same. */
type LongInts = ReadonlyMap<number, string | null>

/** None while every item is where it was. In an array that has changed a path says nothing of what stands there. */
function longIntsMoved(value: readonly unknown[], base: PythonJson[]): LongInts {
  const found = new Map<number, string | null>()
  for (const one of base) findLongInts(one, found)
  return found.size === 0 || isUnchanged(value, base) ? NONE : found
}

function findLongInts(value: PythonJson, found: Map<number, string | null>): void {
  if (value instanceof PythonNumber) {
    const { source } = value
    const rounded = Number(source)
    if (Number.isSafeInteger(rounded) || !INT.test(source)) return
    found.set(rounded, !found.has(rounded) || found.get(rounded) === source ? source : null)
  } else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) findLongInts(one as PythonJson, found)
  }
}

function isUnchanged(value: unknown, base: PythonJson | undefined): boolean {
  if (base instanceof PythonNumber) return Object.is(value, Number(base.source))
  if (typeof value !== 'object' || value === null || typeof base !== 'object' || base === null) return value === base
  const [members, bases] = [Object.entries(value), base as Record<string, PythonJson>]
  return (
    Array.isArray(value) === Array.isArray(base) &&
    members.length === Object.keys(base).length &&
    members.every(([key, member]) => isUnchanged(member, bases[key]))
  )
}

const NONE: LongInts = new Map()
const INT = /^-?\d+$/
/** DEL is ASCII, and escaped too. */
const NOT_ASCII = /[\u007f-\uffff]/g
const LONG_NUMBER = new RegExp(`[0-9]{${MOST_DIGITS + 1}}`)
/** Where a number may stand that JavaScript would write in another way. */
const KEPT_BY_SOURCE = /[[{:,\s](?:-?(?:[0-9]+[.eE]|[0-9]{16}|Infinity)|-0|NaN)/
