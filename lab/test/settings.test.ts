import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Scalar } from '../src/settings/entries.ts'
import { readSettings } from '../src/settings/read.ts'
import { takeawaysOf } from '../src/settings/takeaways.ts'
import { writeSettings } from '../src/settings/write.ts'
import { STARTING_SOURCE } from '../src/content/start.ts'
import { STEP_TEXTS } from '../src/content/steps.ts'
import type { Language } from '../src/shared/api.ts'

const FOUR = {
  SESSION_COOKIE_AGE: 1200,
  SESSION_COOKIE_SECURE: true,
  SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
  SESSION_COOKIE_HTTPONLY: true,
}

describe('what there is to take away', () => {
  test('is what the learner wrote, comments and further settings included', () => {
    const mine = `# Ours.\n${FOUR_IN_PYTHON}SESSION_COOKIE_SAMESITE = 'Strict'`
    const { areTheirs, texts } = takeawaysOf({ language: 'python', text: mine })
    assert.equal(areTheirs, true)
    assert.equal(texts['settings.py'], `${mine}\n`)
    assert.match(texts['sessions.ts'], /^ {2}SESSION_COOKIE_SAMESITE: 'Strict',$/m)
  })

  test('is for Django too, when it was written in TypeScript', () => {
    const { texts } = takeawaysOf({ language: 'typescript', text: FOUR_IN_TYPESCRIPT })
    assert.deepEqual(read('python', texts['settings.py']), FOUR)
  })

  test('is the four lines before anything was checked', () => fourLines(undefined))

  for (const [when, part, instead] of [
    ['one of the four is weak', '1200', '1201'],
    ['one of the four is left out', 'SESSION_COOKIE_SECURE = True', ''],
    ['the last text cannot be read', '1200', 'twenty()'],
  ] as const) {
    test(`is the four lines when ${when}`, () => fourLines(FOUR_IN_PYTHON.replace(part, instead)))
  }

  function fourLines(text: string | undefined): void {
    const { areTheirs, texts } = takeawaysOf(text === undefined ? undefined : { language: 'python', text })
    assert.equal(areTheirs, false)
    assert.deepEqual(read('python', texts['settings.py']), FOUR)
  }
})

test('a text that would cost the site half a second of computing is given up', () => {
  const { settings, reading } = readSettings({ language: 'typescript', text: '(a='.repeat(1365) })
  assert.equal(settings, undefined)
  assert.match(reading.problems[0]?.message ?? '', /too tangled/)
})

describe('settings.py', () => {
  test('is read as it is written', () => {
    assert.deepEqual(read('python', FOUR_IN_PYTHON), FOUR)
    assert.deepEqual(read('python', ''), {})
  })

  test('may say what Holdfast will refuse: that it does not start is something to see', () => {
    assert.deepEqual(read('python', "SESSION_COOKIE_AGE = '20 minutes'"), { SESSION_COOKIE_AGE: '20 minutes' })
    assert.deepEqual(read('python', 'SESSION_COOKIE_AGE = -1'), { SESSION_COOKIE_AGE: -1 })
    assert.deepEqual(read('python', 'SESSION_COOKIE_AGE = 1200.5'), { SESSION_COOKIE_AGE: 1200.5 })
    assert.deepEqual(read('python', "SESSION_ENGINE = 'file'"), { SESSION_ENGINE: 'file' })
  })

  test('as the lab begins with it works, and is weak in all four', () => {
    assert.deepEqual(read('python', STARTING_SOURCE.text), {
      SESSION_COOKIE_AGE: 1_209_600,
      SESSION_COOKIE_SECURE: false,
      SESSION_ENGINE: 'django.contrib.sessions.backends.db',
      SESSION_COOKIE_HTTPONLY: false,
    })
  })

  for (const [text, line, says] of [
    ['import os\n', 1, /only comments and NAME = value/],
    ["SESSION_COOKIE_AGE = 1200\nSESSION_ENGINE = os.environ['E']\n", 2, /literal/],
    ['SESSION_COOKIE_AGE = twenty()', 1, /literal here, such as 'text', 1200, True, False or None: /],
    ["SECRET_KEY = 'my own, and nobody else may see it'", 1, /leave SECRET_KEY out/],
    ['SECRET_KEY = os.environ["KEY"]', 1, /leave SECRET_KEY out/],
    ['CSRF_COOKIE_SECURE = True', 1, /guards forms/],
    ['DEBUG = True', 1, /SESSION_ settings only/],
    ["\nSESSION_COOKIE_NAME = '__Host-session'", 2, /Django's name/],
    ["SESSION_COOKIE_DOMAIN = 'example.com'", 1, /no other hosts/],
    ["SESSION_COOKIE_PATH = '/; Domain=localhost'", 1, /under which path/],
    ['SESSION_COOKIE_AGE = [1200]', 1, /a text, a number of 15 digits/],
    ['SESSION_COOKIE_AGE = 9007199254740993', 1, /15 digits/],
    ['SESSION_COOKIE_AGE = 1e999', 1, /a number of 15 digits/],
    ['SESSION_COOKIE_SECURE = true', 1, /Python writes True/],
    ["exec('import os')", 1, /only comments and NAME = value/],
  ] as const) {
    test(`refuses ${JSON.stringify(text)} on its line`, () => refused('python', text, line, says))
  }
})

describe('settings.ts', () => {
  test('is read as an object, as single constants, and with types', () => {
    assert.deepEqual(read('typescript', FOUR_IN_TYPESCRIPT), FOUR)
    const lines = Object.entries(FOUR).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
    assert.deepEqual(read('typescript', lines.join('\n')), FOUR)
    assert.deepEqual(read('typescript', 'export default { "SESSION_COOKIE_AGE": 1_200 /* s */ } as const'), {
      SESSION_COOKIE_AGE: 1200,
    })
    assert.deepEqual(read('typescript', 'const settings: DjangoSettings = ({ SESSION_COOKIE_AGE: -1 })'), {
      SESSION_COOKIE_AGE: -1,
    })
  })

  for (const [text, line, says] of [
    ["import fs from 'node:fs'", 1, /only comments, export const settings/],
    ['export const settings = {\n  SESSION_COOKIE_AGE: process.exit(),\n}', 2, /nothing of this file is run/],
    ['export const SESSION_COOKIE_AGE = `${20 * 60}`', 1, /literal/],
    ['export const settings = { ...others }', 1, /NAME: value/],
    ['export const settings = { get SESSION_COOKIE_AGE() { return 1 } }', 1, /NAME: value/],
    ['export const settings = { SESSION_COOKIE_AGE }', 1, /NAME: value/],
    ["export const settings = { ['SESSION_COOKIE_AGE']: 1 }", 1, /NAME: value/],
    ['export const settings = { __proto__: null }', 1, /the name of a setting/],
    ['export const settings = { SESSION_COOKIE_AGE: 1, SESSION_COOKIE_AGE: 2 }', 1, /there twice/],
    ['export const settings = { SESSION_COOKIE_SECURE: True }', 1, /TypeScript writes true/],
    ['export const settings = { SESSION_COOKIE_AGE 1200 }', 1, /not complete|NAME: value/],
    ["export const SESSION_ENGINE = 'db", 1, /does not end|not complete/],
    ["export const SESSION_ENGINE = '\\u{110000}'", 1, /means nothing/],
    ["export const SESSION_ENGINE = '\\ud800'", 1, /means nothing/],
    ['export const SESSION_COOKIE_AGE = 9007199254740993', 1, /15 plain digits/],
    ['export const SESSION_COOKIE_AGE = 1200n', 1, /plain digits/],
    ['export const SESSION_COOKIE_AGE = 0o', 1, /plain digits|not complete/],
    ['export const SECRET_KEY = process.env.SECRET_KEY', 1, /leave SECRET_KEY out/],
    ["export const SESSION_COOKIE_NAME = '__Host-session'", 1, /Django's name/],
    ['SESSION_COOKIE_AGE = 1200', 1, /only comments, export const settings/],
    ['let SESSION_COOKIE_AGE = 1200', 1, /only comments, export const settings/],
    ['throw 1', 1, /only comments, export const settings/],
  ] as const) {
    test(`refuses ${JSON.stringify(text)} on its line`, () => refused('typescript', text, line, says))
  }
})

describe('switching the language', () => {
  test('carries the settings over, and says when it loses comments', () => {
    const { reading } = readSettings({ language: 'python', text: `# Mine.\n${FOUR_IN_PYTHON}` })
    assert.equal(reading.losesComments, true)
    assert.equal(readSettings({ language: 'python', text: FOUR_IN_PYTHON }).reading.losesComments, false)
    assert.deepEqual(read('typescript', reading.texts?.typescript ?? ''), FOUR)
    assert.equal(reading.texts?.python, FOUR_IN_PYTHON)
    assert.equal(reading.texts?.typescript, FOUR_IN_TYPESCRIPT)
  })

  test('carries any literal over and back', () => {
    const scalar: fc.Arbitrary<Scalar> = fc.oneof(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      fc.maxSafeInteger(),
      fc.double({ noInteger: true, noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    )
    fc.assert(
      fc.property(scalar, (value) => {
        const texts = writeSettings([{ name: 'SESSION_ENGINE', value }])
        for (const language of ['python', 'typescript'] as const) {
          assert.deepEqual(read(language, texts[language]), { SESSION_ENGINE: value }, texts[language])
        }
      }),
      { numRuns: 100 },
    )
  })

  test('reads no text by running it, however strange: each has settings or problems, and soon', () => {
    const piece = fc.constantFrom(...PIECES)
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.constantFrom('python', 'typescript'), (pieces, language) => {
        const text = pieces.join('')
        const { settings, reading } = readSettings({ language, text })
        assert.equal(settings === undefined, reading.problems.length > 0)
        for (const { from, to, line, column } of reading.problems) {
          assert.ok(from >= 0 && to <= text.length && from <= to && line >= 1 && column >= 1, text)
        }
      }),
      { numRuns: 200 },
    )
    for (const language of ['python', 'typescript'] as const) {
      for (const open of ['(', '[', '{', '-', "'\\u{", 'a.']) readSettings({ language, text: open.repeat(4000) })
    }
  })

  test('the lines that the lab gives away in the end are read in both languages', () => {
    for (const { solution } of STEP_TEXTS) {
      const python = read('python', solution.python)
      assert.deepEqual(read('typescript', `export const settings = { ${solution.typescript} }`), python)
    }
  })
})

/** What settings files are made of, and what breaks them. */
const PIECES = [
  ' ',
  '\n',
  '\t',
  '\u2028',
  '\\',
  '"',
  ...'SESSION_COOKIE_AGE = 1200 : , ; export const import settings __proto__ 0x 1e'.split(' '),
  ...`' """ f" \` \${ ( ) { } [ # // /*`.split(' '),
]

const FOUR_IN_PYTHON = `SESSION_COOKIE_AGE = 1200
SESSION_COOKIE_SECURE = True
SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'
SESSION_COOKIE_HTTPONLY = True
`

const FOUR_IN_TYPESCRIPT = `import type { DjangoSettings } from 'holdfast/django'

export const settings = {
  SESSION_COOKIE_AGE: 1200,
  SESSION_COOKIE_SECURE: true,
  SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
  SESSION_COOKIE_HTTPONLY: true,
} satisfies Partial<DjangoSettings>
`

function read(language: Language, text: string): unknown {
  const { settings, reading } = readSettings({ language, text })
  assert.deepEqual(reading.problems, [], text)
  return settings
}

function refused(language: Language, text: string, line: number, says: RegExp): void {
  const { settings, reading } = readSettings({ language, text })
  assert.equal(settings, undefined)
  assert.equal(reading.texts, undefined)
  const [problem] = reading.problems
  assert.equal(problem?.line, line)
  assert.match(problem?.message ?? '', says)
}
