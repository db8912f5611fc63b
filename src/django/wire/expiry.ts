import { HoldfastTypeError } from '../../core/errors.ts'
import type { TimeZone } from './time-zone.ts'

/** `_session_expiry` of a session: what `set_expiry` was given. */
export type Expiry =
  | { readonly kind: 'default' }
  /** From each save on. Zero: until the browser closes, and to the server the default. */
  | { readonly kind: 'seconds'; readonly seconds: number }
  /** In milliseconds since the epoch. */
  | { readonly kind: 'date'; readonly at: number }

/** How a site of Django writes dates: with `USE_TZ` as instants, without as what the clocks of `TIME_ZONE` say. */
export interface DateStyle {
  readonly useTz: boolean
  readonly zone: TimeZone
}

/**
 * Reads a date of either style. Django reads its own style only, and fails at the other.
 *
 * @param value Of `_session_expiry`, undefined where there is none.
 * @throws HoldfastTypeError ERR_DATA_VALUE for what Django would not have put there.
 */
export function readExpiry(value: unknown, { zone }: DateStyle): Expiry {
  if (value === undefined || value === null) return { kind: 'default' }
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'seconds', seconds: value }
  const at = typeof value === 'string' ? readDate(value, zone) : undefined
  if (at === undefined) throw new HoldfastTypeError('ERR_DATA_VALUE', '_session_expiry is no number and no date')
  return { kind: 'date', at }
}

/** A date as Django 4.1 and later put it there, in the site's style. Earlier ones cannot read it. */
export function writeExpiryDate(at: number, { useTz, zone }: DateStyle): string {
  const text = new Date(useTz ? at : zone.toWall(at)).toISOString().replace('.000', '').replace('Z', '')
  return `${/\./.test(text) ? `${text}000` : text}${useTz ? '+00:00' : ''}`
}

/** Seconds, as `get_expiry_age()`: whole ones for a date, and below zero when it is past. */
export function expiryAge(expiry: Expiry, now: number, cookieAge: number): number {
  if (expiry.kind === 'date') return Math.floor((expiry.at - now) / 1000)
  return expiry.kind === 'seconds' && expiry.seconds !== 0 ? expiry.seconds : cookieAge
}

/** When a session that is saved now expires, as `get_expiry_date()`, in milliseconds since the epoch. */
export function expiryDate(expiry: Expiry, now: number, cookieAge: number): number {
  return expiry.kind === 'date' ? expiry.at : now + expiryAge(expiry, now, cookieAge) * 1000
}

/** Whether its cookie ends with the browser, as `get_expire_at_browser_close()`. */
export function expiresAtBrowserClose(expiry: Expiry, byDefault: boolean): boolean {
  if (expiry.kind === 'default') return byDefault
  return expiry.kind === 'seconds' && expiry.seconds === 0
}

/** What Python's `isoformat` writes, and `Z`. Microseconds are cut off. */
function readDate(text: string, zone: TimeZone): number | undefined {
  const [, day, time = '00:00:00', fraction = '', sign] = DATE.exec(text) ?? []
  const wall = Date.parse(`${day}T${time.padEnd(8, ':00')}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
  if (Number.isNaN(wall)) return undefined
  if (sign === undefined) return zone.fromWall(wall)
  const [hours = 0, minutes = 0, seconds = 0] = (sign === 'Z' ? '00:00' : sign.slice(1)).split(':').map(Number)
  const offset = ((hours * 60 + minutes) * 60 + seconds) * 1000
  return sign.startsWith('-') ? wall + offset : wall - offset
}

const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{3}(?:\d{3})?))?(Z|[+-]\d\d:\d\d(?::\d\d)?)?)?$/
