import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createKeyRing } from '../../src/token/key-ring.ts'
import { newId, newSecret, readToken, sameVerifier, verifierOf, writeToken } from '../../src/token/token.ts'

const ring = createKeyRing(['a key of forty characters, 0123456789 abc'])
const token = { id: newId(), generation: 7, secret: newSecret() }
const value = writeToken(token, 'sid', ring)

describe('a token', () => {
  test('is 91 characters of base64url and reads back as it was written', () => {
    assert.match(value, /^[A-Za-z0-9_-]{91}$/)
    assert.deepEqual(readToken(value, 'sid', ring), { token, sealedBy: 'first' })
  })

  test('is bound to the name of its cookie', () => {
    assert.equal(readToken(value, 'other', ring), undefined)
  })

  test('dies with any bit flipped', () => {
    const bytes = Buffer.from(value, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes)
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(readToken(forged.toString('base64url'), 'sid', ring), undefined, `bit ${bit}`)
    }
  })

  test('has one spelling: padding, the other alphabet and loose last bits are refused', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(value.at(-1) ?? '')
    for (const loose of [1, 2, 3]) {
      const twin = value.slice(0, -1) + (alphabet[last + loose] ?? '')
      assert.deepEqual(Buffer.from(twin, 'base64url'), Buffer.from(value, 'base64url'), 'the same bytes')
      assert.equal(readToken(twin, 'sid', ring), undefined)
    }
    assert.equal(readToken(`${value}=`, 'sid', ring), undefined)
    assert.equal(readToken(Buffer.from(value, 'base64url').toString('base64'), 'sid', ring), undefined)
  })
})

test('ids and secrets do not repeat', () => {
  const many = new Set(Array.from({ length: 50_000 }, newId))
  assert.equal(many.size, 50_000)
  assert.notDeepEqual(newSecret(), newSecret())
})

test('a verifier is the SHA-256 of the secret (vector of FIPS 180-2)', () => {
  assert.equal(
    Buffer.from(verifierOf(Buffer.from('abc')), 'base64url')
      .toString('hex')
      .slice(0, 16),
    'ba7816bf8f01cfea',
  )
  assert.ok(sameVerifier('abc', 'abc'))
  assert.ok(!sameVerifier('abc', 'abd'))
  assert.ok(!sameVerifier('abc', 'abcd'))
})
