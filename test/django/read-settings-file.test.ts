import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readDjangoSettings, sessionsFromSettings } from '../../src/django.ts'
import { memoryStore } from '../../src/index.ts'
import { refusal } from './refusals.ts'
import { SECRET_KEY } from './site.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-settings-'))
const path = join(folder, 'settings.py')
after(() => rmSync(folder, { recursive: true }))

const FOUR = `
SESSION_COOKIE_AGE = 60 * 20
SESSION_COOKIE_SECURE = True
SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'
SESSION_COOKIE_HTTPONLY = True
`

test('sessions start from a settings.py, with the key passed in', async () => {
  writeFileSync(path, `import os\n\nDEBUG = False\nSECRET_KEY = os.environ['SECRET_KEY']\n${FOUR}`)
  const settings = readDjangoSettings(path, { SECRET_KEY })
  assert.deepEqual(settings, {
    SECRET_KEY,
    SESSION_COOKIE_AGE: 1200,
    SESSION_COOKIE_SECURE: true,
    SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
    SESSION_COOKIE_HTTPONLY: true,
  })
  const sessions = sessionsFromSettings(settings, { store: memoryStore() })
  const answer = await sessions.handle(new Request('https://shop.example/'), async (session) => {
    await session.login('ada')
    return new Response()
  })
  assert.match(
    answer.headers.get('set-cookie') ?? '',
    /^__Host-sessionid=[\w-]+; Max-Age=1200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
  await sessions.close()
})

test('True, False and None become true, false and null, and lists arrays', () => {
  const lines = ["SECRET_KEY = 'a'", "SECRET_KEY_FALLBACKS = ('b',)", 'SESSION_COOKIE_SECURE = False']
  writeFileSync(path, [...lines, 'SESSION_COOKIE_DOMAIN = None', "ALLOWED_HOSTS = ['x']"].join('\n'))
  assert.deepEqual(readDjangoSettings(path), {
    SECRET_KEY: 'a',
    SECRET_KEY_FALLBACKS: ['b'],
    SESSION_COOKIE_SECURE: false,
    SESSION_COOKIE_DOMAIN: null,
  })
})

test('every setting that is computed is named in one error, with its line', () => {
  writeFileSync(path, "SECRET_KEY = env('KEY')\nSESSION_COOKIE_AGE = 1200\nif X:\n  SESSION_COOKIE_SECURE = True\n")
  assert.equal(
    refusal(() => readDjangoSettings(path)),
    `${path} is read, not run, so this is not known: SECRET_KEY (line 1: it calls env()); SESSION_COOKIE_SECURE ` +
      `(line 3: it is set inside an if); pass it in the second argument: readDjangoSettings('${path}', { SECRET_KEY: … }).`,
  )
  assert.match(
    refusal(() => readDjangoSettings(path, { SECRET_KEY })),
    /not known: SESSION_COOKIE_SECURE \(line 3: it is set inside an if\); pass/,
  )
})

test('a setting that an import may set is not taken for its default', () => {
  writeFileSync(path, `from .base import *\n${FOUR}`)
  assert.match(
    refusal(() => readDjangoSettings(path, { SECRET_KEY })),
    /not known: SECRET_KEY_FALLBACKS, .*SESSION_SERIALIZER \(line 1: an import of \* may set it\)/,
  )
})

test('a computed setting that is no session setting is nobody’s business', () => {
  writeFileSync(path, `SECRET_KEY = '${SECRET_KEY}'\nDATABASES = env.db()\nSESSION_REDIS = env.cache()\n`)
  assert.deepEqual(readDjangoSettings(path), { SECRET_KEY })
})

test('what is passed in counts, also when it is undefined: no key of development stands in for one that is missing', () => {
  writeFileSync(path, "SECRET_KEY = 'django-insecure-0123456789abcdefghijklmnopqrst'\n")
  const settings = readDjangoSettings(path, { SECRET_KEY: undefined })
  assert.match(
    refusal(() => sessionsFromSettings(settings)),
    /^SECRET_KEY is missing, or its environment variable is not set/,
  )
})

test('a file that is no Python is refused with its lines', () => {
  writeFileSync(path, "SECRET_KEY = 'abc\nSESSION_COOKIE_AGE = [1\n")
  assert.equal(
    refusal(() => readDjangoSettings(path)),
    `${path} cannot be read as Python: line 1: this string is not closed: its ' is missing before the end of the line; ` +
      'line 2: this [ is never closed: its ] is missing.',
  )
})

test('a file that is not there, or not UTF-8, is refused', () => {
  assert.match(
    refusal(() => readDjangoSettings(join(folder, 'none.py'))),
    /none\.py cannot be read\.$/,
  )
  assert.match(
    refusal(() => readDjangoSettings(folder)),
    / cannot be read\.$/,
  )
  writeFileSync(path, Buffer.from("# caf\xe9\nSECRET_KEY = 'a'\n", 'latin1'))
  assert.match(
    refusal(() => readDjangoSettings(path)),
    /settings\.py is not UTF-8\.$/,
  )
})
