import { MOST_DEPTH, MOST_DIGITS, PythonNumber, readJson, type PythonJson } from './json-text.ts'
import { writeJson } from './python-json.ts'

/** Bytes that are no pickle of plain data. The message tells where, and shows nothing of them. */
export class PickleError extends Error {
  override readonly name = 'PickleError'
}

/**
 * The JSON that Python's `json.dumps` makes of a pickled dict: ints and floats stay apart, tuples become lists, keys
 * become strings. It reads dicts, lists, tuples, strings, numbers, booleans and None, from protocol 2 to 5. Whatever
 * would import, call or build anything is refused when it is seen: nothing in a pickle is ever executed.
 *
 * @throws PickleError
 */
export function jsonFromPickle(bytes: Uint8Array): string {
  if (bytes.length > MOST_BYTES) throw new PickleError(`it has more than ${MOST_BYTES} bytes`)
  const value = new Machine(bytes).run()
  if (!isDict(value)) throw new PickleError('it holds no dict')
  weigh(value, 0, 0)
  return writeJson(value)
}

/** The pickle of what Python's `json.loads` makes of this text. Every Python 3 reads it. */
export function pickleFromJson(json: string): Uint8Array {
  const parts: Buffer[] = [Buffer.of(OP.PROTO, 2)]
  write(readJson(json), parts)
  parts.push(Buffer.of(OP.STOP))
  return Buffer.concat(parts)
}

class Machine {
  readonly #bytes: Buffer
  #at = 0
  readonly #stack: PythonJson[] = []
  readonly #marks: number[] = []
  readonly #memo = new Map<number, PythonJson>()

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  run(): PythonJson {
    for (;;) {
      const op = this.#byte()
      if (op === OP.STOP) return this.#pop()
      this.#step(op)
    }
  }

  #step(op: number): void {
    switch (op) {
      case OP.PROTO:
        if (this.#byte() > 5) this.#fail()
        return
      case OP.FRAME:
        // It says how much to read ahead. All is here already.
        if (this.#take(8).readBigUInt64LE() > this.#bytes.length - this.#at) this.#fail()
        return
      case OP.MARK:
        this.#marks.push(this.#stack.length)
        return
      case OP.NONE:
        return this.#push(null)
      case OP.NEWTRUE:
        return this.#push(true)
      case OP.NEWFALSE:
        return this.#push(false)
      case OP.BININT1:
        return this.#push(new PythonNumber(String(this.#byte())))
      case OP.BININT2:
        return this.#push(new PythonNumber(String(this.#take(2).readUInt16LE())))
      case OP.BININT:
        return this.#push(new PythonNumber(String(this.#take(4).readInt32LE())))
      case OP.LONG1:
        return this.#push(this.#long(this.#byte()))
      case OP.LONG4:
        return this.#push(this.#long(this.#take(4).readInt32LE()))
      case OP.BINFLOAT:
        return this.#push(new PythonNumber(floatText(this.#take(8).readDoubleBE())))
      case OP.SHORT_BINUNICODE:
        return this.#push(this.#text(this.#byte()))
      case OP.BINUNICODE:
        return this.#push(this.#text(this.#take(4).readUInt32LE()))
      case OP.BINUNICODE8:
        return this.#push(this.#text(Number(this.#take(8).readBigUInt64LE())))
      case OP.EMPTY_DICT:
        return this.#push(Object.create(null) as PythonJson)
      case OP.EMPTY_LIST:
        return this.#push([])
      case OP.EMPTY_TUPLE:
        return this.#push(tuple([]))
      case OP.TUPLE1:
        return this.#push(tuple(this.#popMany(1)))
      case OP.TUPLE2:
        return this.#push(tuple(this.#popMany(2)))
      case OP.TUPLE3:
        return this.#push(tuple(this.#popMany(3)))
      case OP.TUPLE:
        return this.#push(tuple(this.#popMarked()))
      case OP.APPEND:
        return this.#append(this.#popMany(1))
      case OP.APPENDS:
        return this.#append(this.#popMarked())
      case OP.SETITEM:
        return this.#setItems(this.#popMany(2))
      case OP.SETITEMS:
        return this.#setItems(this.#popMarked())
      case OP.MEMOIZE:
        return this.#put(this.#memo.size)
      case OP.BINPUT:
        return this.#put(this.#byte())
      case OP.LONG_BINPUT:
        return this.#put(this.#take(4).readUInt32LE())
      case OP.BINGET:
        return this.#get(this.#byte())
      case OP.LONG_BINGET:
        return this.#get(this.#take(4).readUInt32LE())
      default:
        throw new PickleError(`opcode 0x${op.toString(16)} at ${this.#at - 1} is none of plain data`)
    }
  }

  #byte(): number {
    return this.#take(1).readUInt8()
  }

  #take(size: number): Buffer {
    const to = this.#at + size
    if (size < 0 || to > this.#bytes.length) this.#fail()
    const taken = this.#bytes.subarray(this.#at, to)
    this.#at = to
    return taken
  }

  #long(size: number): PythonNumber {
    if (size > MOST_LONG_BYTES) this.#fail()
    const hex = Buffer.from(this.#take(size)).reverse().toString('hex')
    const source = BigInt.asIntN(size * 8, BigInt(`0x0${hex}`)).toString()
    if (source.replace('-', '').length > MOST_DIGITS) this.#fail()
    return new PythonNumber(source)
  }

  #text(size: number): string {
    return decodeText(this.#take(size)) ?? this.#fail()
  }

  #push(value: PythonJson): void {
    this.#stack.push(value)
  }

  #pop(): PythonJson {
    const [value = null] = this.#popMany(1)
    return value
  }

  /** Never from below the last mark. */
  #popMany(count: number): PythonJson[] {
    const from = this.#stack.length - count
    if (from < (this.#marks.at(-1) ?? 0)) this.#fail()
    return this.#stack.splice(from)
  }

  #popMarked(): PythonJson[] {
    return this.#stack.splice(this.#marks.pop() ?? this.#fail())
  }

  #top(): PythonJson {
    const value = this.#pop()
    this.#push(value)
    return value
  }

  #append(items: readonly PythonJson[]): void {
    const list = this.#top()
    if (!Array.isArray(list) || Object.isFrozen(list)) this.#fail()
    for (const item of items) list.push(item)
  }

  #setItems(items: readonly PythonJson[]): void {
    const dict = this.#top()
    if (!isDict(dict) || items.length % 2 !== 0) this.#fail()
    for (let index = 0; index < items.length; index += 2) {
      dict[this.#key(items[index])] = items[index + 1] ?? null
    }
  }

  /** As `json.dumps` writes the key of a dict. */
  #key(key: PythonJson | undefined): string {
    if (typeof key === 'string') return key
    if (key instanceof PythonNumber) return key.source
    if (typeof key === 'boolean' || key === null) return String(key)
    this.#fail()
  }

  #put(index: number): void {
    this.#memo.set(index, this.#top())
  }

  #get(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined) this.#fail()
    this.#push(value)
  }

  #fail(): never {
    throw new PickleError(`it makes no sense at ${this.#at}`)
  }
}

/** A list that takes nothing more. */
function tuple(items: PythonJson[]): PythonJson {
  return Object.freeze(items) as PythonJson[]
}

function isDict(value: PythonJson): value is { [key: string]: PythonJson } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof PythonNumber)
}

/**
 * A few bytes can stand for a text without end, because what was pickled once may be used again and again, in itself
 * too. Answers how much was met so far.
 */
function weigh(value: PythonJson, before: number, depth: number): number {
  let weight = before + (typeof value === 'string' ? value.length : 1)
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

/** As Python's `repr` writes a float. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 16) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}

function write(value: PythonJson, parts: Buffer[]): void {
  if (value === null) parts.push(Buffer.of(OP.NONE))
  else if (typeof value === 'boolean') parts.push(Buffer.of(value ? OP.NEWTRUE : OP.NEWFALSE))
  else if (typeof value === 'string') writeText(value, parts)
  else if (value instanceof PythonNumber) parts.push(numberBytes(value.source))
  else if (Array.isArray(value)) {
    parts.push(Buffer.of(OP.EMPTY_LIST, OP.MARK))
    for (const item of value) write(item, parts)
    parts.push(Buffer.of(OP.APPENDS))
  } else {
    parts.push(Buffer.of(OP.EMPTY_DICT, OP.MARK))
    for (const [key, item] of Object.entries(value)) {
      writeText(key, parts)
      write(item, parts)
    }
    parts.push(Buffer.of(OP.SETITEMS))
  }
}

function writeText(text: string, parts: Buffer[]): void {
  const bytes = encodeText(text)
  const head = Buffer.of(OP.BINUNICODE, 0, 0, 0, 0)
  head.writeUInt32LE(bytes.length, 1)
  parts.push(head, bytes)
}

function numberBytes(source: string): Buffer {
  if (!/^-?[0-9]+$/.test(source)) {
    const bytes = Buffer.of(OP.BINFLOAT, 0, 0, 0, 0, 0, 0, 0, 0)
    bytes.writeDoubleBE(Number(source), 1)
    return bytes
  }
  const int = BigInt(source)
  if (int === BigInt.asIntN(32, int)) {
    const bytes = Buffer.of(OP.BININT, 0, 0, 0, 0)
    bytes.writeInt32LE(Number(int), 1)
    return bytes
  }
  // Two's complement in as many bytes as it takes, one bit of them for the sign.
  const size = Math.floor((int < 0n ? ~int : int).toString(2).length / 8) + 1
  const hex = BigInt.asUintN(size * 8, int).toString(16)
  const digits = Buffer.from(hex.padStart(size * 2, '0'), 'hex').reverse()
  const head = Buffer.of(OP.LONG4, 0, 0, 0, 0)
  head.writeInt32LE(size, 1)
  return Buffer.concat([head, digits])
}

/** Python pickles the halves of surrogate pairs that stand alone, which UTF-8 has no bytes for. */
function encodeText(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  return Buffer.concat(
    Array.from(text, (one) => {
      if (one.isWellFormed()) return Buffer.from(one)
      const unit = one.charCodeAt(0)
      return Buffer.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
    }),
  )
}

/** Undefined for what is not UTF-8, such halves aside. */
function decodeText(bytes: Buffer): string | undefined {
  try {
    let text = ''
    let from = 0
    for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1)) {
      const [second = 0, third = 0] = bytes.subarray(at + 1, at + 3)
      if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue
      text += UTF8.decode(bytes.subarray(from, at)) + String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f))
      from = at + 3
    }
    return text + UTF8.decode(bytes.subarray(from))
  } catch {
    return undefined
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const MOST_BYTES = 16 * 1024 * 1024
/** More cannot be written with as many digits as Python makes an int of. */
const MOST_LONG_BYTES = 1800

const OP = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  APPENDS: 0x65,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  LONG4: 0x8b,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE8: 0x8d,
  MEMOIZE: 0x94,
  FRAME: 0x95,
} as const
