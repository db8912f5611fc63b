/**
 * The different values a Cookie header holds under one name, in the order they came.
 *
 * Byte-exact: no percent-decoding, no quotes, no `$Version`, no Unicode trimming, no case folding; only space and
 * tab around a pair are dropped (RFC 6265bis, section 5.7). `npm:cookie` keeps the first of several values, and a
 * second one is just what a session library must not overlook; hence this scan.
 */
export function readCookie(header: string, name: string): string[] {
  const values: string[] = []
  let start = 0
  while (start <= header.length) {
    let end = header.indexOf(';', start)
    if (end === -1) end = header.length
    const value = valueOf(header, start, end, name)
    if (value !== undefined && !values.includes(value)) {
      values.push(value)
      if (values.length === MOST_VALUES) return values
    }
    start = end + 1
  }
  return values
}

/** Each value costs an HMAC to judge. Nobody honest has more than two. */
export const MOST_VALUES = 4

function valueOf(header: string, start: number, end: number, name: string): string | undefined {
  let from = start
  while (from < end && isBlank(header, from)) from++
  if (!header.startsWith(name, from)) return undefined
  const equals = from + name.length
  if (equals >= end || header.charCodeAt(equals) !== EQUALS) return undefined
  let to = end
  while (to > equals + 1 && isBlank(header, to - 1)) to--
  return header.slice(equals + 1, to)
}

function isBlank(header: string, index: number): boolean {
  const code = header.charCodeAt(index)
  return code === SPACE || code === TAB
}

const SPACE = 0x20
const TAB = 0x09
const EQUALS = 0x3d
