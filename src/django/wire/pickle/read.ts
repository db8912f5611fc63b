import { MOST_DIGITS, PythonNumber, type PythonJson } from '../json-text.ts'
import { OP } from './opcodes.ts'
import { decodeText } from './text.ts'

/** Bytes that are no pickle of plain data. The message tells where, and shows nothing of them. */
export class PickleError extends Error {
  override readonly name = 'PickleError'
}

/** The value that was pickled, where it is one of plain data. What was pickled once and used twice is one object here. */
export function readPickle(bytes: Uint8Array): PythonJson {
  return new Machine(bytes).run()
}

export function isDict(value: PythonJson): value is { [key: string]: PythonJson } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof PythonNumber)
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
        return this.#append([this.#pop()])
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
    return this.#bytes[this.#at++] ?? this.#fail()
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
    this.#need(1)
    return this.#stack.pop() ?? null
  }

  #top(): PythonJson {
    this.#need(1)
    return this.#stack.at(-1) ?? null
  }

  #popMany(count: number): PythonJson[] {
    this.#need(count)
    return this.#stack.splice(-count)
  }

  /** Above the last mark. */
  #need(count: number): void {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) this.#fail()
  }

  #popMarked(): PythonJson[] {
    return this.#stack.splice(this.#marks.pop() ?? this.#fail())
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

  /** Indexes count up by one. Python makes room for all below one, however large it is. */
  #put(index: number): void {
    if (index > this.#bytes.length) this.#fail()
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

/** As Python's `repr` writes a float. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 16) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** More cannot be written with as many digits as Python makes an int of. */
const MOST_LONG_BYTES = 1800
