import type { Clock } from '../../core/clock.ts'
import { HoldfastTypeError } from '../../core/errors.ts'
import type { TimeZone } from './time-zone.ts'

/** What the settings say of a session's time. */
export interface ExpiryRules {
  /** `SESSION_COOKIE_AGE` */
  readonly age: number
  /** `SESSION_EXPIRE_AT_BROWSER_CLOSE` */
  readonly atBrowserClose: boolean
  /** `USE_TZ`: dates are written in UTC, with its offset. Otherwise as the clock on the wall of `zone` shows them. */
  readonly useTz: boolean
  /** `TIME_ZONE` */
  readonly zone: TimeZone
  readonly clock: Clock
}

export interface Expiry {
  /** Seconds: whole ones for a date, and below zero when it is past. */
  readonly ageSeconds: number
  /** Epoch milliseconds. */
  readonly date: number
  readonly atBrowserClose: boolean
}

/**
 * When a session ends that is saved now, by `_session_expiry`: seconds, or a date as text. A date is read in either
 * style, where Django fails at the one that is not its own; so it does at other text, which stands for nothing here.
 */
export function expiryOf(asked: unknown, { age, atBrowserClose, zone, clock }: ExpiryRules): Expiry {
  const now = clock.now()
  const date = typeof asked === 'string' ? readDate(asked, zone) : undefined
  if (date !== undefined) return { ageSeconds: Math.floor((date - now) / 1000), date, atBrowserClose: false }
  // Zero is the browser's to end. To the server it is the default.
  const seconds = typeof asked === 'number' && Number.isFinite(asked) && asked !== 0 ? asked : age
  const closes = asked === undefined || asked === null ? atBrowserClose : asked === 0
  return { ageSeconds: seconds, date: now + seconds * 1000, atBrowserClose: closes }
}

/**
 * What `set_expiry` puts into the session; undefined for the default. A Django before 4.1 fails at a session that has
 * a date.
 *
 * @throws HoldfastTypeError ERR_OPTION
 */
export function expiryValue(expiry: number | Date | null, rules: ExpiryRules): number | string | undefined {
  if (expiry === null) return undefined
  if (typeof expiry === 'number' && Number.isSafeInteger(expiry)) return expiry
  if (expiry instanceof Date && !Number.isNaN(expiry.getTime())) return writeDate(expiry.getTime(), rules)
  throw new HoldfastTypeError('ERR_OPTION', 'setExpiry takes a whole number of seconds, a Date, or null')
}

/** As Python's `isoformat` does. */
function writeDate(instant: number, { useTz, zone }: ExpiryRules): string {
  const wall = useTz ? instant : instant + zone.offset(instant)
  const [seconds, fraction = ''] = new Date(wall).toISOString().split(/[.Z]/)
  return `${seconds}${fraction === '000' ? '' : `.${fraction}000`}${useTz ? '+00:00' : ''}`
}

/** What Python's `isoformat` writes, and `Z`. Microseconds are cut off; of an hour that comes twice it is the first. */
function readDate(text: string, zone: TimeZone): number | undefined {
  const [, day, time = '00:00', fraction = '', offset] = ISO.exec(text) ?? []
  const wall = Date.parse(`${day}T${time.padEnd(8, ':00')}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  if (day === undefined || Number.isNaN(wall)) return undefined
  if (offset === undefined) return zone.readings(wall)[0]
  const [hours = 0, minutes = 0, seconds = 0] = offset === 'Z' ? [] : offset.slice(1).split(':').map(Number)
  const ahead = ((hours * 60 + minutes) * 60 + seconds) * 1000
  return offset.startsWith('-') ? wall + ahead : wall - ahead
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d(?::\d\d)?)?)?$/
