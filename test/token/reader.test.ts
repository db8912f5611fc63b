import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { createKeyRing } from '../../src/token/key-ring.ts'
import { createTokenReader } from '../../src/token/reader.ts'
import { newId, newSecret, sealAgain, verifierOf, writeToken } from '../../src/token/token.ts'

const OLD = 'an old key of forty characters, 987654321'
const NEW = 'a new key of forty characters, 0123456789'
const secret = newSecret()
const token = { id: newId(), generation: 3, secret }
const value = writeToken(token, 'sid', createKeyRing([OLD]))

describe('a reader of tokens', () => {
  test('says the same of a token each time, and nothing of its secret', () => {
    const read = createTokenReader('sid', createKeyRing([NEW, OLD]))
    const expected = { id: token.id, generation: 3, verifier: verifierOf(secret), sealedBy: 'older' }
    assert.deepEqual(read(value), expected)
    assert.deepEqual(read(value), expected)
    assert.ok(!inspect(read(value), { depth: Infinity }).includes(secret.toString('hex').slice(0, 8)))
  })

  test('judges a seal once', () => {
    const ring = createKeyRing([OLD])
    let verified = 0
    const counting = {
      ...ring,
      verify: (...args: Parameters<typeof ring.verify>) => (verified++, ring.verify(...args)),
    }
    const read = createTokenReader('sid', counting)
    for (let times = 0; times < 3; times++) assert.ok(read(value))
    assert.equal(verified, 1)
  })

  test('refuses a forged token each time, also right after the genuine one', () => {
    const read = createTokenReader('sid', createKeyRing([OLD]))
    for (let at = 0; at < value.length; at++) {
      assert.ok(read(value))
      const forged = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)
      assert.equal(read(forged), undefined, `character ${at}`)
      assert.equal(read(forged), undefined, `character ${at}, again`)
    }
  })

  test('is of one cookie and one ring: another knows nothing of what it has seen', () => {
    assert.ok(createTokenReader('sid', createKeyRing([OLD]))(value))
    assert.equal(createTokenReader('other', createKeyRing([OLD]))(value), undefined)
    assert.equal(createTokenReader('sid', createKeyRing([NEW]))(value), undefined)
  })

  test('a token sealed again is the same token, by the first key', () => {
    const ring = createKeyRing([NEW, OLD])
    const again = sealAgain(value, 'sid', ring)
    assert.notEqual(again, value)
    const read = createTokenReader('sid', ring)
    assert.deepEqual(read(again), { ...read(value), sealedBy: 'first' })
  })
})
