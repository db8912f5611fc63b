import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { emptyData, type Data } from '../../../src/core/data.ts'
import { parsePython, writePython } from '../../../src/django/wire/python-json.ts'

// What Python reads and writes itself is in session-text.test.ts. Here is what it cannot know: a base, and other values.

describe('a number keeps how Python wrote it', () => {
  const base =
    '{"float": 1.0, "int": 1, "big": 9223372036854775809, "list": [1.0, NaN, -0.0, 1E400], "deep": {"a": [{"b": 1e16}]}}'

  test('where nothing changed, however much is around it', () => {
    const data = parsePython(base)
    data['more'] = 'ü'
    assert.equal(writePython(data, base), `${base.replaceAll(' ', '').slice(0, -1)},"more":"\\u00fc"}`)
  })

  test('where it was set to the value that it had', () => {
    const data = { float: 1, int: 1, big: Number(9223372036854775809n), list: [1, NaN, -0, Infinity] }
    const written = '{"float":1.0,"int":1,"big":9223372036854775809,"list":[1.0,NaN,-0.0,1E400]}'
    assert.equal(writePython(data, base), written)
  })

  test('and not where it is another number, or elsewhere, or there is no base', () => {
    const moved = { float: 2, other: 1, big: 2 ** 63 + 2048, list: [0, 1, 0, 1], deep: [1], int: { a: 1 } }
    const written = '{"float":2,"other":1,"big":9223372036854777856,"list":[0,1,0,1],"deep":[1],"int":{"a":1}}'
    assert.equal(writePython(moved, base), written)
    assert.equal(writePython({ float: 1, list: [1] }), '{"float":1,"list":[1]}')
  })

  test('in every place where one may stand', () => {
    const texts = ['{"a":1.0}', '{"a":[1.0]}', '{"a": [ 1.0 ]}', '{"a":{"b":1.0}}', '{"a":[0,1e5]}', '{"a":[0,\n-0]}']
    for (const text of [...texts, '{"a":1234567890123456}', '{"a":-12345678901234567}', '{"a":[0,-Infinity]}']) {
      assert.equal(writePython(parsePython(text), text), text.replaceAll(/\s/g, ''))
    }
  })
})

test('an int that JavaScript rounds is never taken for another of its array', () => {
  const [a, b, c] = ['9223372036854775809', '9223372036854775810', '18446744073709551617']
  const one = `{"l":[{"id":${a}},5,{"id":${c}}]}`
  const list = (base: string): unknown[] => parsePython(base)['l'] as unknown[]
  const removed = (base: string, count: number): string => writePython({ l: list(base).slice(count) }, base)
  assert.equal(removed(one, 1), `{"l":[5,{"id":${c}}]}`)
  assert.equal(writePython({ l: [0, ...list(one)] }, one), `{"l":[0,${one.slice(6)}`)
  const alike = `{"l":[{"id":${a}},{"id":${b}},5],"n":1}`
  assert.equal(removed(alike, 0), alike.replace(',"n":1', ''))
  for (const base of [alike, `{"l":[[${a}],[${b},${b}]]}`]) {
    assert.throws(() => removed(base, 1), { code: 'ERR_DATA_VALUE' })
  }
  assert.throws(() => writePython({ l: list(alike).toReversed() }, alike), { code: 'ERR_DATA_VALUE' })
  assert.equal(removed(alike, 2), '{"l":[5]}')
})

test('an int is written in full, a large float as one', () => {
  const data = { a: 2 ** 63, b: -(2 ** 53), c: 1e21, d: 0.1, e: 1e-7, f: -0 }
  assert.equal(writePython(data), '{"a":9223372036854775808,"b":-9007199254740992,"c":1e+21,"d":0.1,"e":1e-7,"f":0}')
})

test('everything but ASCII is escaped, keys too', () => {
  const data = { 'ü\u007f': '\u0000\b\t\n\f\r"\\/ \u0080\u2028\ud83d🍪\uffff' }
  const written = String.raw`{"\u00fc\u007f":"\u0000\b\t\n\f\r\"\\/ \u0080\u2028\ud83d\ud83c\udf6a\uffff"}`
  assert.equal(writePython(data), written)
  assert.deepEqual({ ...parsePython(written) }, data)
})

test('__proto__ is a key like any other, at every depth and in either reader', () => {
  for (const number of ['1', 'NaN']) {
    const json = `{"__proto__":{"__proto__":{"isAdmin":true},"n":${number}},"constructor":null,"toString":0}`
    const data = parsePython(json)
    assert.equal(Object.getPrototypeOf(data), null)
    assert.equal((data['__proto__'] as Data)['isAdmin'], undefined)
    assert.equal(writePython(data, json), json)
  }
})

test('what is not JSON is a TypeError that shows nothing of it', () => {
  for (const value of [
    undefined,
    () => 'secret',
    Symbol('secret'),
    1n,
    [undefined],
    Object.assign([], { length: 2 }),
    { a: undefined },
  ]) {
    assert.throws(
      () => writePython({ value }),
      (error: Error) => {
        assert.equal((error as { code?: unknown }).code, 'ERR_DATA_VALUE')
        return error instanceof TypeError && !error.message.includes('secret')
      },
    )
  }
})

test('what contains itself is an error', () => {
  const data = emptyData()
  data['self'] = data
  assert.throws(() => writePython(data), { code: 'ERR_DATA_LIMIT' })
})

test('an error in reading shows nothing of what was read', () => {
  for (const json of [
    '{"secret":"secret\n"}',
    '{"secret":',
    '{"secret"}',
    '["secret"]',
    '"secret"',
    'secret',
    '{"a":NaN,"secret\\x"}',
  ]) {
    assert.throws(
      () => parsePython(json),
      (error: Error) => error instanceof SyntaxError && !error.message.includes('secret'),
    )
  }
})
