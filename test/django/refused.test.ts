import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { sessionsFromSettings, type DjangoExtras, type DjangoSettings } from '../../src/django.ts'
import { memoryCache, memoryStore } from '../../src/index.ts'
import { problemWith, refusal } from './refusals.ts'
import { newPath, SECRET_KEY } from './site.ts'

const SECONDS = 'a whole number of seconds from 1 to 34560000 (400 days, where browsers cut a cookie)'
const SAMESITE = "some browsers then let other sites send the session; use 'Lax', or 'None' if they must."

type Case = readonly [what: string, settings: Record<string, unknown>, problem: string]

describe('a value that means nothing', () => {
  const booleans = ['SECURE', 'HTTPONLY'].map((name) => `SESSION_COOKIE_${name}`)
  const cases: readonly Case[] = [
    ...[...booleans, 'SESSION_EXPIRE_AT_BROWSER_CLOSE', 'SESSION_SAVE_EVERY_REQUEST'].flatMap((name): Case[] => [
      ['None', { [name]: null }, `${name} must be true or false, not null.`],
      ['1', { [name]: 1 }, `${name} must be true or false, not 1.`],
      [
        "'True'",
        { [name]: 'True' },
        `${name} must be true or false, not the string 'True' (write true, without quotes).`,
      ],
      ["'yes'", { [name]: 'yes' }, `${name} must be true or false, not the string 'yes'.`],
    ]),
    ...([0, -1, 1.5, NaN, true, null] as const).map((value): Case => [
      String(value),
      { SESSION_COOKIE_AGE: value },
      `SESSION_COOKIE_AGE must be ${SECONDS}, not ${value}.`,
    ]),
    ['14 months', { SESSION_COOKIE_AGE: 36_000_000 }, `SESSION_COOKIE_AGE must be ${SECONDS}, not 36000000.`],
    [
      'seconds in quotes',
      { SESSION_COOKIE_AGE: '1200' },
      `SESSION_COOKIE_AGE must be ${SECONDS}, not the string '1200' (write 1200, without quotes).`,
    ],
    ['no seconds in quotes', { SESSION_COOKIE_AGE: '0' }, `SESSION_COOKIE_AGE must be ${SECONDS}, not the string '0'.`],
    ['a timedelta', { SESSION_COOKIE_AGE: { minutes: 20 } }, `SESSION_COOKIE_AGE must be ${SECONDS}, not an object.`],
    ['no name', { SESSION_COOKIE_NAME: '' }, 'SESSION_COOKIE_NAME must be a name, not an empty string.'],
    ['None as a name', { SESSION_COOKIE_NAME: null }, 'SESSION_COOKIE_NAME must be a name, not null.'],
    [
      'a name with a space',
      { SESSION_COOKIE_NAME: 'session id' },
      'SESSION_COOKIE_NAME must be an RFC 9110 token: letters, digits and no spaces, quotes, commas or semicolons.',
    ],
    [
      'a domain with a dot before it',
      { SESSION_COOKIE_DOMAIN: '.example.com' },
      'SESSION_COOKIE_DOMAIN must be a host name such as example.com, without a dot before it.',
    ],
    [
      'a URL as a domain',
      { SESSION_COOKIE_DOMAIN: 'https://example.com' },
      'SESSION_COOKIE_DOMAIN must be a host name such as example.com, without a dot before it.',
    ],
    [
      'an empty domain',
      { SESSION_COOKIE_DOMAIN: '' },
      'SESSION_COOKIE_DOMAIN must be a host name or null, not an empty string.',
    ],
    [
      'a domain that is False',
      { SESSION_COOKIE_DOMAIN: false },
      'SESSION_COOKIE_DOMAIN must be a host name or null, not false.',
    ],
    ['None as a path', { SESSION_COOKIE_PATH: null }, "SESSION_COOKIE_PATH must be a path such as '/', not null."],
    [
      'a path from nowhere',
      { SESSION_COOKIE_PATH: 'app' },
      "SESSION_COOKIE_PATH must begin with '/' and hold no ';' and no '<'.",
    ],
    [
      'a path that injects an attribute',
      { SESSION_COOKIE_PATH: '/; Domain=evil.example' },
      "SESSION_COOKIE_PATH must begin with '/' and hold no ';' and no '<'.",
    ],
    ...([false, null] as const).map((value): Case => [
      `SameSite ${value}`,
      { SESSION_COOKIE_SAMESITE: value },
      `SESSION_COOKIE_SAMESITE is ${value}: ${SAMESITE}`,
    ]),
    ["SameSite 'False'", { SESSION_COOKIE_SAMESITE: 'False' }, `SESSION_COOKIE_SAMESITE is false: ${SAMESITE}`],
    [
      'SameSite in small letters',
      { SESSION_COOKIE_SAMESITE: 'lax' },
      "SESSION_COOKIE_SAMESITE must be 'Lax', with one capital letter, not 'lax'.",
    ],
    [
      'SameSite true',
      { SESSION_COOKIE_SAMESITE: true },
      "SESSION_COOKIE_SAMESITE must be 'Lax' or 'Strict' or 'None', not true.",
    ],
    [
      'a cache without a name',
      { SESSION_CACHE_ALIAS: null },
      'SESSION_CACHE_ALIAS must be the name of a cache, not null.',
    ],
    [
      'a folder for files',
      { SESSION_FILE_PATH: '/tmp' },
      'SESSION_FILE_PATH belongs to the file engine, which Holdfast does not have; name the SQLite file in the second argument, as path.',
    ],
    [
      'pickle',
      { SESSION_SERIALIZER: 'django.contrib.sessions.serializers.PickleSerializer' },
      'SESSION_SERIALIZER is PickleSerializer, by which whoever can write to the store runs code on the server; leave it out: data is always JSON.',
    ],
    [
      'a serializer of your own',
      { SESSION_SERIALIZER: 'shop.Serializer' },
      "SESSION_SERIALIZER must be 'django.contrib.sessions.serializers.JSONSerializer', not the string 'shop.Serializer'.",
    ],
    [
      'a number as an engine',
      { SESSION_ENGINE: 5 },
      "SESSION_ENGINE must be the name of an engine, such as 'cached_db', not 5.",
    ],
    [
      'an engine of someone else',
      { SESSION_ENGINE: 'redis_sessions.session' },
      "SESSION_ENGINE must be 'db', 'cached_db', 'cache' or 'signed_cookies', or Django's path of one of them, not the string 'redis_sessions.session'.",
    ],
    [
      'an engine in camel case',
      { SESSION_ENGINE: 'cachedDb' },
      "SESSION_ENGINE must be 'db', 'cached_db', 'cache' or 'signed_cookies', or Django's path of one of them, not the string 'cachedDb'; did you mean 'cached_db'?",
    ],
    [
      'an engine misspelt',
      { SESSION_ENGINE: 'django.contrib.session.backends.cached_db' },
      "SESSION_ENGINE must be 'db', 'cached_db', 'cache' or 'signed_cookies', or Django's path of one of them, not the string 'django.contrib.session.backends.cached_db'; did you mean 'django.contrib.sessions.backends.cached_db'?",
    ],
    ...['file', 'django.contrib.sessions.backends.file'].map((name): Case => [
      name,
      { SESSION_ENGINE: name },
      "SESSION_ENGINE is 'file', which Holdfast does not have; use 'db', which keeps all sessions in one SQLite file.",
    ]),
  ]
  for (const [what, settings, problem] of cases) {
    test(`${Object.keys(settings).join()}: ${what}`, () => assert.equal(problemWith(settings), problem))
  }

  test('is shown only in part when it is long', () => {
    const problem = problemWith({ SESSION_ENGINE: 'x'.repeat(10_000) })
    assert.ok(problem.length < 200, problem)
  })
})

describe('settings that contradict each other', () => {
  const cases: readonly Case[] = [
    [
      'SameSite None without Secure',
      { SESSION_COOKIE_SAMESITE: 'None', SESSION_COOKIE_SECURE: false },
      'SESSION_COOKIE_SECURE must be true for a cookie with SameSite=None.',
    ],
    [
      '__Host- without Secure',
      { SESSION_COOKIE_NAME: '__Host-id', SESSION_COOKIE_SECURE: false },
      'SESSION_COOKIE_SECURE must be true for a cookie named __Host-id.',
    ],
    [
      '__Secure- without Secure',
      { SESSION_COOKIE_NAME: '__Secure-id', SESSION_COOKIE_SECURE: false },
      'SESSION_COOKIE_SECURE must be true for a cookie named __Secure-id.',
    ],
    [
      '__Host- with a path',
      { SESSION_COOKIE_NAME: '__Host-id', SESSION_COOKIE_PATH: '/app' },
      "SESSION_COOKIE_PATH must be '/' for a cookie named __Host-id.",
    ],
    [
      '__Host- with a domain',
      { SESSION_COOKIE_NAME: '__Host-id', SESSION_COOKIE_DOMAIN: 'example.com' },
      'SESSION_COOKIE_DOMAIN must be left out for a cookie named __Host-id.',
    ],
  ]
  for (const [what, settings, problem] of cases) test(what, () => assert.equal(problemWith(settings), problem))

  test('are told together with all else, in one error', () => {
    const problem = problemWith({
      SECRET_KEY: 'short',
      SESSION_COOKIE_AGE: '1200',
      SESSION_COOKIE_SECUR: true,
      SESSION_COOKIE_NAME: '__Host-id',
      SESSION_COOKIE_PATH: '/app',
    })
    assert.match(
      problem,
      /^\(1\) 'SESSION_COOKIE_SECUR' is unknown; .*\? \(2\) SECRET_KEY has 5 bytes; .*\. \(3\) SESSION_COOKIE_AGE must .*\. \(4\) SESSION_COOKIE_PATH must .*\.$/,
    )
  })
})

describe('a part that the engine does not use', () => {
  type PartCase = readonly [what: string, settings: Record<string, unknown>, extras: DjangoExtras, problem: string]
  const cases: readonly PartCase[] = [
    [
      'a cache for db',
      { SESSION_ENGINE: 'db' },
      { cache: memoryCache() },
      "SESSION_ENGINE 'db' reads every session from its store, yet a cache is given; use 'cached_db'.",
    ],
    [
      'a cache for the cache engine',
      { SESSION_ENGINE: 'cache' },
      { cache: memoryCache() },
      "SESSION_ENGINE 'cache' keeps sessions in a store that may forget; pass it as store, not as cache.",
    ],
    [
      'a path for the cache engine',
      { SESSION_ENGINE: 'cache' },
      { path: 'sessions.sqlite' },
      "SESSION_ENGINE 'cache' keeps sessions in memory, yet a path is given; use 'cached_db' or 'db'.",
    ],
    [
      'a cache for signed_cookies',
      { SESSION_ENGINE: 'signed_cookies' },
      { cache: memoryCache() },
      "SESSION_ENGINE 'signed_cookies' keeps sessions in their cookies, yet a cache is given; leave it out.",
    ],
    [
      'an alias for signed_cookies',
      { SESSION_ENGINE: 'signed_cookies', SESSION_CACHE_ALIAS: 'sessions' },
      { store: memoryStore() },
      "SESSION_CACHE_ALIAS is 'sessions', yet SESSION_ENGINE 'signed_cookies' uses no cache; leave it out, or use 'cached_db'.",
    ],
    [
      'an alias for db',
      { SESSION_ENGINE: 'db', SESSION_CACHE_ALIAS: 'sessions' },
      {},
      "SESSION_CACHE_ALIAS is 'sessions', yet SESSION_ENGINE 'db' uses no cache; leave it out, or use 'cached_db'.",
    ],
    [
      'an alias of nothing for cached_db',
      { SESSION_ENGINE: 'cached_db', SESSION_CACHE_ALIAS: 'sessions' },
      { store: memoryStore() },
      "SESSION_CACHE_ALIAS is 'sessions', and no such cache is given; pass it in the second argument, as cache.",
    ],
    [
      'an alias of nothing for the cache engine',
      { SESSION_ENGINE: 'cache', SESSION_CACHE_ALIAS: 'sessions' },
      {},
      "SESSION_CACHE_ALIAS is 'sessions', and no such cache is given; pass a store for it in the second argument, as store.",
    ],
    [
      'none, when it is only the engine that is misspelt',
      { SESSION_ENGINE: 'cachd_db', SESSION_CACHE_ALIAS: 'sessions' },
      { cache: memoryCache() },
      "SESSION_ENGINE must be 'db', 'cached_db', 'cache' or 'signed_cookies', or Django's path of one of them, not the string 'cachd_db'; did you mean 'cached_db'?",
    ],
  ]
  for (const [what, settings, extras, problem] of cases) {
    test(what, () => assert.equal(problemWith(settings, extras), problem))
  }
})

describe('extras', () => {
  const cases: readonly (readonly [what: string, extras: unknown, problem: string])[] = [
    ['null', null, 'the extras must be an object, not null.'],
    ['a path alone', 'sessions.sqlite', 'the extras must be an object, not a string.'],
    ['a setting among them', { SESSION_COOKIE_AGE: 5 }, "'SESSION_COOKIE_AGE' belongs in the first argument."],
    ['keys', { keys: [] }, "'keys' comes from SECRET_KEY and SECRET_KEY_FALLBACKS here."],
    ['engine', { engine: 'db' }, "'engine' comes from SESSION_ENGINE here."],
    ['cookie', { cookie: {} }, "'cookie' comes from the SESSION_COOKIE_ settings here."],
    ['idleTimeout', { idleTimeout: 5 }, "'idleTimeout' comes from SESSION_COOKIE_AGE here."],
    ['expiry', { expiry: 'sliding' }, "'expiry' comes from SESSION_SAVE_EVERY_REQUEST here."],
    ['one misspelt', { absoluteTimeOut: 5 }, "'absoluteTimeOut' is unknown; did you mean 'absoluteTimeout'?"],
    ['one of nobody', { wibble: 5 }, "'wibble' is unknown."],
    ['__proto__', JSON.parse('{"__proto__":{}}'), "'__proto__' is unknown."],
    [
      'a connection string',
      { store: 'postgres://localhost' },
      "store must be a store, such as sqliteStore('sessions.sqlite'), not a string.",
    ],
    ['no store', { store: null }, "store must be a store, such as sqliteStore('sessions.sqlite'), not null."],
    [
      'a cache in the place of a store',
      { store: memoryCache() },
      "store must be a store, such as sqliteStore('sessions.sqlite'), not an object without replace().",
    ],
    [
      'a store in the place of a cache',
      { cache: memoryStore() },
      'cache must be a cache, such as memoryCache(), not an object without bury().',
    ],
    ['a path beside a store', { store: memoryStore(), path: 'a.sqlite' }, 'path is of no use with a store.'],
    ['an empty path', { path: '' }, 'path must be the name of a file.'],
    ['a number as a path', { path: 5 }, 'path must be the name of a file.'],
    ['half a second', { absoluteTimeout: 0.5 }, 'absoluteTimeout must be a whole number of at least 1, not 0.5.'],
  ]
  for (const [what, extras, problem] of cases) {
    test(`refuse ${what}`, () => {
      const act = (): unknown => sessionsFromSettings({ SECRET_KEY }, extras as DjangoExtras)
      assert.equal(refusal(act, 'ERR_OPTION'), problem)
    })
  }
})

describe('a refusal', () => {
  test('opens nothing', () => {
    const path = newPath()
    assert.throws(() => sessionsFromSettings({ SECRET_KEY: 'short' }, { path }), { code: 'ERR_SETTING' })
    assert.throws(() => sessionsFromSettings({ SECRET_KEY }, { path, absoluteTimeout: 0 }), { code: 'ERR_OPTION' })
    assert.equal(existsSync(path), false)
  })

  test('never shows a key', () => {
    const secret = 'hunter2'
    for (const settings of [
      { SECRET_KEY: secret },
      { SECRET_KEY: [secret] },
      { SECRET_KEY: { secret } },
      { SECRET_KEY, SECRET_KEY_FALLBACKS: secret },
      { SECRET_KEY, SECRET_KEY_FALLBACKS: [secret] },
      { SECRET_KEY, SECRET_KEY_FALLBACKS: [{ secret }] },
    ]) {
      const problem = refusal(() => sessionsFromSettings(settings as unknown as DjangoSettings))
      assert.ok(!problem.includes(secret), problem)
    }
  })
})
