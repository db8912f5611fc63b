import { HoldfastError } from '../../core/errors.ts'
import type { DjangoTime } from './table.ts'

/**
 * How Django writes an instant into a column that knows no time zone: `2026-10-25 02:30:00.123000`. In UTC with `USE_TZ`,
 * and otherwise as the clock on the wall shows it in `TIME_ZONE`. Such a clock shows one hour twice a year; two dates are
 * compared as they are written, because Django does so.
 */
export interface Dates {
  write(ms: number): string
  /** Of the instants that were written like this, the first that is not before `now`, or the last. */
  read(text: string, now: number): number
  /** What the clock on the wall is ahead of UTC. */
  offsetSeconds(ms: number): number
  /** The zone of the wall; null for UTC. */
  readonly zone: string | null
}

/**
 * @param connectionZone The `TIME_ZONE` of the entry in `DATABASES`, which counts only with `USE_TZ`.
 * @throws HoldfastError ERR_SETTING for a zone that is unknown here.
 */
export function createDates({ useTz, timeZone }: DjangoTime, connectionZone = 'UTC'): Dates {
  const zone = useTz ? connectionZone : timeZone
  const offset = offsetsOf(zone)

  return {
    zone: UTC.has(zone) ? null : zone,
    write: (ms) => `${new Date(ms + offset(ms)).toISOString().slice(0, -1).replace('T', ' ')}000`,
    read(text, now) {
      const wall = parse(text)
      const readings = readingsOf(wall)
      return readings.find((ms) => ms >= now) ?? (readings.at(-1) as number)
    },
    offsetSeconds: (ms) => offset(ms) / 1000,
  }

  /** In their order. A time that the clock skipped is read as if it had not been set forward yet. */
  function readingsOf(wall: number): number[] {
    const [before, after] = [wall - offset(wall - DAY_MS), wall - offset(wall + DAY_MS)]
    const shown = [Math.min(before, after), Math.max(before, after)].filter((ms) => ms + offset(ms) === wall)
    return shown.length === 0 ? [before] : shown
  }
}

/** Answers by how many milliseconds the zone is ahead of UTC. No zone changes that but on a quarter of an hour. */
function offsetsOf(zone: string): (ms: number) => number {
  const format = formatOf(zone)
  if (UTC.has(zone)) return () => 0
  const known = new Map<number, number>()
  return (ms) => {
    const quarter = Math.floor(ms / QUARTER_MS) * QUARTER_MS
    let offset = known.get(quarter)
    if (offset === undefined) {
      if (known.size >= MOST_KNOWN) known.clear()
      known.set(quarter, (offset = offsetAt(format, quarter)))
    }
    return offset
  }
}

function offsetAt(format: Intl.DateTimeFormat, second: number): number {
  const parts = Object.fromEntries(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = parts
  const wall = new Date(0)
  wall.setUTCFullYear(year, month - 1, day)
  wall.setUTCHours(hour, minute, seconds)
  return wall.getTime() - second
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-iso8601', { ...PARTS, timeZone: zone })
  } catch (error) {
    throw new HoldfastError('ERR_SETTING', `TIME_ZONE '${zone}' is no time zone that is known here`, { cause: error })
  }
}

/** A fraction of any length, or none. The rest of a millisecond is cut off. */
function parse(text: string): number {
  const [, day, time, fraction = ''] = DATE.exec(text) ?? []
  if (day === undefined) throw new HoldfastError('ERR_STORE', 'an expire_date is none that Django writes')
  return Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
}

const DATE = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?$/
const UTC = new Set(['UTC', 'Etc/UTC'])
const DAY_MS = 86_400_000
const QUARTER_MS = 900_000
const MOST_KNOWN = 1000
const PARTS = {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
  hourCycle: 'h23',
} as const
