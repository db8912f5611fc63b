/** Whole seconds as Django's signatures hold them: digits, capitals, small letters, the highest place first. */
export function toBase62(seconds: number): string {
  let rest = Math.abs(seconds)
  let text = ''
  do {
    text = `${DIGITS[rest % 62]}${text}`
    rest = Math.floor(rest / 62)
  } while (rest > 0)
  return seconds < 0 ? `-${text}` : text
}

/** Undefined for what Django cannot read either. */
export function fromBase62(text: string): number | undefined {
  if (text === '') return undefined
  const negative = text.startsWith('-')
  let seconds = 0
  for (const digit of negative ? text.slice(1) : text) {
    const value = DIGITS.indexOf(digit)
    if (value === -1) return undefined
    seconds = seconds * 62 + value
  }
  return negative ? -seconds : seconds
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
