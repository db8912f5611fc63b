import { HoldfastError } from '../../core/errors.ts'

/** JSON as Python reads it: JSON, and `NaN`, `Infinity` and `-Infinity` where a number may stand. */
export type PythonJson = null | boolean | string | PythonNumber | PythonJson[] | { [key: string]: PythonJson }

/** A number as it was written: to Python `1.0` is a float and `1` an int, and an int has any size. */
export class PythonNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/** Python recurses as deep before 3.12, and ten times that since. */
export const MOST_DEPTH = 1000
/** Python makes an int of no more. */
export const MOST_DIGITS = 4300

/**
 * Reads what Python's `json.loads` reads. Objects have no prototype; of a key that stands there twice the last value
 * counts.
 *
 * @throws SyntaxError at everything else.
 * @throws HoldfastError ERR_DATA_LIMIT for what is deeper than `MOST_DEPTH`.
 */
export function readJson(text: string): PythonJson {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): PythonJson {
    this.#space()
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#object(depth + 1)
      case '[':
        return this.#array(depth + 1)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  end(): void {
    this.#space()
    if (this.#at < this.#text.length) this.#fail()
  }

  #object(depth: number): PythonJson {
    const object = Object.create(null) as { [key: string]: PythonJson }
    if (this.#opens('}', depth)) return object
    do {
      this.#space()
      const key = this.#string()
      if (!this.#takes(':')) this.#fail()
      object[key] = this.value(depth)
    } while (this.#takes(','))
    if (!this.#takes('}')) this.#fail()
    return object
  }

  #array(depth: number): PythonJson {
    const array: PythonJson[] = []
    if (this.#opens(']', depth)) return array
    do array.push(this.value(depth))
    while (this.#takes(','))
    if (!this.#takes(']')) this.#fail()
    return array
  }

  /** Steps over the bracket that was seen, and answers whether its partner follows. */
  #opens(closing: string, depth: number): boolean {
    // A newer Python may read it, so it is no rubbish: that would be overwritten.
    if (depth > MOST_DEPTH) throw new HoldfastError('ERR_DATA_LIMIT', `it is deeper than ${MOST_DEPTH} levels`)
    this.#at++
    return this.#takes(closing)
  }

  #string(): string {
    const from = this.#at
    if (this.#text[from] !== '"') this.#fail()
    let to = from + 1
    for (; this.#text[to] !== '"'; to++) {
      if (to >= this.#text.length) this.#fail()
      if (this.#text[to] === '\\') to++
    }
    this.#at = to + 1
    try {
      return JSON.parse(this.#text.slice(from, to + 1)) as string
    } catch {
      this.#fail() // That error would show the text.
    }
  }

  #number(): PythonNumber {
    NUMBER.lastIndex = this.#at
    const [source = '', int = '', rest] = NUMBER.exec(this.#text) ?? []
    if (source === '' || (rest === '' && int.length > MOST_DIGITS)) this.#fail()
    this.#at += source.length
    return new PythonNumber(source)
  }

  #word<Value>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) this.#fail()
    this.#at += word.length
    return value
  }

  #takes(one: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== one) return false
    this.#at++
    return true
  }

  #space(): void {
    while (SPACE.has(this.#text[this.#at])) this.#at++
  }

  /** Where, and nothing of what: it is session data. */
  #fail(): never {
    throw new SyntaxError(`no JSON that Python reads, at ${this.#at}`)
  }
}

const SPACE: ReadonlySet<string | undefined> = new Set([' ', '\t', '\n', '\r'])
const NUMBER = /-?(?:(0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|Infinity)|NaN/y
