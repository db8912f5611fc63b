import { randomBytes } from '../../core/random.ts'

/** A key as Django makes them: 32 characters of `a-z0-9`, each as likely as any other. */
export function newSessionKey(): string {
  return randomText(32, 'abcdefghijklmnopqrstuvwxyz0123456789')
}

/** Uniform: a byte that would favour the first characters of the alphabet is drawn again. */
export function randomText(length: number, alphabet: string): string {
  const fair = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) if (byte < fair) text += alphabet[byte % alphabet.length]
  }
  return text
}
