import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sessionsFromSettings, type DjangoSettings } from '../../src/django.ts'
import { SETTINGS } from '../../src/django/settings.ts'
import { memoryStore } from '../../src/index.ts'
import { problemWith, refusal } from './refusals.ts'
import { SECRET_KEY } from './site.ts'

const JSON_SERIALIZER = 'django.contrib.sessions.serializers.JSONSerializer'

/** Good for a name, if for nothing else. */
const WORDS = ['True', 'False', 'None', 'true', 'false', 'null', '1200', 'lax', 'strict', 'none'].concat([
  '__proto__',
  'constructor',
  'toString',
])

/** What each setting takes. Every other value in this file is refused. */
const TAKEN: Record<keyof typeof SETTINGS, readonly unknown[]> = {
  SECRET_KEY: [SECRET_KEY],
  SECRET_KEY_FALLBACKS: [[], [SECRET_KEY], [`${SECRET_KEY}1`, `${SECRET_KEY}2`]],
  SESSION_ENGINE: ['db', 'cached_db', 'cache'].flatMap((name) => [name, `django.contrib.sessions.backends.${name}`]),
  SESSION_COOKIE_AGE: [1, 1200, 1_209_600, 34_560_000],
  SESSION_COOKIE_NAME: ['sessionid', '__Host-id', '__Secure-id', ...WORDS],
  SESSION_COOKIE_DOMAIN: [null, 'example.com', 'shop.example.com'],
  SESSION_COOKIE_PATH: ['/', '/app', '/app/'],
  SESSION_COOKIE_SECURE: [true, false],
  SESSION_COOKIE_HTTPONLY: [true, false],
  SESSION_COOKIE_SAMESITE: ['Lax', 'Strict', 'None'],
  SESSION_EXPIRE_AT_BROWSER_CLOSE: [true, false],
  SESSION_SAVE_EVERY_REQUEST: [true, false],
  SESSION_CACHE_ALIAS: ['default'],
  SESSION_FILE_PATH: [null],
  SESSION_SERIALIZER: [JSON_SERIALIZER],
}

/** As Python would give them, as JavaScript would, and as a person might who has not looked. */
const EVERYTHING: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  NaN,
  Infinity,
  34_560_001,
  10n,
  '',
  ' ',
  'a b',
  'a;b',
  'a\r\nb: c',
  ...WORDS,
  [null],
  {},
  Symbol('s'),
  () => 1200,
  new Date(0),
]

describe('each setting', () => {
  for (const name of Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]) {
    test(`${name} takes what it should`, async () => {
      for (const value of TAKEN[name]) {
        const store = memoryStore()
        const settings = { SECRET_KEY, [name]: value } as DjangoSettings
        await sessionsFromSettings(settings, { store }).close()
      }
    })

    test(`${name} refuses everything else, and says so under its name`, () => {
      const refused = EVERYTHING.filter((value) => !TAKEN[name].includes(value))
      assert.ok(refused.length > 15)
      for (const value of refused) {
        const problem = problemWith({ [name]: value })
        assert.ok(problem.startsWith(`${name} `), problem)
        assert.doesNotMatch(problem, /\[object|=>|Symbol\(|native code|\(2\)/, 'one readable problem')
      }
    })

    test(`${name} is its default when it is undefined`, async () => {
      const settings = { SECRET_KEY, [name]: undefined } as unknown as DjangoSettings
      if (name === 'SECRET_KEY')
        return assert.match(
          refusal(() => sessionsFromSettings(settings)),
          /SECRET_KEY is mis/,
        )
      await sessionsFromSettings(settings, { store: memoryStore() }).close()
    })
  }
})
