import fc from 'fast-check'
import { DJANGOS, startDjango, type Django } from '../../support/django.ts'

export const KEYS = ['django_tests_secret_key', 'short', 'ü'.repeat(40)] as const

/** Every Django that is here, once it runs. `stop` them at the end. */
export async function everyDjango(): Promise<{ all: readonly Django[]; stop: () => Promise<void> }> {
  const all = await Promise.all(DJANGOS.map((python) => startDjango(python, { settings: SETTINGS, modules: ['wire'] })))
  return { all, stop: async () => void (await Promise.all(all.map((one) => one.stop()))) }
}

/** JSON texts of dicts as Python may write them: numbers of every kind, any key, halves of surrogate pairs. */
export function pythonDicts(): fc.Arbitrary<string> {
  const text = fc
    .oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 5 }).map((units) => String.fromCharCode(...units)),
      fc.constantFrom(
        '__proto__',
        'constructor',
        'toJSON',
        '_auth_user_id',
        '0',
        '-0',
        '\u007f',
        '\u2028',
        'a'.repeat(300),
      ),
    )
    .map((one) => JSON.stringify(one))
  const number = fc.oneof(
    fc.integer().map(String),
    fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).map(String),
    fc.double().map((one) => (Number.isInteger(one) ? `${one.toExponential()}` : String(one))),
    fc.constantFrom(
      '1.0',
      '-0',
      '-0.0',
      '1e16',
      '1E-7',
      '9223372036854775809',
      'NaN',
      'Infinity',
      '-Infinity',
      '1e999',
    ),
  )
  const leaf = fc.oneof(text, number, fc.constantFrom('true', 'false', 'null'))
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, leaf, list(tie('value')), dict(text, tie('value'))),
  }))
  return dict(text, value)
}

function list(items: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(items, { maxLength: 5 }).map((all) => `[${all.join(', ')}]`)
}

function dict(keys: fc.Arbitrary<string>, values: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(keys, values), { maxLength: 6 })
    .map((all) => `{${all.map(([key, value]) => `${key}: ${value}`).join(', ')}}`)
}

const SETTINGS = {
  SECRET_KEY: 'x',
  INSTALLED_APPS: ['django.contrib.auth', 'django.contrib.contenttypes', 'django.contrib.sessions'],
}
