import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDjangoSettings, type PythonValue } from '../../src/django.ts'

// Literals written in all the ways that Python knows, read here and by Python itself.

const NO_PYTHON =
  process.env['CI'] === undefined && spawnSync('python3', ['--version']).status !== 0 ? 'python3 is not there' : false

const PYTHON = `
import json, sys

def plain(value):
    if isinstance(value, bool) or value is None: return value
    if isinstance(value, int): return {'int': str(value)}
    if isinstance(value, float): return {'float': value.hex()}
    if isinstance(value, str): return {'text': [ord(c) for c in value]}
    if isinstance(value, bytes): return {'bytes': list(value)}
    if isinstance(value, (list, tuple)): return {'list': [plain(item) for item in value]}
    if isinstance(value, set): return {'set': sorted(json.dumps(plain(item)) for item in value)}
    return {'dict': [[plain(key), plain(item)] for key, item in value.items()]}

def read(source):
    names = {}
    try: exec(compile('A = ' + source + '\\n', '', 'exec'), {'__builtins__': {}}, names)
    except Exception as error:
        if 'A' not in names: return {'error': type(error).__name__} # What fails on a later line is none of ours.
    return {'value': plain(names['A'])}

import warnings
warnings.simplefilter('ignore')
json.dump([read(source) for source in json.load(sys.stdin)], sys.stdout)
`

const character = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...'abcxnu01 {}#=,é☃') },
  { weight: 2, arbitrary: fc.constantFrom('😀', '\t', "'", '"', '\n') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        '\\\\',
        "\\'",
        '\\"',
        '\\n',
        '\\t',
        '\\r',
        '\\a',
        '\\b',
        '\\f',
        '\\v',
        '\\0',
        '\\7',
        '\\101',
        '\\x41',
        '\\xff',
      ],
      ...['\\u2603', '\\U0001F600', '\\d', '\\8', '\\ ', '\\\n', '\\x4', '\\u12', '\\777'],
    ),
  },
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
  const sources = fc.sample(expression, {
    numRuns: 4000,
    ...(process.env['SEED'] ? { seed: Number(process.env['SEED']) } : {}),
  })
  const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], {
    input: JSON.stringify(sources),
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  const theirs = JSON.parse(stdout || stderr) as readonly ({ value: unknown } | { error: string })[]
  const seen = { values: 0, errors: 0 }
  for (const [index, source] of sources.entries()) {
    const python = theirs[index]
    assert.ok(python)
    const file = parseDjangoSettings(`A = ${source}\n`)
    const found = file.problems.length === 0 ? file.settings.get('A') : undefined
    if (found !== undefined && 'value' in found) {
      // An int and a float of one value are one number here.
      assert.ok('value' in python, `${JSON.stringify(source)}: Python has ${JSON.stringify(python)}`)
      assert.deepEqual(withoutFloats(plain(found.value)), withoutFloats(python.value), JSON.stringify(source))
      seen.values++
    } else if ('error' in python) seen.errors++
    else assert.match(JSON.stringify([found, file.problems]), REFUSED_ON_PURPOSE, JSON.stringify(source))
  }
  assert.ok(seen.values > 1000 && seen.errors > 100, JSON.stringify(seen))
})

/** Python would know the value; it is not read here, and the reason says so. */
const REFUSED_ON_PURPOSE = /other than|uses \/\/|too large/

test('any text ends with a file that holds together', { timeout: 60_000 }, () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'\n\n\n\t =:,.;#\\\'"()[]{}+-*/@$',
      "'''",
      '"""',
      '    ',
      'A',
      'B_1',
      'é',
      '😀',
      '\r\n',
      '\r',
      '\0',
      '\ufeff',
    ),
    fc.constantFrom(
      ' if ',
      'else',
      'def f',
      'class C',
      'import ',
      'from x ',
      '*',
      'lambda',
      'True',
      '12',
      '0x',
      "f'{",
      'global A',
    ),
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
