import assert from 'node:assert/strict'
import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { readSealed, writeSealed, type Sealed } from '../../src/core/sealed/sealed-cookie.ts'
import { createCipher } from '../../src/token/cipher.ts'

const KEY = 'a key for this vector and nothing else, 0123456789'
const NAME = '__Host-session'

const SESSION: Sealed = {
  record: {
    id: 'AAECAwQFBgcICQoLDA0ODw',
    subject: 'ada',
    data: '{"cart":["rope","bell"],"name":"Zoë"}',
    createdAt: 1_893_456_000_000,
    seenAt: 1_893_456_060_000,
    idleSeconds: 1800,
    absoluteAt: 1_893_499_200_000,
  },
  security: { authenticatedAt: 1_893_456_000_000, cookieSeconds: 3600, epoch: 2 },
}

/** Sealed once and kept: people carry such cookies, so what opens them must not change unnoticed. */
const VECTOR =
  'cUC4An0Sr6t3MA-GVjaumCzPmXXKBGkV-Gwvl7cgVSUQHb6XUOc5sVjcNJffHJ4zLhRMU7ZiZpXvpEFDQIIakP2cWWnL8ilQKHkPD_z09y_btRS4' +
  'azlccVp_KBjDDcR-BQTAyiuKm5uEpL3QE5OofTio1x34Lf3hmh_fjsxZbNDUemFTJb9wkI7HvF0huA6S6qOTdAj04GSJ33iTHF8VqJQlV94GVi0h' +
  'QuLEr1zvVnb94h0'

describe('the format of a sealed cookie', () => {
  test('the vector opens', () => {
    assert.deepEqual(readSealed(VECTOR, NAME, createCipher([KEY])), { ...SESSION, sealedBy: 'first' })
    const rotated = createCipher(['another key that came later, 0123456789 abc', KEY])
    assert.deepEqual(readSealed(VECTOR, NAME, rotated), { ...SESSION, sealedBy: 'older' })
    assert.equal(readSealed(VECTOR, '__Host-other', createCipher([KEY])), undefined)
    assert.equal(readSealed(VECTOR, NAME, createCipher([KEY.toUpperCase()])), undefined)
  })

  test('and opens by hand: HKDF, a key for each message, AES-256-GCM, two lines of JSON', () => {
    const bytes = Buffer.from(VECTOR, 'base64url')
    const root = Buffer.from(hkdfSync('sha256', KEY, '', 'holdfast cookie v1', 32))
    const key = createHmac('sha256', root).update(bytes.subarray(0, 12)).digest()
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(12, 24), { authTagLength: 16 })
    cipher.setAAD(Buffer.concat([framed('cookie'), framed(NAME)])).setAuthTag(bytes.subarray(-16))
    const text = Buffer.concat([cipher.update(bytes.subarray(24, -16)), cipher.final()]).toString()
    assert.equal(
      text,
      '["AAECAwQFBgcICQoLDA0ODw","ada",1893456000000,1893456060000,1800,1893499200000,1893456000000,3600,2]\n' +
        SESSION.record.data,
    )
  })

  test('whatever is sealed reads back: no subject, no proof, no life of the cookie, any text', () => {
    const cipher = createCipher([KEY])
    for (const data of ['{}', '{"a":"\\n\\u0000\\ud800 \u2028 💡"}', JSON.stringify({ long: 'x'.repeat(2700) })]) {
      const session: Sealed = {
        record: { ...SESSION.record, subject: null, data },
        security: { authenticatedAt: null, epoch: 0 },
      }
      assert.deepEqual(readSealed(writeSealed(session, NAME, cipher), NAME, cipher), { ...session, sealedBy: 'first' })
    }
  })

  test('2,800 bytes of JSON fit with a subject of 36 characters; 4,096 bytes with the name are the end', () => {
    const cipher = createCipher([KEY])
    const write = (bytes: number): string => {
      const data = JSON.stringify({ k: 'x'.repeat(bytes - '{"k":""}'.length) })
      return writeSealed({ ...SESSION, record: { ...SESSION.record, subject: 'u'.repeat(36), data } }, NAME, cipher)
    }
    assert.ok(write(2800).length + NAME.length <= 4096)
    let most = 2800
    while (fits(() => write(most + 1))) most++
    assert.equal(write(most).length + NAME.length, 4096)
    assert.throws(() => write(most + 1), { code: 'ERR_DATA_LIMIT', status: 413, message: /4097 bytes .* 4096/ })
  })
})

describe('a cipher', () => {
  test('binds the fields, each with its length', () => {
    const cipher = createCipher([KEY])
    const sealed = cipher.seal(['ab', 'c'], 'text')
    assert.deepEqual(cipher.open(['ab', 'c'], sealed), { plaintext: 'text', sealedBy: 'first' })
    for (const fields of [['a', 'bc'], ['abc'], ['ab', 'c', ''], []])
      assert.equal(cipher.open(fields, sealed), undefined)
  })

  test('opens what any key of the ring sealed, and an empty text', () => {
    const [first, second, third] = [KEY, `${KEY} 2`, `${KEY} 3`] as const
    const sealed = createCipher([third]).seal(['a'], '')
    assert.deepEqual(createCipher([third]).open(['a'], sealed), { plaintext: '', sealedBy: 'first' })
    assert.deepEqual(createCipher([first, second, third]).open(['a'], sealed), { plaintext: '', sealedBy: 'older' })
    assert.equal(createCipher([first, second]).open(['a'], sealed), undefined)
  })

  test('refuses what is too short to be anything', () => {
    const cipher = createCipher([KEY])
    for (const length of [0, 1, 12, 24, 39, 40]) assert.equal(cipher.open(['a'], Buffer.alloc(length)), undefined)
  })
})

function framed(field: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(field))
  return Buffer.concat([length, Buffer.from(field)])
}

function fits(write: () => unknown): boolean {
  try {
    write()
    return true
  } catch {
    return false
  }
}
