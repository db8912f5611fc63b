import { HoldfastError } from '../../core/errors.ts'

/** The clock on the wall in one of the zones that `TIME_ZONE` names. Its times are milliseconds, read as if it were UTC. */
export interface TimeZone {
  readonly name: string
  readonly isUtc: boolean
  /** By how many milliseconds it is ahead of UTC at an instant. */
  readonly offset: (instant: number) => number
  /**
   * The instants at which it shows this, in their order: two in the hour that comes twice. A time that was skipped is
   * read as if the clock had not gone forward yet, as Python does.
   */
  readonly readings: (wall: number) => readonly number[]
}

/** @throws HoldfastError ERR_SETTING for a zone that is unknown here. */
export function createTimeZone(name: string): TimeZone {
  const format = formatOf(name)
  const isUtc = format.resolvedOptions().timeZone === 'UTC'
  const known = new Map<number, number>()

  return { name, isUtc, offset, readings }

  /** No zone changes it but on a quarter of an hour. */
  function offset(instant: number): number {
    if (isUtc) return 0
    const quarter = Math.floor(instant / QUARTER_MS) * QUARTER_MS
    let found = known.get(quarter)
    if (found === undefined) {
      if (known.size >= MOST_KNOWN) known.clear()
      known.set(quarter, (found = wallAt(format, quarter) - quarter))
    }
    return found
  }

  function readings(wall: number): number[] {
    const [before, after] = [wall - offset(wall - DAY_MS), wall - offset(wall + DAY_MS)]
    if (before === after) return [before]
    const shown = [before, after].filter((instant) => instant + offset(instant) === wall)
    return shown.length === 0 ? [before] : shown.toSorted((a, b) => a - b)
  }
}

function wallAt(format: Intl.DateTimeFormat, instant: number): number {
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  const wall = new Date(0)
  wall.setUTCFullYear(year, month - 1, day)
  wall.setUTCHours(hour, minute, second)
  return wall.getTime()
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-iso8601', { ...PARTS, timeZone })
  } catch (error) {
    throw new HoldfastError('ERR_SETTING', `TIME_ZONE '${timeZone}' is no time zone that is known here`, {
      cause: error,
    })
  }
}

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
