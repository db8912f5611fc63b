import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDjangoSettings, type PythonValue } from '../../src/django.ts'

// Literals written in all the ways that Python knows, read here and by Python itself.

const NO_PYTHON =
  process.env['CI'] === undefined && spawnSync('python3', ['--version']).status !== 0 ? 'python3 is not there' : false

const PLAIN = `
import contextlib, io, json, sys, types, warnings
warnings.simplefilter('ignore')

def plain(value):
    if isinstance(value, bool) or value is None: return value
    if isinstance(value, int): return {'int': str(value)}
    if isinstance(value, float): return {'float': value.hex()}
    if isinstance(value, str): return {'text': [ord(c) for c in value]}
    if isinstance(value, bytes): return {'bytes': list(value)}
    if isinstance(value, (list, tuple)): return {'list': [plain(item) for item in value]}
    if isinstance(value, set): return {'set': sorted(json.dumps(plain(item)) for item in value)}
    if isinstance(value, dict): return {'dict': [[plain(key), plain(item)] for key, item in value.items()]}
    return {'other': type(value).__name__}
`

/** The value of A in a file that sets it. */
const READS = `${PLAIN}
def answer(text):
    names = {}
    try: exec(compile(text, '', 'exec'), {'__builtins__': {}}, names)
    except Exception as error:
        if 'A' not in names: return {'error': type(error).__name__} # What fails on a later line is none of ours.
    return {'value': plain(names['A'])}
`

/** The names at the end of a file, or None when it fails. */
const RUNS = `${PLAIN}
def answer(text):
    names = {}
    try:
        with contextlib.redirect_stdout(io.StringIO()): exec(compile(text, '', 'exec'), names)
        return {name: plain(names[name]) for name in 'ABC' if name in names}
    except (Exception, RecursionError): return None
`

function python(program: string, texts: readonly string[]): unknown {
  const code = `${program}\njson.dump([answer(text) for text in json.load(sys.stdin)], sys.stdout)\n`
  const input = JSON.stringify(texts)
  const { stdout, stderr } = spawnSync('python3', ['-c', code], { input, encoding: 'utf8', maxBuffer: 1e9 })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

/** To try others: `SEED=7`. */
const SEED = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }

const ESCAPES =
  String.raw`\\ \' \" \n \t \r \a \b \f \v \0 \7 \101 \x41 \xff \u2603 \U0001F600 \d \8 \x4 \u12 \777`.split(' ')

const character = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...Array.from('abcxnu01 {}#=,é☃')) },
  { weight: 2, arbitrary: fc.constantFrom('😀', '\t', "'", '"', '\n') },
  { weight: 4, arbitrary: fc.constantFrom('\\ ', '\\\n', ...ESCAPES) },
)

const string = fc
  .tuple(
    fc.constantFrom('', '', '', 'r', 'R', 'u', 'b', 'B', 'rb', 'bR'),
    fc.constantFrom("'", '"', "'''", '"""'),
    fc.array(character, { maxLength: 8 }),
  )
  .map(([prefix, quote, characters]) => prefix + quote + characters.join('') + quote)

const int = fc.oneof(
  fc.nat(2000).map(String),
  fc.constantFrom('0', '00', '0_0', '1_000', '0x1F', '0XfF_0', '0o17', '0b1_01', '007', '1__0', '9007199254740993'),
  fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String),
)
const float = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }).map((value) => value.toString()),
  fc.constantFrom('1.5', '.5', '1e3', '1E-3', '1_0.0_1', '0.0', '1e400', '00.5'),
)

const { expression } = fc.letrec<{ expression: string; key: string; number: string }>((tie) => ({
  key: fc.oneof(string, int, float, fc.constantFrom('True', 'False', 'None')),
  number: fc.oneof(
    { withCrossShrink: true },
    int,
    float,
    fc.tuple(fc.constantFrom('-', '+'), tie('number')).map(([sign, value]) => `${sign}${value}`),
    fc
      .tuple(tie('number'), fc.constantFrom(' + ', ' - ', '*', ' // '), tie('number'))
      .map(([left, operator, right]) => `${left}${operator}${right}`),
    tie('number').map((value) => `(${value})`),
  ),
  expression: fc.oneof(
    { withCrossShrink: true, depthSize: 'small' },
    fc.constantFrom('True', 'False', 'None'),
    string,
    tie('number'),
    fc.tuple(string, string).map(([left, right]) => `${left} ${right}`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `(${items.map((item) => `${item},`).join('\n')})`),
    fc.array(tie('key'), { minLength: 1, maxLength: 4 }).map((items) => `{${items.join(', ')}}`),
    fc
      .array(fc.tuple(tie('key'), tie('expression')), { maxLength: 4 })
      .map((entries) => `{${entries.map(([key, value]) => `${key}: ${value}`).join(', # comment\n')}}`),
    fc.tuple(tie('expression'), tie('expression')).map(([left, right]) => `${left} + ${right}`),
  ),
}))

test('a literal has the value that Python gives it, or none', { skip: NO_PYTHON, timeout: 60_000 }, () => {
  const sources = fc.sample(expression, { numRuns: 4000, ...SEED })
  const theirs = python(
    READS,
    sources.map((source) => `A = ${source}\n`),
  ) as readonly ({ value: unknown } | { error: string })[]
  const seen = { values: 0, errors: 0 }
  for (const [index, source] of sources.entries()) {
    const there = theirs[index]
    assert.ok(there)
    const file = parseDjangoSettings(`A = ${source}\n`)
    const found = file.problems.length === 0 ? file.settings.get('A') : undefined
    if (found !== undefined && 'value' in found) {
      // An int and a float of one value are one number here.
      assert.ok('value' in there, `${JSON.stringify(source)}: Python has ${JSON.stringify(there)}`)
      assert.deepEqual(withoutFloats(plain(found.value)), withoutFloats(there.value), JSON.stringify(source))
      seen.values++
    } else if ('error' in there) seen.errors++
    else assert.match(JSON.stringify([found, file.problems]), REFUSED_ON_PURPOSE, JSON.stringify(source))
  }
  assert.ok(seen.values > 1000 && seen.errors > 100, JSON.stringify(seen))
})

/** Python would know the value; it is not read here, and the reason says so. */
const REFUSED_ON_PURPOSE = /other than|uses \/\/|too large/

test(
  'a name that is told to have a value has it when Python runs the file',
  { skip: NO_PYTHON, timeout: 60_000 },
  () => {
    const name = fc.constantFrom('A', 'B', 'C')
    const literal = fc.constantFrom('1', '[1]', "{'a': [1]}", '([1],)', "'a'", '[]', '{}', '()')
    const simple = fc.oneof(
      fc.tuple(name, literal).map(([a, value]) => `${a} = ${value}`),
      fc.tuple(name, name, literal).map(([a, b, value]) => `${a} = ${b} = ${value}`),
      fc.tuple(name, fc.constantFrom('+', '-', '*'), literal).map(([a, sign, value]) => `${a} ${sign}= ${value}`),
      fc.tuple(name, name).map(([a, b]) => `${a} = ${b}`),
      fc.tuple(name, name).map(([a, b]) => `${a}, *${b} = 7, 8`),
      fc.tuple(name, name).map(([a, b]) => `${a} = [${b}]`),
      fc.tuple(name, name).map(([a, b]) => `for ${a} in [3]: ${b} = ${a}`),
      name.map((a) => `${a}.append(2)`),
      name.map((a) => `${a}[0] = 3`),
      name.map((a) => `${a}['a'].append(3)`),
      name.map((a) => `print((${a} := 5))`),
      name.map((a) => `print(${a} := 5)`),
      name.map((a) => `{}.get(${a} := 5, [${a} := [6]])`),
      name.map((a) => `del ${a}`),
      name.map((a) => `del ${a}[:]`),
      name.map((a) => `globals()['${a}'] = 6`),
      name.map((a) => `D = globals(); ${a} = 1; D['${a}'] = 6`),
      name.map((a) => `import json as ${a}`),
      name.map((a) => `from json import loads as ${a}`),
      name.map((a) => `class ${a}: pass`),
      name.map((a) => `class D: ${a} += [4]`),
      name.map((a) => `(lambda: ${a}.append(9))()`),
      fc.constantFrom('f()', 'from math import *', 'pass', "''", 'A; B'),
    )
    const plainly = simple.filter((line) => !/^(?:for|class) /.test(line))
    const statement = fc.oneof(
      { weight: 4, arbitrary: simple },
      { weight: 1, arbitrary: fc.tuple(plainly, plainly).map(([one, two]) => `if True: ${one}; ${two} # \\`) },
      { weight: 1, arbitrary: fc.tuple(plainly, plainly).map(([one, two]) => `${one}; \\\n  ${two};`) },
      { weight: 1, arbitrary: simple.map((line) => `if True: ${line}`.replace(/: (for|class) /, ':\n  $1 ')) },
      { weight: 1, arbitrary: simple.map((line) => `try:\n  ${line}\nexcept Exception as C:\n  A = 0`) },
      { weight: 1, arbitrary: fc.tuple(name, simple).map(([a, line]) => `def f():\n  global ${a}\n  ${line}`) },
      { weight: 1, arbitrary: simple.map((line) => `def f():\n  ${line}`) },
      { weight: 1, arbitrary: simple.map((line) => `with open('/dev/null') as A:\n  ${line}`) },
      { weight: 1, arbitrary: simple.map((line) => `match [1]:\n  case [B]:\n    ${line}`) },
    )
    const files = fc
      .sample(fc.tuple(literal, literal, fc.array(statement, { minLength: 1, maxLength: 5 })), {
        numRuns: 6000,
        ...SEED,
      })
      .map(([a, b, lines]) => `def f(): pass\nA = ${a}\nB = ${b}\nC = A = [1]\n${lines.join('\n')}\n`)
    const theirs = python(RUNS, files) as readonly (Record<string, unknown> | null)[]
    const seen = { values: 0, computed: 0 }
    for (const [index, text] of files.entries()) {
      const names = theirs[index]
      if (names === null || names === undefined) continue // It fails when it is run, and Django with it.
      const { settings, others, problems } = parseDjangoSettings(text)
      assert.deepEqual(problems, [], text)
      for (const name of ['A', 'B', 'C']) {
        const found = settings.get(name) ?? others
        if (found === undefined) assert.ok(!Object.hasOwn(names, name), text)
        else if ('value' in found) {
          assert.deepEqual(withoutFloats(plain(found.value)), withoutFloats(names[name]), `${name} in\n${text}`)
          seen.values++
        } else seen.computed++
      }
    }
    assert.ok(seen.values > 500 && seen.computed > 500, JSON.stringify(seen))
  },
)

test('any text ends with a file that holds together', { timeout: 60_000 }, () => {
  const piece = fc.oneof(
    fc.constantFrom(...Array.from('\n\n\n\t =:,.;#\\\'"()[]{}+-*/@$é😀\r\0\ufeffA')),
    fc.constantFrom(
      "'''",
      '"""',
      '    ',
      'B_1',
      '\r\n',
      ' if ',
      'else',
      'def f',
      'class C',
      'import ',
      'from x ',
      'lambda',
    ),
    fc.constantFrom('True', '12', '0x', "f'{", 'global A'),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.boolean(), (pieces, literalsOnly) => {
      const text = pieces.join('')
      const { problems, settings } = parseDjangoSettings(text, { literalsOnly })
      const lines = text.split(/\r\n|\r|\n/)
      for (const { line, column, from, to, message } of problems) {
        assert.ok(from >= 0 && from <= to && to <= text.length)
        const before = text.slice(0, from).split(/\r\n|\r|\n/)
        assert.deepEqual([line, column], [before.length, (before.at(-1)?.length ?? 0) + 1])
        assert.ok(message !== '')
      }
      for (const { line } of settings.values()) assert.ok(line >= 1 && line <= lines.length)
    }),
    { numRuns: 3000 },
  )
})

/** As the program in Python puts it. */
function plain(value: PythonValue): unknown {
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'bigint') return { int: String(value) }
  if (typeof value === 'number') return { float: value }
  if (typeof value === 'string') return { text: Array.from(value, (one) => one.codePointAt(0)) }
  if (value instanceof Uint8Array) return { bytes: [...value] }
  if (value instanceof Map) return { dict: [...value].map(([key, item]) => [plain(key), plain(item)]) }
  if (value instanceof Set) return { set: [...value].map((item) => JSON.stringify(plain(item))).toSorted() }
  return { list: (value as readonly PythonValue[]).map(plain) }
}

function withoutFloats(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFloats)
  if (typeof value !== 'object' || value === null) return value
  const { int, float, set, ...rest } = value as Record<string, unknown>
  if (int !== undefined) return Number.isSafeInteger(Number(int)) ? Number(int) : BigInt(int as string)
  if (float !== undefined) return typeof float === 'string' ? fromHex(float) : float
  if (set !== undefined) {
    const items = (set as readonly string[]).map((item) => withoutFloats(JSON.parse(item)))
    return {
      set: items
        .map((item) => JSON.stringify(item, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)))
        .toSorted(),
    }
  }
  return Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, withoutFloats(part)]))
}

/** Python's `float.hex()`, which loses nothing. */
function fromHex(text: string): number {
  if (text.endsWith('inf')) return text.startsWith('-') ? -Infinity : Infinity
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^(-?)0x([01])\.([\da-f]+)p([+-]\d+)$/.exec(text) ?? []
  const mantissa = Number.parseInt(whole + fraction, 16)
  const power = Number(exponent) - 4 * fraction.length
  const value = power < -1000 ? mantissa * 2 ** (power + 100) * 2 ** -100 : mantissa * 2 ** power
  return sign === '-' ? -value : value
}
