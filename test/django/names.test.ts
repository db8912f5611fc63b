import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sessionsFromSettings, type DjangoSettings } from '../../src/django.ts'
import { memoryStore } from '../../src/index.ts'
import { problemWith, refusal } from './refusals.ts'
import { SECRET_KEY } from './site.ts'
import { watchWarnings } from './warnings.ts'

const store = memoryStore()

describe('a name that is misspelt', () => {
  for (const [name, meant] of [
    ['SESSION_COOKIE_SECUR', 'SESSION_COOKIE_SECURE'],
    ['SESSION_COOKIES_SECURE', 'SESSION_COOKIE_SECURE'],
    ['SESION_COOKIE_SECURE', 'SESSION_COOKIE_SECURE'],
    ['session_cookie_secure', 'SESSION_COOKIE_SECURE'],
    ['sessionCookieSecure', 'SESSION_COOKIE_SECURE'],
    ['COOKIE_SECURE', 'SESSION_COOKIE_SECURE'],
    ['SESSION_COOKIE_HTTP_ONLY', 'SESSION_COOKIE_HTTPONLY'],
    ['SESSION_COOKIE_SAME_SITE', 'SESSION_COOKIE_SAMESITE'],
    ['SESSION_COOKIE_MAX_AGE', 'SESSION_COOKIE_AGE'],
    ['SESSION_SAVE_EVERY_REQUESTS', 'SESSION_SAVE_EVERY_REQUEST'],
    ['EXPIRE_AT_BROWSER_CLOSE', 'SESSION_EXPIRE_AT_BROWSER_CLOSE'],
    ['SESSION_ENGIN', 'SESSION_ENGINE'],
    ['SECRETKEY', 'SECRET_KEY'],
    ['SECRET_KEY_FALLBACK', 'SECRET_KEY_FALLBACKS'],
    ['SECRET_KEYS_FALLBACKS', 'SECRET_KEY_FALLBACKS'],
  ] as const) {
    test(`${name} is refused and ${meant} suggested`, () => {
      assert.equal(problemWith({ [name]: true }), `'${name}' is unknown; did you mean '${meant}'?`)
    })
  }

  test('is refused even when its value is undefined', () => {
    assert.match(problemWith({ SESSION_COOKIE_SECUR: undefined }), /^'SESSION_COOKIE_SECUR' is unknown/)
  })
})

describe('a name that has its place elsewhere', () => {
  for (const [name, problem] of [
    ['store', "'store' belongs in the second argument."],
    ['maxPerSubject', "'maxPerSubject' belongs in the second argument."],
    ['idleTimeout', "'idleTimeout' comes from SESSION_COOKIE_AGE here."],
    ['keys', "'keys' comes from SECRET_KEY and SECRET_KEY_FALLBACKS here."],
    ['CACHES', "'CACHES' is not a setting of sessions: pass a cache in the second argument."],
    ['DATABASES', "'DATABASES' is not a setting of sessions: pass a store in the second argument."],
    [
      'LANGUAGE_COOKIE_SECURE',
      "'LANGUAGE_COOKIE_SECURE' is not a setting of sessions: it is about the language cookie.",
    ],
    ...['CSRF_USE_SESSIONS', 'CSRF_COOKIE_SECURE'].map(
      (name) =>
        [
          name,
          `'${name}' is not a setting of sessions: Holdfast makes no CSRF tokens; refuse requests from other sites by Sec-Fetch-Site.`,
        ] as const,
    ),
    [
      'ALLOWED_HOSTS',
      "'ALLOWED_HOSTS' is not a setting of sessions; pass SECRET_KEY, SECRET_KEY_FALLBACKS and SESSION_ settings only.",
    ],
  ] as const) {
    test(`${name} is told of it`, () => assert.equal(problemWith({ [name]: true }), problem))
  }
})

describe('hostile settings', () => {
  for (const [what, settings, kind] of [
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a string', 'shop.settings', 'a string'],
    ['an array', [], 'an array'],
    ['a class', class Settings {}, 'a function'],
    ['an instance of a class', new (class Settings {})(), 'one that inherits'],
    ['an object that inherits its settings', Object.create({ SECRET_KEY }), 'one that inherits'],
    ['a Map', new Map([['SECRET_KEY', SECRET_KEY]]), 'one that inherits'],
  ] as const) {
    test(`${what} is refused`, () => {
      const problem = refusal(() => sessionsFromSettings(settings as unknown as DjangoSettings))
      assert.equal(problem, `the settings must be a plain object, not ${kind}.`)
    })
  }

  test('__proto__, constructor and their like are names as any other', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const settings = JSON.parse(JSON.stringify({ SECRET_KEY }).replace('}', `,"${name}":{"SESSION_COOKIE_AGE":5}}`))
      assert.match(
        refusal(() => sessionsFromSettings(settings)),
        new RegExp(`^'${name}' is not a setting of sessions`),
      )
    }
  })

  test('a polluted Object.prototype weakens nothing', async (t) => {
    const prototype = Object.prototype as unknown as Record<string, unknown>
    t.after(() => {
      delete prototype['SESSION_COOKIE_SECURE']
      delete prototype['SECRET_KEY']
    })
    prototype['SESSION_COOKIE_SECURE'] = false
    prototype['SECRET_KEY'] = SECRET_KEY
    const warnings = watchWarnings(t)
    await sessionsFromSettings({ SECRET_KEY }, { store }).close()
    assert.match(
      refusal(() => sessionsFromSettings({} as DjangoSettings, { store })),
      /^SECRET_KEY is missing/,
    )
    assert.deepEqual(await warnings(), [])
  })

  test('a getter is asked once: what was checked is what is used', async (t) => {
    let asked = 0
    const settings = {
      SECRET_KEY,
      get SESSION_COOKIE_SECURE() {
        return asked++ === 0
      },
    }
    const warnings = watchWarnings(t)
    await sessionsFromSettings(settings, { store }).close()
    assert.equal(asked, 1)
    assert.deepEqual(await warnings(), [])
  })

  test('a getter that throws is heard', () => {
    const settings = {
      get SECRET_KEY(): string {
        throw new Error('the vault is sealed')
      },
    }
    assert.throws(() => sessionsFromSettings(settings), /the vault is sealed/)
  })
})

describe('good settings of another shape', () => {
  test('an object without a prototype', async () => {
    const settings = Object.assign(Object.create(null), { SECRET_KEY }) as DjangoSettings
    await sessionsFromSettings(settings, { store }).close()
  })

  test('a module, as in Django', async () => {
    const settings = (await import('./settings-module.ts')) as DjangoSettings
    await sessionsFromSettings(settings, { store }).close()
  })
})
