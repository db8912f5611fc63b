import { MOST_DEPTH, PythonNumber, readJson, type PythonJson } from './json-text.ts'
import { isDict, PickleError, readPickle } from './pickle/read.ts'
import { writePickle } from './pickle/write.ts'
import { writeJson } from './python-json.ts'

export { PickleError }

/**
 * The JSON that Python's `json.dumps` makes of a pickled dict: ints and floats stay apart, tuples become lists, keys
 * become strings. It reads dicts, lists, tuples, strings, numbers, booleans and None, from protocol 2 to 5. Whatever
 * would import, call or build anything is refused when it is seen: nothing in a pickle is ever executed.
 *
 * @throws PickleError
 */
export function jsonFromPickle(bytes: Uint8Array): string {
  if (bytes.length > MOST_BYTES) throw new PickleError(`it has more than ${MOST_BYTES} bytes`)
  const value = readPickle(bytes)
  if (!isDict(value)) throw new PickleError('it holds no dict')
  weigh(value, 0, 0)
  return writeJson(value)
}

/** The pickle of what Python's `json.loads` makes of this text. Every Python 3 reads it. */
export function pickleFromJson(json: string): Uint8Array {
  return writePickle(readJson(json))
}

/**
 * A few bytes can stand for a text without end, because what was pickled once may be used again and again, in itself
 * too. Answers how much was met so far.
 */
function weigh(value: PythonJson, before: number, depth: number): number {
  let weight = before + lengthOf(value)
  if (weight > MOST_BYTES) throw new PickleError(`it stands for more than ${MOST_BYTES} characters`)
  if (typeof value !== 'object' || value === null || value instanceof PythonNumber) return weight
  if (depth === MOST_DEPTH) throw new PickleError(`it is deeper than ${MOST_DEPTH} levels, or contains itself`)
  if (Array.isArray(value)) {
    for (const item of value) weight = weigh(item, weight, depth + 1)
  } else {
    for (const [key, item] of Object.entries(value)) weight = weigh(item, weight + key.length, depth + 1)
  }
  return weight
}

function lengthOf(value: PythonJson): number {
  if (typeof value === 'string') return value.length
  return value instanceof PythonNumber ? value.source.length : 1
}

/**
 * Memcached takes a quarter of that. Unlike a row this is nothing that anyone signed, so who can write to the cache
 * decides how long reading it takes: a second at the most.
 */
const MOST_BYTES = 4 * 1024 * 1024
