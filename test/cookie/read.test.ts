import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MOST_VALUES, readCookie } from '../../src/cookie/read.ts'

const NAME = '__Host-session'

describe('reading the Cookie header', () => {
  for (const [header, expected] of [
    [`${NAME}=v`, ['v']],
    [`a=1; ${NAME}=v; b=2`, ['v']],
    [`a=1;${NAME}=v;b=2`, ['v']],
    [`;;; \t${NAME}=v\t ;;`, ['v']],
    [`${NAME}=`, ['']],
    [`${NAME}=a=b`, ['a=b']],
    [`${NAME}="v"`, ['"v"']],
    [`${NAME}=%76`, ['%76']],
    [`${NAME}=one; ${NAME}=two`, ['one', 'two']],
    [`${NAME}=one; ${NAME}=one`, ['one']],
    [`x="a; ${NAME}=v; b"`, ['v']],
    [`$Version=1; ${NAME}=v; $Path=/`, ['v']],
    ['', []],
    [NAME, []],
    [`=${NAME}=v`, []],
    [`__host-session=v`, []],
    [`%5F%5FHost-session=v`, []],
    [`\u00a0${NAME}=v`, []],
    [`\u2000${NAME}=v`, []],
    [`${NAME} =v`, []],
    [`${NAME}[]=v`, []],
    [`x${NAME}=v`, []],
    [`a=1, ${NAME}=v`, []],
    [`..Host-session=v`, []],
  ] as const) {
    test(`${JSON.stringify(header)} holds ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(readCookie(header, NAME), expected)
    })
  }

  test('stops after a few values, for each costs an HMAC', () => {
    const header = Array.from({ length: 1000 }, (_, index) => `${NAME}=${index}`).join('; ')
    assert.equal(readCookie(header, NAME).length, MOST_VALUES)
  })

  test('reads 100,000 semicolons and 10,000 pairs in one pass', () => {
    assert.deepEqual(readCookie(`${';'.repeat(100_000)}${NAME}=v`, NAME), ['v'])
    assert.deepEqual(readCookie(`${'a=;'.repeat(10_000)}${NAME}=v`, NAME), ['v'])
  })
})
