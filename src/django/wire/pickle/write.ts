import { PythonNumber, type PythonJson } from '../json-text.ts'
import { OP } from './opcodes.ts'
import { encodeText } from './text.ts'

/** In opcodes of protocol 2, which every Python 3 reads. */
export function writePickle(value: PythonJson): Uint8Array {
  const parts: Buffer[] = [Buffer.of(OP.PROTO, 2)]
  write(value, parts)
  parts.push(Buffer.of(OP.STOP))
  return Buffer.concat(parts)
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
