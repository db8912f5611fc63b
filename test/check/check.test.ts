import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkSettings } from '../../src/check/check.ts'
import { CHECKS } from '../../src/check/checks.ts'
import { parseDjangoSettings } from '../../src/django.ts'

const FOUR = `
SESSION_COOKIE_AGE = 1200
SESSION_COOKIE_SECURE = True
SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'
SESSION_COOKIE_HTTPONLY = True
`

/** Which do not hold, and how: 'HF001 fails'. */
function wrongIn(text: string): string[] {
  const file = parseDjangoSettings(text)
  assert.deepEqual(file.problems, [])
  return checkSettings(file).flatMap(({ id, state }) => (state === 'holds' ? [] : [`${id} ${state}`]))
}

function findingOf(id: string, text: string): { state: string; found: string; line?: number } {
  const finding = checkSettings(parseDjangoSettings(text)).find((one) => one.id === id)
  assert.ok(finding)
  const { state, found, line } = finding
  return { state, found, ...(line === undefined ? {} : { line }) }
}

test('the four settings hold, and nothing else is asked for', () => {
  assert.deepEqual(wrongIn(FOUR), [])
})

test('an empty file has the defaults of Django', () => {
  assert.deepEqual(wrongIn(''), ['HF001 fails', 'HF002 fails', 'HF003 fails'])
  assert.deepEqual(findingOf('HF001', ''), { state: 'fails', found: "SESSION_COOKIE_AGE is 1209600, Django's default" })
  assert.deepEqual(findingOf('HF004', ''), {
    state: 'holds',
    found: "SESSION_COOKIE_HTTPONLY is True, Django's default",
  })
})

describe('each of the four falls alone', () => {
  for (const [setting, id, found] of [
    ['SESSION_COOKIE_AGE = 43201', 'HF001', 'SESSION_COOKIE_AGE is 43201'],
    ['SESSION_COOKIE_AGE = 60 * 60 * 24 * 14', 'HF001', 'SESSION_COOKIE_AGE is 1209600'],
    ['SESSION_COOKIE_AGE = 0', 'HF001', 'SESSION_COOKIE_AGE is 0'],
    ['SESSION_COOKIE_AGE = None', 'HF001', 'SESSION_COOKIE_AGE is None'],
    ['SESSION_COOKIE_AGE = True', 'HF001', 'SESSION_COOKIE_AGE is True'],
    ["SESSION_COOKIE_AGE = '1200'", 'HF001', "SESSION_COOKIE_AGE is '1200'"],
    ['SESSION_COOKIE_AGE = 1200,', 'HF001', 'SESSION_COOKIE_AGE is a list'],
    ['SESSION_COOKIE_SECURE = False', 'HF002', 'SESSION_COOKIE_SECURE is False'],
    ["SESSION_COOKIE_SECURE = 'True'", 'HF002', "SESSION_COOKIE_SECURE is 'True'"],
    ['SESSION_COOKIE_SECURE = 1', 'HF002', 'SESSION_COOKIE_SECURE is 1'],
    [
      "SESSION_ENGINE = 'django.contrib.sessions.backends.db'",
      'HF003',
      "SESSION_ENGINE is 'django.contrib.sessions.backends.db'",
    ],
    ["SESSION_ENGINE = 'shop.sessions'", 'HF003', "SESSION_ENGINE is 'shop.sessions'"],
    ["SESSION_ENGINE = 'a\\x1b[31m\\'\\u202e'", 'HF003', "SESSION_ENGINE is 'a\\u{1b}[31m\\'\\u{202e}'"],
    ['SESSION_COOKIE_HTTPONLY = False', 'HF004', 'SESSION_COOKIE_HTTPONLY is False'],
  ] as const) {
    test(setting, () => {
      assert.deepEqual(wrongIn(`${FOUR}${setting}\n`), [`${id} fails`])
      assert.deepEqual(findingOf(id, `${FOUR}${setting}\n`), { state: 'fails', found, line: 6 })
    })
  }

  for (const setting of ['SESSION_COOKIE_AGE = 43200', 'SESSION_COOKIE_AGE = 1', "SESSION_ENGINE = 'cached_db'"]) {
    test(`${setting} holds`, () => assert.deepEqual(wrongIn(`${FOUR}${setting}\n`), []))
  }
})

describe('what the file computes cannot be told', () => {
  const BOTH = `INSTALLED_APPS = ['django.contrib.sessions']
MIDDLEWARE = ['django.contrib.sessions.middleware.SessionMiddleware']
`
  test('and its line and reason are', () => {
    assert.deepEqual(findingOf('HF002', `${FOUR}SESSION_COOKIE_SECURE = env.bool('S')\n`), {
      state: 'unknown',
      found: 'SESSION_COOKIE_SECURE is not known: it calls env.bool()',
      line: 6,
    })
  })

  test('unless it does not matter: a list that is not known, where the flag is True', () => {
    assert.deepEqual(
      wrongIn(`${FOUR}INSTALLED_APPS = APPS\nMIDDLEWARE = env.list('M')\nCSRF_COOKIE_SECURE = True\n`),
      [],
    )
  })

  test('only for the checks that depend on it', () => {
    const text = `${FOUR}${BOTH}SESSION_COOKIE_SECURE = env.bool('S')\n`
    assert.deepEqual(wrongIn(text), ['HF002 unknown', 'security.W012 unknown'])
    assert.deepEqual(wrongIn(`${FOUR}SESSION_COOKIE_SECURE = False\nINSTALLED_APPS = APPS\n`), [
      'HF002 fails',
      'security.W010 unknown',
    ])
  })

  test('also what an import of * may have set', () => {
    assert.deepEqual(wrongIn(`from .base import *\n${FOUR}`), ['security.W016 unknown'])
    assert.equal(wrongIn(`${FOUR}from .base import *\n`).length, CHECKS.length)
  })

  test('until it is passed in', () => {
    const file = parseDjangoSettings(`${FOUR}SESSION_COOKIE_SECURE = env.bool('S')\n`)
    const finding = (secure: boolean) => checkSettings(file, new Map([['SESSION_COOKIE_SECURE', secure]]))[1]
    assert.equal(finding(true)?.state, 'holds')
    assert.equal(finding(false)?.state, 'fails')
    assert.equal(finding(true)?.found, 'SESSION_COOKIE_SECURE is True, passed in')
  })

  test('a list that is none cannot be told either', () => {
    assert.deepEqual(findingOf('security.W016', "MIDDLEWARE = 'x'"), {
      state: 'unknown',
      found: 'MIDDLEWARE is not known: it is no list, so Django will not start',
      line: 1,
    })
  })
})

test('every check has an id of its own, a reason, and a fix that mends it', () => {
  assert.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length)
  const bad = `${FOUR.replaceAll('True', 'False').replace('1200', '0').replace('cached_db', 'db')}
INSTALLED_APPS = ['django.contrib.sessions']
MIDDLEWARE = ['django.contrib.sessions.middleware.SessionMiddleware', 'django.middleware.csrf.CsrfViewMiddleware']
`
  const without = (name: string) => bad.replace(new RegExp(`^${name} = .*$`, 'm'), '')
  const files: Record<string, string> = {
    'security.W010': without('MIDDLEWARE'),
    'security.W013': without('MIDDLEWARE'),
    'security.W011': without('INSTALLED_APPS'),
    'security.W014': without('INSTALLED_APPS'),
  }
  for (const { id, title, reason, fix } of CHECKS) {
    const text = files[id] ?? bad
    assert.ok(title && reason.endsWith('.'), id)
    assert.equal(findingOf(id, text).state, 'fails', id)
    assert.equal(findingOf(id, `${text}${fix}\n`).state, 'holds', id)
  }
})
