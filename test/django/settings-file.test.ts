import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseDjangoSettings, type Assignment, type SettingsFileOptions } from '../../src/django.ts'

/** What A is at the end of the file: its value, or why that is not known. */
function a(text: string): unknown {
  const file = parseDjangoSettings(text)
  assert.deepEqual(file.problems, [])
  const found = file.settings.get('A') ?? file.others
  assert.ok(found)
  return 'value' in found ? found.value : `computed: ${found.computed} (line ${found.line})`
}

function problems(text: string, options?: SettingsFileOptions): string[] {
  return parseDjangoSettings(text, options).problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('a literal is read as Python reads it', () => {
  for (const [source, value] of [
    ["'text'", 'text'],
    ['"it\'s"', "it's"],
    ["'''two\nlines'''", 'two\nlines'],
    ["'''two\r\nlines'''", 'two\nlines'],
    ["'one ' \"and \" '''two'''", 'one and two'],
    [String.raw`'\'\"\\\n\t\x41\101\u00e9\U0001F600\a\v'`, '\'"\\\n\tAA\u00e9\u{1f600}\x07\v'],
    [String.raw`'\d\.'`, String.raw`\d\.`],
    [String.raw`r'\d\n\''`, String.raw`\d\n\'`],
    ["u'text'", 'text'],
    ["f'{{}}'", '{}'],
    ["'a\\\nb'", 'ab'],
    ["''", ''],
    ["b'\\xff\\0'", Uint8Array.of(255, 0)],
    ['1_209_600', 1_209_600],
    ['0xff', 255],
    ['0o17', 15],
    ['0b1_01', 5],
    ['00', 0],
    ['60 * 60 * 24 * 14', 1_209_600],
    ['-7 // 2', -4],
    ['7 // -2', -4],
    ['-(3 - 1) + +5', 3],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['2.5 * 2', 5],
    ['1e3', 1000],
    ['.5', 0.5],
    ['True', true],
    ['False', false],
    ['None', null],
    ["['a', 'b',]", ['a', 'b']],
    ["('a', ('b',), ())", ['a', ['b'], []]],
    ["'a', 'b'", ['a', 'b']],
    ['1,', [1]],
    ['(1)', 1],
    ["{'a': {'b': [1]}}", new Map([['a', new Map([['b', [1]]])]])],
    ["{1: 'int', True: 'bool'}", new Map([[1, 'bool']])],
    ["{'a', 'b', 'a'}", new Set(['a', 'b'])],
    ["['a'] + ['b']", ['a', 'b']],
    ["'a' + 'b'", 'ab'],
    ['(\n  1 # one\n)', 1],
    ['\\\n  1', 1],
  ] as const) {
    test(JSON.stringify(source), () => assert.deepEqual(a(`A = ${source}\n`), value))
  }

  for (const [text, value] of [
    ['A = 1', 1],
    ['A = 1; B = 2', 1],
    ['A: int = 1', 1],
    ['A = B = 1', 1],
    ['B = A = 1', 1],
    ['A = 1\rA = 2\r\nA = 3 # not 4', 3],
    ['\ufeffA = 1', 1],
    ["A = ['a']\nA += ['b']", ['a', 'b']],
    ['A = 60\nA *= 20', 1200],
    ['if x:\n  A = 1\nA = 2', 2],
    ['import os\nA = 1\nprint(A)', 1],
    ['A = 1\nclass B:\n  A = 2', 1],
    ['A = 1\ndef f():\n  A = 2', 1],
    ['A = 1\nB = [A for A in x]', 1],
    ["A = '#'  # A = 2", '#'],
    ["A = ''' \nA = 2\n'''", ' \nA = 2\n'],
    ['A: int = 1\nA: str', 1],
    ['\uff21 = 1', 1],
    ['A = 1 # \\\nB = 2', 1],
    ['A = 1\nfrom x import include', 1],
  ] as const) {
    test(JSON.stringify(text), () => assert.deepEqual(a(text), value))
  }

  test('lines are those of the last assignment', () => {
    const { settings } = parseDjangoSettings('A = 1\r\nB = (\r2,\n)\nA = 3\n')
    assert.deepEqual([settings.get('A')?.line, settings.get('B')?.line], [5, 2])
  })
})

describe('what only running the file would tell is computed, with the line that decides', () => {
  for (const [text, why] of [
    ["A = env('A')", 'it calls env() (line 1)'],
    ["A = os.environ['A']", 'it uses os.environ (line 1)'],
    ["A = os.environ.get('A')", 'it calls os.environ.get() (line 1)'],
    ["A = f'{x}'", 'it is an f-string with fields (line 1)'],
    ['A = B', 'it uses the name B (line 1)'],
    ['A = true', 'it uses the name true; Python writes True (line 1)'],
    ['A = [1, B]', 'it uses the name B (line 1)'],
    ["A = {'a': B}", 'it uses the name B (line 1)'],
    ["A = {'a': 1, **B}", 'it unpacks another dict with ** (line 1)'],
    ['A = [*B]', 'it unpacks another value with * (line 1)'],
    ['A = 1 if B else 2', 'it depends on a condition (line 1)'],
    ['A = not True', 'it is an expression, not a literal (line 1)'],
    ['A = 1 / 2', 'it uses / (line 1)'],
    ['A = 2 ** 9', 'it uses ** (line 1)'],
    ['A = 1 // 0', 'it divides by zero (line 1)'],
    ["A = 'a' * 3", 'it uses * on other than numbers (line 1)'],
    ['A = True + 1', 'it uses + on other than numbers (line 1)'],
    ["A = -'a'", 'it uses - on other than a number (line 1)'],
    ['A = 1j', 'it is a complex number (line 1)'],
    ['A = [1, 2][0]', 'it takes a part of another value (line 1)'],
    ['A = [x for x in y]', 'it is a comprehension (line 1)'],
    ['A = lambda: 1', 'it is a function (line 1)'],
    ['A = {(1, 2): 3}', 'it is a dict with keys other than strings and numbers (line 1)'],
    ["A = '\\N{BULLET}'", 'it names a character with \\N{…} (line 1)'],
    ["A = '\\ud83d'", 'it holds half a character (a surrogate) (line 1)'],
    [`A = ${'['.repeat(102)}${']'.repeat(102)}`, 'it is nested deeper than 100 levels (line 1)'],

    ['A = 1\nif B:\n  A = 2', 'it is set inside an if (line 2)'],
    ['A = 1\nif B:\n  pass\nelif C:\n  pass\nelse:\n  A = 2', 'it is set inside an if (line 2)'],
    ['A = 1\ntry:\n  A = 2\nexcept E:\n  pass', 'it is set inside a try (line 2)'],
    ['try:\n  pass\nexcept E as A:\n  pass', 'it is set inside a try (line 1)'],
    ['for A in B: pass', 'it is set inside a loop (line 1)'],
    ['while B:\n  A = 1', 'it is set inside a loop (line 1)'],
    ['with B as A: pass', 'it is set inside a with (line 1)'],
    ['match B:\n  case A: pass', 'it is set inside a match (line 1)'],
    ['B[A := 2]', 'it is set inside an expression (line 1)'],
    ['B = [A := 2]', 'it is an expression, not a literal (line 1)'],
    ['if A := 2: pass', 'it is set inside an if (line 1)'],
    ['while (A := B()): pass', 'it is set inside a loop (line 1)'],
    ["B = f'{(A := 2)}'", 'it is an f-string with fields (line 1)'],
    ['B = [(A := c) for c in D]', 'it is a comprehension (line 1)'],
    ['print(A := 2)', 'it is set inside an expression (line 1)'],
    ['@B\ndef A(): pass', 'it is a function or a class (line 1)'],
    ['if B:\n  if C:\n    (A := 2)', 'it is set inside an if (line 1)'],
    ['A, B = 1, 2', 'it is set together with others (line 1)'],
    ['(A, B) = C', 'it is set together with others (line 1)'],
    ['[B, *A] = C', 'it is set together with others (line 1)'],
    ['B = (A := 2) + 1', 'it is an expression, not a literal (line 1)'],
    ['A = 1\ndel A', 'it is deleted (line 2)'],
    ['A = 1\nfrom x import A', 'it is imported (line 2)'],
    ['from x import B as A', 'it is imported (line 1)'],
    ['import A.b', 'it is imported (line 1)'],
    ['A = 1\ndef A(): pass', 'it is a function (line 2)'],
    ['A = 1\nclass A: pass', 'it is a class (line 2)'],
    ['A += 1', 'it adds to a value that is not known here (line 1)'],
    ['A = 1\nA += B', 'it uses the name B (line 2)'],
    ["A = 1\nA += 'b'", 'it uses + on other than numbers (line 2)'],

    ['A = 1\nfrom .base import *', 'an import of * may set it (line 2)'],
    ['A = 1\nif B:\n  from .base import *', 'an import of * may set it (line 2)'],
    ['from .base import *', 'an import of * may set it (line 1)'],
    ["A = 1\nglobals()['A'] = 2", 'globals() may set it (line 2)'],
    ['A = 1\nlocals().update(B)', 'locals() may set it (line 2)'],
    ["g = globals()\nA = 1\ng['A'] = 2", 'globals() may set it (line 1)'],
    ["A = 1\nsetattr(B, 'A', 2)", 'setattr() may set it (line 2)'],
    ['this = sys.modules[__name__]\nA = 1\nthis.A = 2', '.modules may set it (line 1)'],
    ['A = 1\nexec(B)', 'exec() may set it (line 2)'],
    ["A = 1\ninclude('components/*.py')", 'include() may set it (line 2)'],
    ['def f():\n  globals()[B] = 2\nA = 1\nf()', 'globals() may set it (line 1)'],
    ['def f():\n  global A\n  A = 2\nA = 1\nf()', 'a function may set it (line 1)'],

    ['A = 1\nif B: C = 1; A = 2', 'it is set inside an if (line 2)'],
    ['A = 1\n\uff21 = B', 'it uses the name B (line 2)'],
    ["A = ['a']\nA.append('b')", 'it is changed in place (line 2)'],
    ["A = ['a']\nA[0] = 'b'", 'it is changed in place (line 2)'],
    ["A = {}\nA['a'] = 'b'", 'it is changed in place (line 2)'],
    ["A = ['a']\ndel A[0]", 'it is changed in place (line 2)'],
    ["A = ['a']\nf(A)", 'it is changed in place (line 2)'],
    ["A = ['a']\nif B: A.insert(0, 'b')", 'it is changed in place (line 2)'],
    ["A = ['a']\nB = A\nB += ['b']", 'it is changed in place (line 2)'],
    ["A = B = ['a']\nB += ['b']", 'it is changed in place (line 2)'],
    ["A = B = ['a']\nB.append('b')", 'it is changed in place (line 2)'],
    ["A = ['a']\nclass B:\n  A += ['b']", 'it is changed in place (line 2)'],
    ["def f():\n  A.append('b')\nA = ['a']\nf()", 'a function may change it (line 1)'],
    ["f = lambda: A.append('b')\nA = ['a']\nf()", 'a function may change it (line 1)'],
  ] as const) {
    test(JSON.stringify(text), () => assert.equal(a(text), `computed: ${why}`))
  }

  test('an import of * leaves what is set after it', () => {
    assert.equal(a('from .base import *\nA = 1'), 1)
  })
})

describe('what is no Python is told with its line and what is missing', () => {
  for (const [text, problem] of [
    ["A = 'abc\nB = 2", "1:5 this string is not closed: its ' is missing before the end of the line"],
    ["A = 'abc\\'\nB = 2", "1:5 this string is not closed: its ' is missing before the end of the line"],
    ["f('abc\n)", "1:3 this string is not closed: its ' is missing before the end of the line"],
    ['A = """abc\nB = 2', '1:5 this string is never closed: its """ is missing'],
    ["A = f'abc\nB = 2", "1:5 this string is not closed: its ' is missing before the end of the line"],
    ['A = [1, 2\nB = 3', '1:5 this [ is never closed: its ] is missing'],
    ["A = {\n  'a': 1,\nB = 3", '1:5 this { is never closed: its } is missing'],
    ['A = (1', '1:5 this ( is never closed: its ) is missing'],
    ['A = [1 2]', '1:8 a comma is missing before this'],
    ["A = [\n  'a',\n  1\n  'b',\n]", '4:3 a comma is missing before this'],
    ["A = {'a': 1 'b': 2}", '1:13 a comma is missing before this'],
    ["A = {'a' 1}", '1:10 a : or a comma is missing before this'],
    ['A = [1, 2)', '1:10 ) does not close this [: write ]'],
    ['A = 1)', '1:6 nothing before this ) is open for it to close'],
    ['A =\nB = 1', '1:3 a value is missing after ='],
    ['A = 1 +\nB = 1', '1:7 a value is missing after +'],
    ['A 1200', '1:3 = is missing after A'],
    ['A = 20 minutes', '1:8 the line should end before minutes'],
    ['A := 1', '1:3 write = in place of :='],
    ['if x\n  pass', '1:5 a : is missing at the end of this line'],
    ['  A = 1', '1:3 this line begins with spaces; take them away'],
    ['A = 1\n  B = 2', '2:3 this line begins with spaces; take them away'],
    ['$A = 1', '1:1 $ means nothing in Python'],
    ['A = “abc”', '1:5 “ is no quote of Python; use \' or "'],
    ["'A' = 1", '1:1 only a name can stand before =, and it has no quotes'],
    ['A = 0777', '1:5 a number does not begin with 0; write it without, or octal as 0o17'],
    ['A = 12_', '1:5 this is no number; write digits, such as 1200 or 1_200'],
    ["A = '\\x1'", '1:5 \\x needs 2 hex digits after it'],
    ["A = '\\U00110000'", '1:5 there is no character beyond \\U0010ffff'],
    ["A = b'é'", '1:5 bytes hold ASCII characters only'],
    ["A = 'a' b'b'", '1:5 a string and bytes cannot be joined'],
    ['A = 1\nB = "\0"', '2:6 Python reads no file with a null character'],
  ] as const) {
    test(JSON.stringify(text), () => {
      assert.deepEqual(problems(text), [problem])
      assert.deepEqual(problems(text, { literalsOnly: true }), [problem])
    })
  }

  test('offsets are those of the text, for an editor', () => {
    const text = '\ufeff# ☃ 😀\r\nA = 1\r\nB = [1 2]\r\n'
    const [problem] = parseDjangoSettings(text).problems
    assert.deepEqual(problem, { line: 3, column: 8, from: 23, to: 24, message: 'a comma is missing before this' })
    assert.equal(text.slice(23, 24), '2')
  })

  test('names on lines that are whole are read all the same', () => {
    const { settings } = parseDjangoSettings("A = 1\nB = 'x\nC = 3\n")
    assert.deepEqual(
      [...settings.values()].map((found: Assignment) => ('value' in found ? found.value : undefined)),
      [1, undefined, 3],
    )
  })

  test('no message shows a key that lacks a quote', () => {
    const key = 'k9Zq3vXw7pLm2sRt8uYb4nCd6fGh1jKe'
    for (const line of [
      `= ${key}`,
      `= '${key}`,
      `= ${key}'`,
      `= ${key}$x`,
      `= 1${key}`,
      `${key}`,
      `= x ${key}`,
      `= (${key}-${key}'`,
    ]) {
      for (const literalsOnly of [true, false]) {
        const file = parseDjangoSettings(`SECRET_KEY ${line}\n`, { literalsOnly })
        assert.ok(!JSON.stringify([[...file.settings], file.problems]).includes(key.slice(0, 8)), line)
      }
    }
  })
})

describe('where only literals are allowed, everything else is a problem', () => {
  for (const [text, problem] of [
    ["A = env('A')", '1:5 write a literal here, such as LITERALS: it calls env()'],
    ['A = true', '1:5 write a literal here, such as LITERALS: it uses the name true; Python writes True'],
    ['A, B = 1, 2', '1:1 only comments and NAME = value are allowed here'],
    ["A = 1\n'text'", '2:1 only comments and NAME = value are allowed here'],
    ['import os', '1:1 only comments and NAME = value are allowed here'],
    ['if True:\n  A = 1', '1:1 only comments and NAME = value are allowed here'],
    ['pass', '1:1 only comments and NAME = value are allowed here'],
    ['A', '1:1 = and a value are missing: A = …'],
    ['A: 1200', '1:1 write A = …, with = in place of :'],
    ['A == 1200', '1:1 write A = …, with = in place of =='],
    ['session_cookie_age = 1', '1:1 Django reads names in capital letters only: SESSION_COOKIE_AGE = …'],
    ['__proto__ = 1', '1:1 Django reads names in capital letters only: __PROTO__ = …'],
  ] as const) {
    test(JSON.stringify(text), () => {
      const expected = problem.replace('LITERALS', "'text', 1200, True, False, None or ['a', 'b']")
      assert.deepEqual(problems(text, { literalsOnly: true }), [expected])
      assert.deepEqual(problems(text), [])
    })
  }

  test('a docstring, comments and literals are not', () => {
    const text = `"""Settings."""\n\n# The four.\nA = 60 * 20  # seconds\nB = C = True\nD: list = [\n  'a',\n]\nD += ['b']\n`
    assert.deepEqual(problems(text, { literalsOnly: true }), [])
  })
})

describe('hostile input', () => {
  test('a name of Object.prototype is a name as any other', () => {
    const { settings } = parseDjangoSettings("__proto__ = {'polluted': 1}\nconstructor = 2\nhasOwnProperty = 3\n")
    assert.deepEqual([...settings.keys()], ['__proto__', 'constructor', 'hasOwnProperty'])
    assert.equal(Reflect.get({}, 'polluted'), undefined)
    assert.deepEqual(a("A = {'__proto__': 1}"), new Map([['__proto__', 1]]))
  })

  // The time is not asserted; what would not end in time runs into the limit.
  const long = 262_144
  for (const [what, text] of Object.entries({
    'a megabyte of brackets': '['.repeat(1e6),
    'open brackets': 'A = '.padEnd(long, '['),
    'closing brackets': ']'.repeat(long),
    'pairs of brackets': `A = ${'('.repeat(long / 2 - 2)}${')'.repeat(long / 2 - 2)}`,
    'a short text of brackets': ']'.repeat(32_768),
    'a target in brackets': `${'('.repeat(100_000)}A${')'.repeat(100_000)} = 1`,
    colons: ':'.repeat(32_768),
    'a long sum': `A = ${'1+'.repeat(long / 2 - 3)}1`,
    'a long number': 'A = '.padEnd(long, '9'),
    quotes: "'".repeat(long - 1),
    lambdas: 'lambda:'.repeat(30_000),
    'nested blocks': Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}if x:\n`).join(''),
    'backslashes and ends of lines': '\\\n'.repeat(long / 2),
  })) {
    test(`${what}: ends with problems or without a value`, { timeout: 20_000 }, () => {
      const file = parseDjangoSettings(text)
      assert.ok(file.problems.length <= 20)
      assert.ok(file.problems.length > 0 || [...file.settings.values()].every((found) => 'computed' in found))
    })
  }

  for (const [what, text] of Object.entries({
    'many lines': 'A = 1\n'.repeat(long / 6 - 1),
    'many imports of *': `${'from x import *\nA = 1\n'.repeat(11_000)}`,
    'many names': Array.from({ length: 15_000 }, (_, index) => `A${index} = [1]\n`).join(''),
    'a long list': `A = [${'1,'.repeat(100_000)}]`,
    'a long hex number': `A = 0x${'f'.repeat(200_000)}`,
    'a product of long numbers': `A = ${`${'9'.repeat(4300)}*`.repeat(60)}1`,
    'a long string of escapes': `A = '${'\\n'.repeat(100_000)}'`,
    'many joined strings': `A = ${"'a' ".repeat(60_000)}`,
    'sums upon sums': `A = [1]\n${'A += [1]\n'.repeat(2000)}`,
  })) {
    test(`${what}: is read`, { timeout: 20_000 }, () => {
      const file = parseDjangoSettings(text)
      assert.deepEqual(file.problems, [])
      assert.ok([...file.settings.values()].some((found) => 'value' in found))
    })
  }
})
