import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import {
  expiresAtBrowserClose,
  expiryAge,
  expiryDate,
  readExpiry,
  writeExpiryDate,
} from '../../../src/django/wire/expiry.ts'
import { timeZone } from '../../../src/django/wire/time-zone.ts'
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
const zone = timeZone('Europe/Berlin')
const aware = { useTz: true, zone }
const naive = { useTz: false, zone }

test('dates of both styles', () => {
  const at = Date.UTC(2030, 0, 2, 3, 4, 5, 678)
  assert.equal(writeExpiryDate(at, aware), '2030-01-02T03:04:05.678000+00:00')
  assert.equal(writeExpiryDate(at, naive), '2030-01-02T04:04:05.678000')
  assert.equal(writeExpiryDate(at - 678, aware), '2030-01-02T03:04:05+00:00')
  for (const [text, expected] of [
    ['2030-01-02T03:04:05.678901+00:00', at],
    ['2030-01-02T03:04:05.678Z', at],
    ['2030-01-02 04:04:05.678901', at],
    ['2030-01-01T22:04:05.678-05:00', at],
    ['2030-01-02T08:49:05.678+05:45', at],
    ['2030-01-02T03:04:05+00:00', at - 678],
    ['2030-01-02T03:04+00:00', at - 5678],
    ['2030-01-02', Date.UTC(2030, 0, 1, 23)],
  ] as const) {
    for (const style of [aware, naive]) assert.deepEqual(readExpiry(text, style), { kind: 'date', at: expected }, text)
  }
})

test('what is no expiry is an error that shows nothing of it', () => {
  for (const value of [
    '',
    'soon',
    '2030-13-01',
    '2030-01-32T00:00:00',
    '2030-1-1',
    '2030-01-01T25:00:00',
    '2030-01-01T',
    true,
    [],
    {},
    NaN,
    Infinity,
  ]) {
    assert.throws(
      () => readExpiry(value, aware),
      (error: Error) => {
        assert.equal((error as { code?: unknown }).code, 'ERR_DATA_VALUE')
        return !error.message.includes('soon')
      },
    )
  }
})

test('a time zone that does not exist is a RangeError', () => assert.throws(() => timeZone('Mars/Base'), RangeError))

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
        const ours = readExpiry(seconds, { useTz, zone: timeZone(name) })
        const theirs = await django.call<Theirs>('expiry', seconds, now, useTz, 'UTC', COOKIE_AGE)
        assert.equal(expiryAge(ours, now, COOKIE_AGE), theirs.age)
        assert.equal(expiryDate(ours, now, COOKIE_AGE), theirs.date)
        assert.equal(expiresAtBrowserClose(ours, false), theirs.close)
      }
    }
  })

  test('dates mean the same, in either style and every time zone', async () => {
    for (const django of all.filter(({ version }) => Number.parseFloat(version) > 4)) {
      for (const [at, now, useTz, name] of fc.sample(
        fc.tuple(moment, moment, fc.boolean(), fc.constantFrom(...ZONES)),
        500,
      )) {
        const style = { useTz, zone: timeZone(name) }
        const text = await django.call<string>('set_expiry', at, useTz, name)
        assert.equal(writeExpiryDate(at, style), text)
        const ours = readExpiry(text, style)
        const theirs = await django.call<Theirs>('expiry', text, now, useTz, name, COOKIE_AGE)
        const what = `${text} in ${name}, read at ${now}`
        assert.equal(expiryDate(ours, now, COOKIE_AGE), theirs.date, what)
        assert.equal(expiresAtBrowserClose(ours, false), theirs.close)
        // Django subtracts what clocks say. We count seconds, and differ where clocks were set between the two.
        const wallAge = Math.floor((style.zone.toWall(at) - style.zone.toWall(now)) / 1000)
        assert.equal(useTz ? expiryAge(ours, now, COOKIE_AGE) : wallAge, theirs.age, what)
      }
    }
  })

  test('clocks that are set forward and back are read as Python reads them', async () => {
    const [django] = all
    for (const name of ZONES.slice(1)) {
      const there = timeZone(name)
      for (const year of [2011, 2024, 2026]) {
        for (let hour = 0; hour < 366 * 24; hour += 1) {
          const instant = Date.UTC(year, 0, 1, hour, 30)
          const offset = there.toWall(instant) - instant
          if (offset === there.toWall(instant + 3_600_000) - instant - 3_600_000) continue
          for (let minute = -180; minute <= 180; minute += 15) {
            const wall = instant + offset + minute * 60_000
            const text = new Date(wall).toISOString().slice(0, 19)
            const theirs = await django?.call<Theirs>('expiry', text, instant, false, name, COOKIE_AGE)
            assert.equal(there.fromWall(wall), theirs?.date, `${text} in ${name}`)
          }
        }
      }
    }
  })
})

interface Theirs {
  readonly age: number
  readonly date: number
  readonly close: boolean
}
