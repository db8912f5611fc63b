import type { PythonValue } from '../django/settings-file/value.ts'

const LONGEST = 60

/** A value as Python writes it, on one line, without anything that a terminal would obey. */
export function showPython(value: PythonValue): string {
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (value === null) return 'None'
  if (typeof value === 'string') return `'${cut(value).replaceAll(/[\p{C}\p{Z}'\\]/gu, escaped)}'`
  if (typeof value === 'number' || typeof value === 'bigint') return cut(String(value))
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Map) return 'a dict'
  return value instanceof Set ? 'a set' : 'a list'
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function escaped(character: string): string {
  if (character === ' ') return character
  if (character === "'" || character === '\\') return `\\${character}`
  return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`
}
