import type { Dates } from '../tables/dates.ts'

/** How this Django writes dates: with `USE_TZ` in UTC with its offset, otherwise as its own clock on the wall shows it. */
export interface Zone {
  readonly useTz: boolean
  readonly dates: Pick<Dates, 'read' | 'write'>
}

/** As `datetime.isoformat()` writes an instant. */
export function isoOf(ms: number, { useTz, dates }: Zone): string {
  const text = dates.write(ms).replace(' ', 'T').replace(/\.0+$/, '')
  return useTz ? `${text}+00:00` : text
}

/** What Python reads of it, in epoch milliseconds; undefined for what is no date. One with an offset needs no zone. */
export function instantOf(text: string, { dates }: Zone): number | undefined {
  const [, day, time = '00:00:00', fraction = '', offset] = ISO.exec(text) ?? []
  if (day === undefined || Number.isNaN(Date.parse(`${day}T${time}Z`))) return undefined
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0')
  if (offset === undefined) return dates.read(`${day} ${time}.${milliseconds}`, 0)
  return Date.parse(`${day}T${time}.${milliseconds}${offset.slice(0, 6)}`)
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d(?::\d\d)?)?)?$/
