import { html, type Html } from '../html.ts'

/** A point in time, for people and for machines. In UTC: the server does not know where the reader is. */
export function moment(date: Date): Html {
  return html`<time datetime="${date.toISOString()}">${MOMENT.format(date)}</time>`
}

export function day(date: Date): Html {
  return html`<time datetime="${date.toISOString()}">${DAY.format(date)}</time>`
}

const DAY_WORDS = { day: 'numeric', year: 'numeric', timeZone: 'UTC' } as const
const CLOCK_WORDS = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const
const DAY = new Intl.DateTimeFormat('en-GB', { ...DAY_WORDS, month: 'long' })
const MOMENT = new Intl.DateTimeFormat('en-GB', { ...DAY_WORDS, month: 'short', ...CLOCK_WORDS })
