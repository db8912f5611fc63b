import type { Literal } from './value.ts'

/** A string literal's value; what is wrong with it; or why it cannot be known here. */
export type ReadString =
  | { readonly literal: Literal & { readonly type: 'string' | 'bytes' } }
  | { readonly problem: string }
  | { readonly computed: string }

/** @param source One literal with its prefix and quotes. An f-string must be one without fields. */
export function readString(source: string): ReadString {
  const { prefix, quote } = openingOf(source)
  const start = prefix.length + quote.length
  if (!isClosed(source)) return { problem: unclosed(quote) }
  const raw = prefix.includes('r')
  const bytes = prefix.includes('b')
  const written = source.slice(start, -quote.length).replaceAll(/\r\n?/g, '\n')
  const body = prefix.includes('f') ? written.replaceAll('{{', '{').replaceAll('}}', '}') : written
  if (bytes && /[^\0-\x7f]/.test(body)) return { problem: 'bytes hold ASCII characters only' }
  if (raw || !body.includes('\\')) return made(body, bytes)

  let value = ''
  let end = 0
  for (const { 0: escape, index } of body.matchAll(ESCAPE)) {
    value += body.slice(end, index)
    end = index + escape.length
    const meant = meaningOf(escape, bytes)
    if (typeof meant !== 'string') return meant
    value += meant
  }
  return made(value + body.slice(end), bytes)
}

/** Prefix in lower case, and the quote: one or three. */
export function openingOf(source: string): { prefix: string; quote: string } {
  const [, prefix = '', quote = ''] = /^([a-z]*)('''|"""|'|")/i.exec(source) ?? []
  return { prefix: prefix.toLowerCase(), quote }
}

/** Whether the literal ends with its quote, and not with an escaped one. */
export function isClosed(source: string): boolean {
  const { prefix, quote } = openingOf(source)
  const last = source.length - quote.length
  const start = prefix.length + quote.length
  if (last < start || !source.endsWith(quote)) return false
  let backslashes = 0
  while (last - backslashes > start && source[last - backslashes - 1] === '\\') backslashes++
  return backslashes % 2 === 0
}

export function unclosed(quote: string): string {
  return quote.length === 3
    ? `this string is never closed: its ${quote} is missing`
    : `this string is not closed: its ${quote} is missing before the end of the line`
}

const ESCAPE = /\\(?:[0-7]{1,3}|x[\da-fA-F]{0,2}|u[\da-fA-F]{0,4}|U[\da-fA-F]{0,8}|N(?:\{[^}]*\})?|[^])/g

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['\\\n', ''],
  ['\\\\', '\\'],
  ["\\'", "'"],
  ['\\"', '"'],
  ['\\a', '\x07'],
  ['\\b', '\b'],
  ['\\f', '\f'],
  ['\\n', '\n'],
  ['\\r', '\r'],
  ['\\t', '\t'],
  ['\\v', '\v'],
])

/** How many hex digits follow. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
])

function meaningOf(escape: string, bytes: boolean): string | { problem: string } | { computed: string } {
  const simple = SIMPLE.get(escape)
  if (simple !== undefined) return simple
  const [, kind = '', ...rest] = escape
  if (/[0-7]/.test(kind)) return characterOf(Number.parseInt(escape.slice(1), 8) & (bytes ? 0xff : 0x1ff))
  const digits = DIGITS.get(kind)
  if (digits !== undefined && (kind === 'x' || !bytes)) {
    if (rest.length < digits) return { problem: `\\${kind} needs ${digits} hex digits after it` }
    return characterOf(Number.parseInt(rest.join(''), 16))
  }
  if (kind === 'N' && !bytes) return { computed: 'it names a character with \\N{…}' }
  return escape // Python keeps an escape that it does not know.
}

function characterOf(code: number): string | { problem: string } | { computed: string } {
  if (code > 0x10_ff_ff) return { problem: 'there is no character beyond \\U0010ffff' }
  if (code >= 0xd8_00 && code <= 0xdf_ff) return { computed: 'it holds half a character (a surrogate)' }
  return String.fromCodePoint(code)
}

function made(value: string, bytes: boolean): ReadString {
  return {
    literal: bytes
      ? { type: 'bytes', value: Uint8Array.from(Buffer.from(value, 'latin1')) }
      : { type: 'string', value },
  }
}
