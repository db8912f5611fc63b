import { HoldfastError } from '../../core/errors.ts'
import { createTimeZone } from '../wire/time-zone.ts'
import type { DjangoTime } from './table.ts'

/**
 * How Django writes an instant into a column that knows no time zone: `2026-10-25 02:30:00.123000`. In UTC with `USE_TZ`,
 * and otherwise as the clock on the wall shows it in `TIME_ZONE`. Such a clock shows one hour a year twice; two dates are
 * compared as they are written, because Django does so.
 */
export interface Dates {
  /** The zone of the wall; null for UTC. */
  readonly zone: string | null
  readonly write: (ms: number) => string
  /** Of the instants that were written like this, the first that is not before `now`, or the last. */
  readonly read: (text: string, now: number) => number
  /** By how many seconds the clock on the wall is ahead of UTC. */
  readonly offsetSeconds: (ms: number) => number
}

/**
 * @param connectionZone The `TIME_ZONE` of the entry in `DATABASES`, which counts only with `USE_TZ`.
 * @throws HoldfastError ERR_SETTING for a zone that is unknown here.
 */
export function createDates({ useTz, timeZone }: DjangoTime, connectionZone = 'UTC'): Dates {
  const { name, isUtc, offset, readings } = createTimeZone(useTz ? connectionZone : timeZone)
  return {
    zone: isUtc ? null : name,
    write: (ms) => `${new Date(ms + offset(ms)).toISOString().slice(0, -1).replace('T', ' ')}000`,
    read(text, now) {
      const instants = readings(parse(text))
      return instants.find((ms) => ms >= now) ?? (instants.at(-1) as number)
    },
    offsetSeconds: (ms) => offset(ms) / 1000,
  }
}

/** A fraction of any length, or none. The rest of a millisecond is cut off. */
function parse(text: string): number {
  const [, day, time, fraction = ''] = DATE.exec(text) ?? []
  if (day === undefined) throw new HoldfastError('ERR_STORE', 'an expire_date is none that Django writes')
  return Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
}

const DATE = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?$/
