import { fromBase62 } from '../wire/base62.ts'

/** When a text was signed, in epoch milliseconds: the time of the save, to the second. Of rubbish it is 0. */
export function signedAt(text: string): number {
  return 1000 * (fromBase62(text.split(':').at(-2) ?? '') ?? 0)
}
