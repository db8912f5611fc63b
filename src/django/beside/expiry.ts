import type { Clock } from '../../core/clock.ts'
import type { Data } from '../../core/data.ts'
import { HoldfastTypeError } from '../../core/errors.ts'
import { isoOf, instantOf, type Zone } from './python-dates.ts'
import { EXPIRY } from './names.ts'

/** What the settings say of a session's time. */
export interface ExpiryRules {
  /** `SESSION_COOKIE_AGE` */
  readonly age: number
  /** `SESSION_EXPIRE_AT_BROWSER_CLOSE` */
  readonly atBrowserClose: boolean
  readonly zone: Zone
  readonly clock: Clock
}

export interface Expiry {
  /** Whole seconds, below zero for a date that has passed. */
  readonly ageSeconds: number
  /** Epoch milliseconds. */
  readonly date: number
  readonly atBrowserClose: boolean
}

/** When a session ends that is saved now, by Django's rules: `_session_expiry` is seconds, or a date as text. */
export function expiryOf(asked: unknown, { age, atBrowserClose, zone, clock }: ExpiryRules): Expiry {
  const now = clock.now()
  const date = typeof asked === 'string' ? instantOf(asked, zone) : undefined
  if (date !== undefined) return { ageSeconds: Math.floor((date - now) / 1000), date, atBrowserClose: false }
  const seconds = typeof asked === 'number' && asked !== 0 ? asked : age
  const closes = asked === undefined || asked === null ? atBrowserClose : asked === 0
  return { ageSeconds: seconds, date: now + seconds * 1000, atBrowserClose: closes }
}

/** The same of data as it is stored. Most sessions have no expiry of their own, and then nothing is parsed. */
export function expiryOfData(json: string, parse: (json: string) => Data, rules: ExpiryRules): Expiry {
  return expiryOf(json.includes(EXPIRY) ? parse(json)[EXPIRY] : undefined, rules)
}

/** What `set_expiry` puts into the session; undefined for the default. */
export function expiryValue(expiry: number | Date | null, { zone }: ExpiryRules): number | string | undefined {
  if (expiry === null) return undefined
  if (typeof expiry === 'number' && Number.isSafeInteger(expiry)) return expiry
  if (expiry instanceof Date && !Number.isNaN(expiry.getTime())) return isoOf(expiry.getTime(), zone)
  throw new HoldfastTypeError('ERR_OPTION', 'setExpiry takes a whole number of seconds, a Date, or null')
}
