import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { djangoSqlite, readDjangoSettings, sessionsFromSettings, type SharedExtras } from '../../src/django.ts'
import type { DjangoDatabase, DjangoTime } from '../../src/django.ts'
import { makeDjangoTables } from '../support/django-tables.ts'
import { refusal } from './refusals.ts'
import { SECRET_KEY } from './site.ts'
import { watchWarnings } from './warnings.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-beside-settings-'))
after(() => rmSync(folder, { recursive: true }))

/** Tables that are never asked: they tell how they were opened. */
function watched(): { beside: DjangoDatabase; opened: DjangoTime[] } {
  const opened: DjangoTime[] = []
  const real = djangoSqlite(makeDjangoTables().database)
  return { opened, beside: { name: real.name, open: (time) => (opened.push(time), real.open(time)) } }
}

const { beside } = watched()
const problem = (settings: Record<string, unknown>, extras: Partial<SharedExtras> = {}): string =>
  refusal(() => sessionsFromSettings({ SECRET_KEY, USE_TZ: true, ...settings } as never, { beside, ...extras }))
const file = (text: string): string => {
  const path = join(folder, 'settings.py')
  writeFileSync(path, text)
  return path
}
const PROJECT = `
import os
SECRET_KEY = os.environ['SECRET_KEY']
USE_TZ = False
TIME_ZONE = 'Europe/Zurich'
AUTH_USER_MODEL = 'auth.User'
SESSION_COOKIE_NAME = 'shop'
SESSION_COOKIE_AGE = 60 * 60
CACHES = {'default': {'BACKEND': 'django.core.cache.backends.redis.RedisCache', 'LOCATION': os.environ['REDIS']}}
`

describe('settings of a Django that runs beside', () => {
  test('have the defaults of Django', async () => {
    const { visit } = makeDjangoTables({ SESSION_COOKIE_SECURE: undefined as never })
    const { setCookie = '' } = await visit(null, (session) => session.set('a', 1))
    assert.match(setCookie, /^sessionid=[a-z0-9]{32}; Max-Age=1209600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/)
  })

  test('decide the cookie, as far as Django lets them', async () => {
    const { visit, sessions } = makeDjangoTables({
      SESSION_COOKIE_NAME: 'shop',
      SESSION_COOKIE_DOMAIN: '.example.com',
      SESSION_COOKIE_PATH: '/shop',
      SESSION_COOKIE_SAMESITE: false,
      SESSION_COOKIE_AGE: 63_072_000,
    })
    assert.equal((await visit(null, () => {})).setCookie, undefined)
    const response = await sessions.handle(new Request('https://example.com/'), (session) => {
      session.set('a', 1)
      return new Response()
    })
    assert.match(
      response.headers.getSetCookie()[0] ?? '',
      /^shop=[a-z0-9]{32}; Max-Age=63072000; Domain=example\.com; Path=\/shop; Expires=[^;]+; HttpOnly; Secure$/,
    )
  })

  test('come from the file that Django has, but for what it computes', () => {
    const { beside: tables, opened } = watched()
    sessionsFromSettings(readDjangoSettings(file(PROJECT), { SECRET_KEY }), { beside: tables })
    assert.deepEqual(
      opened.map(({ useTz, timeZone }) => [useTz, timeZone]),
      [[false, 'Europe/Zurich']],
    )
  })

  test('of the site are no mistakes where nothing is shared with it', () => {
    assert.doesNotThrow(() =>
      sessionsFromSettings(readDjangoSettings(file(PROJECT), { SECRET_KEY }), { path: ':memory:' }),
    )
  })

  test('that the file computes are named, if they count', () => {
    const computed = `${PROJECT}USE_TZ = bool(os.environ['TZ'])\nCSRF_USE_SESSIONS = DEBUG\n`
    const read = (): unknown =>
      sessionsFromSettings(readDjangoSettings(file(computed), { SECRET_KEY }), { beside: watched().beside })
    const told = refusal(read)
    assert.match(told, /USE_TZ is not known: .*settings\.py is read, not run \(line 10/)
    assert.match(told, /CSRF_USE_SESSIONS is not known/)
    assert.doesNotMatch(told, /CACHES/)
    const passed = readDjangoSettings(file(computed), { SECRET_KEY, USE_TZ: true, CSRF_USE_SESSIONS: false })
    assert.doesNotThrow(() => sessionsFromSettings(passed, { beside: watched().beside }))
  })

  test('must say whether USE_TZ is on, which differs from Django to Django', () => {
    assert.match(problem({ USE_TZ: undefined }), /^USE_TZ must be given: its default is False up to Django 4.2/)
  })

  test('are refused where Holdfast cannot keep them, with the reason', () => {
    assert.match(problem({ SESSION_ENGINE: 'file' }), /^SESSION_ENGINE is 'file': those sessions are files/)
    assert.match(
      problem({ SESSION_ENGINE: 'cached_db' }),
      /^SESSION_ENGINE 'cached_db' needs the cache that Django has/,
    )
    const cache = { name: 'none', open: () => assert.fail('it was opened') }
    for (const [BACKEND, why] of [
      ['django.core.cache.backends.memcached.PyMemcacheCache', /no client of Node reads/],
      ['django.core.cache.backends.locmem.LocMemCache', /in the memory of one process/],
      ['django.core.cache.backends.db.DatabaseCache', /no compare-and-swap/],
    ] as const) {
      assert.match(problem({ SESSION_ENGINE: 'cache', CACHES: { default: { BACKEND } } }, { cache }), why)
    }
    assert.match(problem({}, { cache }), /^SESSION_ENGINE 'db' uses no cache/)
    assert.match(problem({ SESSION_SERIALIZER: 'PickleSerializer' }), /PickleSerializer/)
    assert.match(problem({ SESSION_COOKIE_NAME: 'a b' }), /^SESSION_COOKIE_NAME must be an RFC 9110 token/)
    assert.match(problem({ SESSION_COOKIE_SAMESITE: 'None' }), /^SESSION_COOKIE_SECURE must be true/)
    assert.match(problem({ SESSION_COOKIE_SECUR: true }), /did you mean 'SESSION_COOKIE_SECURE'/)
    assert.match(problem({ USE_TZ: false, TIME_ZONE: 'Mars/Olympus' }), /Mars\/Olympus/)
  })

  test('and extras that cannot be kept are refused, with the reason', () => {
    const wrong = (extras: object): string =>
      refusal(() => sessionsFromSettings({ SECRET_KEY, USE_TZ: true }, { beside, ...extras } as never), 'ERR_OPTION')
    assert.match(wrong({ maxPerSubject: 3 }), /^'maxPerSubject' cannot be kept beside a Django/)
    assert.match(wrong({ renewalInterval: 60 }), /^'renewalInterval' cannot be kept/)
    assert.match(wrong({ beside: {} }), /^beside must be tables/)
    assert.match(wrong({ confirmHit: false }), /did you mean 'confirmHits'/)
  })

  test('that are weak are told', async (t) => {
    const warnings = watchWarnings(t)
    sessionsFromSettings({ SECRET_KEY: 'django-insecure-x', USE_TZ: true }, { beside: watched().beside })
    const told = (await warnings()).join('\n')
    assert.match(told, /HOLDFAST_INSECURE_KEY: A SECRET_KEY is the one that startproject wrote/)
    assert.match(told, /HOLDFAST_INSECURE_KEY: A SECRET_KEY has 17 bytes/)
    assert.match(told, /HOLDFAST_WEAK_COOKIE: The session cookie is not Secure/)
    assert.doesNotMatch(told, /insecure-x/)
  })
})
