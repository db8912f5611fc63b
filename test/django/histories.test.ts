import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { djangoSqlite, sessionsFromSettings } from '../../src/django.ts'
import { NO_DJANGO, type Django } from '../support/django.ts'
import { djangosWith, startSite } from '../support/django-site.ts'
import { FAST_HASHERS } from '../support/django-shared.ts'
import { DIFFERENCES, type Told } from './histories/differences.ts'
import { forged, history, JARS, type Act } from './histories/histories.ts'
import { visitHoldfast, type Site, type Step, type Visit } from './histories/play.ts'

// Random histories, played on Django and on Holdfast, each with a database of its own: what a visitor is sent, what
// views see, and what the tables hold must be the same, but for the differences that are listed as such.

/** Three kinds of settings: more than 500 histories on each Django that is there. */
const RUNS = Number(process.env['HOLDFAST_HISTORIES'] ?? (process.env['CI'] === undefined ? 40 : 170))
const START = Date.parse('2030-01-02T03:04:05.678Z')
const SECRET_KEY = 'what this Django signs its sessions with, and nothing else'
const SETTINGS = [
  {},
  { SESSION_SAVE_EVERY_REQUEST: true },
  { SESSION_EXPIRE_AT_BROWSER_CLOSE: true, SESSION_COOKIE_AGE: 600, CSRF_USE_SESSIONS: true },
] as const
const pythons = djangosWith('sqlite3')

describe('random histories', { skip: pythons.length === 0 && NO_DJANGO }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-histories-'))
  after(() => rmSync(folder, { recursive: true }))

  for (const python of pythons) {
    for (const [index, settings] of SETTINGS.entries()) {
      test(`are the same on Django ${python.version}, with ${JSON.stringify(settings)}`, async () => {
        const [theirs, ours] = ['django', 'holdfast'].map((side) =>
          join(folder, `${python.version}-${index}-${side}.sqlite3`),
        ) as [string, string]
        const time = { useTz: true, timeZone: 'UTC' }
        const django = await startSite(python, {
          database: { ENGINE: 'django.db.backends.sqlite3', NAME: theirs },
          ...time,
          modules: ['histories'],
          settings: {
            ...settings,
            PASSWORD_HASHERS: FAST_HASHERS,
            SECRET_KEY,
            AUTHENTICATION_BACKENDS: ['django.contrib.auth.backends.ModelBackend'],
          },
        })
        await django.call('migrate')
        for (const name of ['ada', 'grace']) await django.call('add_user', name, 'secret')
        copyFileSync(theirs, ours)
        const database = new DatabaseSync(ours)
        after(() => database.close())
        const clock = { at: START }
        const sessions = sessionsFromSettings<Record<string, unknown>>(
          { SECRET_KEY, USE_TZ: true, ...settings },
          { beside: djangoSqlite(database), clock: { now: () => clock.at } },
        )
        const setPassword = database.prepare('UPDATE auth_user SET password = ? WHERE id = ?')
        const passwords: string[] = []
        const site: Site = {
          sessions,
          cookieName: 'sessionid',
          now: () => clock.at,
          // As Django has just encoded it, unless the response fails: then Django was not asked.
          setPassword: async (pk) => {
            const encoded = passwords.shift()
            if (encoded !== undefined) setPassword.run(encoded, pk)
            return encoded
          },
        }
        const datesInSessions = python.major >= 5
        await fc.assert(
          fc.asyncProperty(history, async (acts) => {
            clock.at = START
            database.exec('DELETE FROM django_session')
            await django.call('forget_sessions')
            for (const [pk, encoded] of await django.call<[number, string][]>('passwords')) setPassword.run(encoded, pk)
            await play(
              acts.filter((act) => datesInSessions || !hasDate(act)),
              { django, site, database, clock, passwords },
            )
          }),
          { numRuns: RUNS },
        )
      })
    }
  }
})

interface World {
  readonly django: Django
  readonly site: Site
  readonly database: DatabaseSync
  readonly clock: { at: number }
  /** That Django has encoded, and Holdfast is still to be told of. */
  readonly passwords: string[]
}

type Jar = { django: string | null; holdfast: string | null }

async function play(acts: readonly Act[], { django, site, database, clock, passwords }: World): Promise<void> {
  const jars: Jar[] = Array.from({ length: JARS }, () => ({ django: null, holdfast: null }))
  let passwordChanged = false
  const jarOf = (index: number): Jar => jars[index] ?? assert.fail('no such jar')

  for (const act of acts) {
    switch (act.kind) {
      case 'wait':
        clock.at += act.seconds * 1000
        break
      case 'copy':
        jars[act.to] = { ...jarOf(act.from) }
        break
      case 'forge': {
        const jar = jarOf(act.jar)
        jars[act.jar] = { django: forged(jar.django, act.how), holdfast: forged(jar.holdfast, act.how) }
        break
      }
      case 'visit': {
        const jar = jarOf(act.jar)
        const told: Told = DIFFERENCES.reduce<Told>(
          (visit, { toBoth }) => ({ ...visit, steps: toBoth?.(visit) ?? visit.steps }),
          {
            steps: act.steps,
            status: act.status,
            isDead: isDead(jar.holdfast, database, clock.at),
            passwordChanged,
            django: Number.parseInt(django.version, 10),
          },
        )
        const steps: readonly Step[] = DIFFERENCES.reduce<readonly Step[]>(
          (before, { toDjango }) => toDjango?.({ ...told, steps: before }) ?? before,
          told.steps,
        )
        await django.call('now', clock.at)
        const there: Visit = await django.call('visit', jar.django, steps, act.status)
        const encoded = there.seen.filter((value, index) => steps[index]?.[0] === 'password' && value !== null)
        passwords.splice(0, Infinity, ...encoded.map(String))
        passwordChanged ||= encoded.length > 0
        const here = await visitHoldfast(site, jar.holdfast, told.steps, act.status)
        const seenHere = here.seen.filter((_, index) => act.status < 500 || steps.includes(told.steps[index] as Step))
        assert.deepEqual(comparable(here, told.steps, seenHere), comparable(there, steps, there.seen))
        jar.django = keep(jar.django, there)
        jar.holdfast = keep(jar.holdfast, here)
        assert.deepEqual(await rowsHere(database, django, jars), await rowsThere(django, jars))
        break
      }
    }
  }
}

function isDead(key: string | null, database: DatabaseSync, now: number): boolean {
  if (key === null) return false
  const row = database.prepare('SELECT expire_date FROM django_session WHERE session_key = ?').get(key)
  return key.length < 8 || row === undefined || dateOf(String(row['expire_date'])) <= now
}

function dateOf(text: string): number {
  return Date.parse(`${text.replace(' ', 'T').slice(0, 23)}Z`)
}

function comparable({ status, cookie, vary }: Visit, steps: readonly Step[], seen: readonly unknown[]): object {
  const shown = seen.map((value, index) => (steps[index]?.[0] === 'date' ? Date.parse(String(value)) : value))
  const told = cookie && { removed: cookie.value === '', maxAge: cookie.maxAge }
  return { status, vary, cookie: told, seen: status < 500 ? shown : [] }
}

/** What a browser keeps. */
function keep(before: string | null, { cookie }: Visit): string | null {
  if (cookie === null) return before
  return cookie.value === '' || (cookie.maxAge !== null && cookie.maxAge <= 0) ? null : cookie.value
}

/** Holdfast's own, and what is random. */
const OWN = new Set(['_holdfast_proved_at', '_csrftoken'])

/** All rows, with the browsers that have their keys in place of the keys, which are random. */
function labelled(
  rows: readonly { key: string; data: Record<string, unknown>; expires: number }[],
  keyOf: (jar: Jar) => string | null,
  jars: readonly Jar[],
): object[] {
  return rows
    .map(({ key, data, expires }) => ({
      browsers: jars.flatMap((jar, index) => (keyOf(jar) === key ? [index] : [])),
      data: Object.fromEntries(Object.entries(data).filter(([name]) => !OWN.has(name))),
      expires,
    }))
    .toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

async function rowsThere(django: Django, jars: readonly Jar[]): Promise<object[]> {
  const rows = await django.call<{ key: string; data: Record<string, unknown>; expires: string }[]>('rows')
  return labelled(
    rows.map((row) => ({ ...row, expires: Date.parse(row.expires) })),
    (jar) => jar.django,
    jars,
  )
}

/** Read by Django, which must be able to. */
async function rowsHere(database: DatabaseSync, django: Django, jars: readonly Jar[]): Promise<object[]> {
  const rows = database.prepare('SELECT * FROM django_session').all() as Record<string, string>[]
  const read = rows.map(async ({ session_key: key = '', session_data: text = '', expire_date: expires = '' }) => ({
    key,
    data: await django.call<Record<string, unknown>>('decode', text),
    expires: dateOf(expires),
  }))
  return labelled(await Promise.all(read), (jar) => jar.holdfast, jars)
}

function hasDate(act: Act): boolean {
  return (
    act.kind === 'visit' &&
    act.steps.some(([name, expiry]) => name === 'setExpiry' && typeof expiry === 'object' && expiry !== null)
  )
}
