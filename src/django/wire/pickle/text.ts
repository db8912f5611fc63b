import { isAscii } from 'node:buffer'

/** Python pickles the halves of surrogate pairs that stand alone, which UTF-8 has no bytes for. */
export function encodeText(text: string): Buffer {
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
export function decodeText(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1')
  try {
    let text = ''
    let from = 0
    for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1)) {
      const [second = 0, third = 0] = bytes.subarray(at + 1, at + 3)
      if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue
      text +=
        UTF8.decode(bytes.subarray(from, at)) + String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f))
      from = at + 3
    }
    return text + UTF8.decode(bytes.subarray(from))
  } catch {
    return undefined
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
