import type { Codec } from '../../core/codec.ts'
import { parsePython, writePython } from '../wire/python-json.ts'

/** JSON as Python reads and writes it. A number that stays what it was keeps how Python wrote it. */
export const pythonCodec: Codec = {
  parse: parsePython,
  write: writePython,
  parseValue: (text) => parsePython(`{"value":${text}}`)['value'],
  writeValue: (value) => (value === undefined ? '' : writePython({ value }).slice('{"value":'.length, -1)),
  nonFinite: true,
}
