/** Between instants and what the clocks on the walls of a time zone say, for a Django with `USE_TZ = False`. */
export interface TimeZone {
  /** What the wall clock says, as milliseconds since 1970 on that clock. */
  toWall(instant: number): number
  /**
   * The instant when the wall clock says this: the first of two when it is set back, and as if it had not been set
   * forward in the hour that it skips. So Python reads it.
   */
  fromWall(wall: number): number
}

/** @throws RangeError when no IANA time zone has this name. */
export function timeZone(name: string): TimeZone {
  const offsetAt = offsets(name)
  return {
    toWall: (instant) => instant + offsetAt(instant),
    fromWall(wall) {
      // The two offsets in question are those of a day before and a day after.
      const [earlier, later] = [offsetAt(wall - DAY), offsetAt(wall + DAY)]
      const instant = wall - earlier
      if (offsetAt(instant) === earlier || offsetAt(wall - later) !== later) return instant
      return wall - later
    },
  }
}

function offsets(name: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  if (format.resolvedOptions().timeZone === 'UTC') return () => 0
  return (instant) => {
    const second = Math.floor(instant / 1000) * 1000
    const parts = new Map(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
    return wall - second
  }
}

const DAY = 86_400_000
