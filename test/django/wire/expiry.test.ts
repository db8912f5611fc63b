import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { expiryOf, expiryValue, type Expiry, type ExpiryRules } from '../../../src/django/wire/expiry.ts'
import { createTimeZone } from '../../../src/django/wire/time-zone.ts'
import { NO_DJANGO, type Django } from '../../support/django.ts'
import { everyDjango } from './vectors.ts'

/** None whose rules changed of late: Python and Node each bring a database of their own. */
const ZONES = [
  'UTC',
  'America/Chicago',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Apia',
  'Europe/Dublin',
]
const COOKIE_AGE = 1_209_600
const NOW = Date.UTC(2030, 0, 1)
const aware = rules({ useTz: true })
const naive = rules({ useTz: false })

test('dates of both styles', () => {
  const at = Date.UTC(2030, 0, 2, 3, 4, 5, 678)
  assert.equal(expiryValue(new Date(at), aware), '2030-01-02T03:04:05.678000+00:00')
  assert.equal(expiryValue(new Date(at), naive), '2030-01-02T04:04:05.678000')
  assert.equal(expiryValue(new Date(at - 678), aware), '2030-01-02T03:04:05+00:00')
  for (const [text, date] of [
    ['2030-01-02T03:04:05.678901+00:00', at],
    ['2030-01-02T03:04:05.678Z', at],
    ['2030-01-02 04:04:05.678901', at],
    ['2030-01-01T22:04:05.678-05:00', at],
    ['2030-01-02T08:49:05.678+05:45', at],
    ['2030-01-02T03:04:05+00:00', at - 678],
    ['2030-01-02T03:04+00:00', at - 5678],
    ['2030-01-02', Date.UTC(2030, 0, 1, 23)],
  ] as const) {
    for (const style of [aware, naive]) assert.equal(expiryOf(text, style).date, date, text)
  }
})

test('what is no expiry stands for nothing', () => {
  const days = ['2030-13-01', '2030-01-32T00:00:00', '2030-1-1', '2030-01-01T25:00:00', '2030-01-01T']
  for (const value of ['', 'soon', '300', ...days, true, [], {}, NaN, Infinity, undefined, null]) {
    assert.deepEqual(expiryOf(value, aware), {
      ageSeconds: COOKIE_AGE,
      date: NOW + COOKIE_AGE * 1000,
      atBrowserClose: false,
    })
  }
})

test('what is given is seconds, a date, or null', () => {
  assert.equal(expiryValue(300, aware), 300)
  assert.equal(expiryValue(null, aware), undefined)
  for (const value of [1.5, NaN, Infinity, new Date(NaN), '300', {}]) {
    assert.throws(() => expiryValue(value as number, aware), { code: 'ERR_OPTION' })
  }
})

describe('beside Django', { skip: NO_DJANGO }, () => {
  let all: readonly Django[] = []
  let stop = (): Promise<void> => Promise.resolve()
  before(async () => {
    ;({ all, stop } = await everyDjango())
  })
  after(() => stop())

  const moment = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2036, 0) })

  test('numbers mean the same', async () => {
    const value = fc.oneof(fc.constantFrom(null, 0, 1, -1, 300, 1.5, -0.5), fc.integer({ min: -1e6, max: 1e8 }))
    for (const django of all) {
      for (const [seconds, now, useTz, name] of fc.sample(
        fc.tuple(value, moment, fc.boolean(), fc.constantFrom(...ZONES)),
        300,
      )) {
        const ours = expiryOf(seconds, rules({ now, useTz, name }))
        assert.deepEqual(ours, await django.call('expiry', seconds, now, useTz, 'UTC', COOKIE_AGE))
      }
    }
  })

  test('dates mean the same, in either style and every time zone', async () => {
    for (const django of all.filter(({ version }) => Number.parseFloat(version) > 4)) {
      for (const [at, now, useTz, name] of fc.sample(
        fc.tuple(moment, moment, fc.boolean(), fc.constantFrom(...ZONES)),
        500,
      )) {
        const style = rules({ now, useTz, name })
        const text = await django.call<string>('set_expiry', at, useTz, name)
        assert.equal(expiryValue(new Date(at), style), text)
        const ours = expiryOf(text, style)
        const theirs = await django.call<Expiry>('expiry', text, now, useTz, name, COOKIE_AGE)
        const what = `${text} in ${name}, read at ${now}`
        assert.equal(ours.date, theirs.date, what)
        assert.equal(ours.atBrowserClose, theirs.atBrowserClose)
        // Django subtracts what clocks say. We count seconds, and differ where clocks were set between the two.
        const set = useTz ? 0 : style.zone.offset(at) - style.zone.offset(now)
        assert.equal(ours.ageSeconds, theirs.ageSeconds - set / 1000, what)
      }
    }
  })

  test('clocks that are set forward and back are read as Python reads them', async () => {
    const [django] = all
    for (const name of ZONES.slice(1)) {
      const there = createTimeZone(name)
      for (const year of [2011, 2024, 2026]) {
        for (let hour = 0; hour < 366 * 24; hour += 1) {
          const instant = Date.UTC(year, 0, 1, hour, 30)
          const offset = there.offset(instant)
          if (offset === there.offset(instant + 3_600_000)) continue
          for (let minute = -180; minute <= 180; minute += 15) {
            const wall = instant + offset + minute * 60_000
            const text = new Date(wall).toISOString().slice(0, 19)
            const theirs = await django?.call<Expiry>('expiry', text, instant, false, name, COOKIE_AGE)
            assert.equal(there.readings(wall)[0], theirs?.date, `${text} in ${name}`)
          }
        }
      }
    }
  })
})

function rules({ now = NOW, useTz = true, name = 'Europe/Berlin' }): ExpiryRules {
  return { age: COOKIE_AGE, atBrowserClose: false, useTz, zone: createTimeZone(name), clock: { now: () => now } }
}
