/**
 * Base64 as Python's `urlsafe_b64decode` reads it once Django has added the padding: both alphabets, characters of
 * neither left out, nothing after the padding. What Python refuses throws.
 */
export function decodeBase64(text: string): Buffer {
  if (!PLAIN.test(text)) return decodeOdd(Buffer.from(text))
  if (text.length % 4 === 1) throw new SyntaxError('no base64')
  return Buffer.from(text, 'base64url')
}

function decodeOdd(given: Buffer): Buffer {
  const padded = given.toString('latin1') + '='.repeat((4 - (given.length % 4)) % 4)
  let characters = ''
  let pads = 0
  for (const one of padded) {
    const place = characters.length % 4
    if (one === '=') {
      if (place >= 2 && place + ++pads >= 4) return Buffer.from(characters, 'base64')
    } else if (ALPHABET.test(one)) {
      characters += one
      pads = 0
    }
  }
  if (characters.length % 4 !== 0) throw new SyntaxError('no base64')
  return Buffer.from(characters, 'base64')
}

const PLAIN = /^[A-Za-z0-9_-]*$/
const ALPHABET = /[A-Za-z0-9+/_-]/
