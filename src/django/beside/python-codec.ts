import type { Codec } from '../../core/codec.ts'
import type { Data } from '../../core/data.ts'
import { parsePython, toAscii, writePython } from '../wire/python-json.ts'

/** JSON as Python reads and writes it. A number that stays what it was keeps how Python wrote it. */
export const pythonCodec: Codec = {
  parse: parsePython,
  write: (data, base) => (readsAs(base, data) ? base : writePython(data, base)),
  parseValue: (text) => parsePython(`{"value":${text}}`)['value'],
  writeValue: (value) => (value === undefined ? '' : writePython({ value }).slice('{"value":'.length, -1)),
  nonFinite: true,
}

/** Whether the data is what a text says. Where JavaScript's own writer might hide a difference the answer is no. */
function readsAs(text: string, data: Data): boolean {
  if (text.includes('null')) return false
  const json = JSON.stringify(data)
  return json === text || toAscii(json) === text
}
