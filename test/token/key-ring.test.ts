import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createKeyRing, keyProblem } from '../../src/token/key-ring.ts'

const OLD = 'an old key of forty characters 0123456789'
const NEW = 'a new key of forty characters, 9876543210'

const PLACEHOLDERS =
  'keyboard cat,keyboardcat,KEYBOARD CAT,secret,changeme,change-me,change_me,change me,password,default,your-secret,' +
  'your_key,your key,my-secret,my secret,insert,replaceme,replace-me,replace_me,some-secret,some secret,example,test'

describe('a key ring', () => {
  test('tells which key sealed', () => {
    const tag = createKeyRing([OLD]).seal('token', ['a', 'b'])
    assert.equal(createKeyRing([OLD]).verify('token', ['a', 'b'], tag), 'first')
    assert.equal(createKeyRing([NEW, OLD]).verify('token', ['a', 'b'], tag), 'older')
    assert.equal(createKeyRing([NEW]).verify('token', ['a', 'b'], tag), 'none')
  })

  test('binds a seal to its purpose', () => {
    const ring = createKeyRing([OLD])
    assert.equal(ring.verify('record', ['a'], ring.seal('token', ['a'])), 'none')
  })

  test('frames its fields, so that shifting a character between them breaks the seal', () => {
    const ring = createKeyRing([OLD])
    const tag = ring.seal('token', ['ab', 'c'])
    assert.equal(ring.verify('token', ['a', 'bc'], tag), 'none')
    assert.equal(ring.verify('token', ['abc'], tag), 'none')
    assert.equal(ring.verify('token', ['ab', 'c', ''], tag), 'none')
    assert.equal(ring.verify('token', ['ab', Buffer.from('c')], tag), 'first')
  })

  test('accepts a shortened tag of 16 bytes, and nothing shorter or longer than the whole', () => {
    const ring = createKeyRing([OLD])
    const tag = ring.seal('token', ['a'])
    assert.equal(ring.verify('token', ['a'], tag.subarray(0, 16)), 'first')
    assert.equal(ring.verify('token', ['a'], tag.subarray(0, 15)), 'none')
    assert.equal(ring.verify('token', ['a'], Buffer.alloc(0)), 'none')
    assert.equal(ring.verify('token', ['a'], Buffer.concat([tag, Buffer.alloc(1)])), 'none')
  })

  test('seals for ever alike: another tag would sign everybody out', () => {
    const ring = createKeyRing([OLD])
    assert.equal(
      ring.seal('token', ['a', Buffer.from('b')]).toString('base64url'),
      'Y-Jci-3iQX65RBAGTSpfxjAHViYIwfMCorNKWzOVIhQ',
    )
    assert.equal(
      ring.seal('record', ['a', Buffer.from('b')]).toString('base64url'),
      'IsTJkvWZ0eVwXNp8ghH1kimADt4pmraHmrbpInv3Wyc',
    )
  })

  test('takes a key of just 32 bytes, with just 8 different characters', () => {
    createKeyRing(['abcdefgh'.repeat(4)])
    createKeyRing(['€uro, ten of them: € € € € € €'.slice(0, 24)]) // Bytes count, not characters.
  })

  for (const [key, problem] of [
    [undefined, 'is undefined, not a string'],
    [42, 'is a number, not a string'],
    ['abcdefghijklmnopqrstuvwxyz01234', 'has 31 bytes; the shortest safe key has 32'],
    ['abcdefg'.repeat(5), 'repeats a few characters'],
    ...PLACEHOLDERS.split(',').map(
      (text) => [`${text} 0123456789 abcdefghijklmnopq`, 'begins like a placeholder from a tutorial'] as const,
    ),
  ] as const) {
    test(`says of ${String(key)}: ${problem}`, () => {
      assert.equal(keyProblem(key), problem)
      assert.throws(() => createKeyRing([OLD, key as string]), { message: new RegExp(`keys\\[1\\] ${problem}`) })
    })
  }

  test('finds a placeholder at the beginning only', () => {
    assert.equal(keyProblem('0123456789 abcdefghij my-secret test'), undefined)
  })

  test('says that there is no key where there is none, or no list', () => {
    for (const keys of [[], OLD as unknown as string[]]) {
      assert.throws(() => createKeyRing(keys), { message: /: there is none\./ })
    }
  })

  for (const [name, keys] of Object.entries({
    'no key': [],
    'an undefined key': [undefined],
    'a key of 31 bytes': ['abcdefghijklmnopqrstuvwxyz01234'],
    'a placeholder': ['keyboard cat keyboard cat keyboard cat'],
    'another placeholder': ['change-me-change-me-change-me-change-me-1'],
    'one character over and over': ['a'.repeat(64)],
    'a weak second key': [OLD, 'tiny-key'],
  })) {
    test(`refuses ${name}, names keygen and shows no part of it`, () => {
      assert.throws(
        () => createKeyRing(keys as string[]),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'ERR_KEYS')
          assert.match(error.message, /holdfast keygen/)
          for (const key of keys) if (key !== undefined) assert.ok(!error.message.includes(key))
          return true
        },
      )
    })
  }
})
