import type { Data } from '../../core/data.ts'
import { expiryOf, type Expiry, type ExpiryRules } from '../wire/expiry.ts'
import { EXPIRY } from './names.ts'

/** When a session ends that is saved now. Most have no expiry of their own, and then nothing is parsed. */
export function expiryOfData(json: string, parse: (json: string) => Data, rules: ExpiryRules): Expiry {
  return expiryOf(json.includes(EXPIRY) ? parse(json)[EXPIRY] : undefined, rules)
}
