import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePython } from '../../src/django/wire/python-json.ts'
import { createSessionSigner } from '../../src/django/wire/session-text.ts'
import { pythonCodec } from '../../src/django/beside/python-codec.ts'
import type { Session } from '../../src/index.ts'
import { makeDjangoTables } from '../support/django-tables.ts'

const NOW = 1_700_000_000_000
const KEY = 'a key of the tests, long enough for all of them: 0123456789'

describe('what this process has verified before', () => {
  test('vouches for no other text, however near it is', () => {
    const signer = createSessionSigner({ keys: [KEY] })
    const text = signer.encode('{"user":"ada","level":1}')
    for (let round = 0; round < 2; round++) assert.equal(signer.decode(text).kind, 'data')
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A'
      const near = `${text.slice(0, at)}${other}${text.slice(at + 1)}`
      assert.equal(signer.decode(near).kind, 'bad-signature', near)
    }
    assert.equal(signer.decode(`${text} `).kind, 'bad-signature')
  })

  test('vouches for nothing under other keys', () => {
    const text = createSessionSigner({ keys: [KEY] }).encode('{}')
    const both = createSessionSigner({ keys: ['another', KEY] })
    assert.equal(both.decode(text).kind, 'data')
    assert.equal(createSessionSigner({ keys: ['another'] }).decode(text).kind, 'bad-signature')
    assert.equal(createSessionSigner({ keys: [KEY], salt: 'another' }).decode(text).kind, 'bad-signature')
  })

  test('is too old one second after its time, if it was a cookie', () => {
    let now = NOW
    const signer = createSessionSigner({ keys: [KEY], maxAge: 60, clock: { now: () => now } })
    const text = signer.encode('{"a":1}')
    now += 60_000
    for (let round = 0; round < 2; round++) assert.equal(signer.decode(text).kind, 'data')
    now += 1000
    assert.equal(signer.decode(text).kind, 'expired')
  })

  test('is not what another request made of it', async () => {
    const { visit } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.set('cart', ['a']))
    for (let round = 0; round < 2; round++) {
      const change = (session: Session<Record<string, unknown>>): void => {
        const cart = session.get('cart') as string[]
        assert.deepEqual(cart, ['a'])
        cart.push('b')
      }
      await visit(key, change, { status: 500 }) // So it is not saved.
    }
    await visit(key, (session) => assert.deepEqual(session.get('cart'), ['a']))
  })
})

test('a change in place is noticed where the JSON of JavaScript would be the same', () => {
  const text = '{"list":[null,0,1.0],"name":"\\u00fc","none":null}'
  assert.equal(pythonCodec.write(parsePython(text), text), text)
  const data = parsePython(text)
  ;(data['list'] as unknown[])[0] = NaN
  assert.equal(pythonCodec.write(data, text), text.replace('[null', '[NaN'))
  const zeros = '{"zero":-0.0,"one":[1]}'
  assert.equal(pythonCodec.write(parsePython(zeros), zeros), zeros)
})
