import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { jsonFromPickle, pickleFromJson, PickleError } from '../../../src/django/wire/pickle.ts'
import { NO_DJANGO, type Django } from '../../support/django.ts'
import { everyDjango, pythonDicts } from './vectors.ts'

const PROTOCOLS = [2, 3, 4, 5]

test('what Redis holds of a session of Django, byte for byte', () => {
  const bytes = `8005 954d00000000000000 7d 94 28 8c0d5f617574685f757365725f6964 94 8c0131 94 8c016e 94 4b01 8c0166 94
    473ff8000000000000 8c03626967 94 8a06000000000001 8c046e6f6e65 94 4e 8c016c 94 5d 94 28 88 6802 65 75 2e`
  assert.equal(
    jsonFromPickle(hex(bytes)),
    '{"_auth_user_id":"1","n":1,"f":1.5,"big":1099511627776,"none":null,"l":[true,"1"]}',
  )
})

test('the key __proto__ is a key like any other', () => {
  const json = '{"__proto__":{"__proto__":1,"isAdmin":true}}'
  assert.equal(jsonFromPickle(pickleFromJson(json)), json)
  assert.equal(Object.hasOwn(Object.prototype, 'isAdmin'), false)
})

describe('beside Python', { skip: NO_DJANGO }, () => {
  let all: readonly Django[] = []
  let stop = (): Promise<void> => Promise.resolve()
  before(async () => {
    ;({ all, stop } = await everyDjango())
  })
  after(() => stop())

  test('what Python pickled is read, in every protocol', async () => {
    for (const django of all) {
      for (const text of fc.sample(pythonDicts(), 150)) {
        for (const protocol of PROTOCOLS) {
          const json = jsonFromPickle(await unpacked(django.call('to_pickle', text, protocol)))
          assert.ok(await django.call('same', json, text), text)
        }
      }
    }
  })

  test('what we pickled Python reads', async () => {
    for (const django of all) {
      for (const text of fc.sample(pythonDicts(), 300)) {
        const bytes = Buffer.from(pickleFromJson(text))
        assert.ok(await django.call('same', await django.call('from_pickle', bytes.toString('base64')), text), text)
        assert.ok(await django.call('same', jsonFromPickle(bytes), text), text)
      }
    }
  })

  const expressions = [
    '{}',
    '{"t": (), "u": (1,), "v": (1, 2), "w": (1, 2, 3), "x": (1, 2, 3, 4), "y": ((), [()])}',
    '{1: "int", 2.5: "float", True: "bool", None: "none", 1e16: "large", 1e-7: "small", -0.0: "zero"}',
    '{"f": [0.1, 1.0, -0.0, 1e15, 1e16, 123456789012345680.0, 1e22, 1e-4, 1e-5, 1.5e-300, 5e-324, float("inf"), float("nan")]}',
    '{"i": [0, 255, 256, 65535, 65536, 2**31-1, 2**31, 2**63, 2**64, 2**2040, 2**3000, -1, -128, -129, -2**31, -2**31-1, -2**63, -2**3000]}',
    '{"l": list(range(2500)), "d": {str(n) + "k": n for n in range(2500)}}',
    '{"s": "a" * 70000, "u": "\\u00fc" * 300, "e": "", "n": "\\x00"}',
    '{"half": "\\ud83d", "other": "\\ude00\\ud83d", "bom": "\\ufeffa", "d7ff": "\\ud7ff\\ue000"}',
    '(lambda l: {"a": l, "b": l, "c": [l, l]})([1, "x"])',
    '{"a": "x", "b": {"a": "x", "x": "a"}}',
    '{"m": [{"k" + str(n): [n]} for n in range(300)]}',
  ]
  for (const expression of expressions) {
    test(`${expression.slice(0, 60)} is what json.dumps makes of it`, async () => {
      for (const django of all) {
        for (const protocol of PROTOCOLS) {
          const json = jsonFromPickle(await unpacked(django.call('pickle_of', expression, protocol)))
          assert.equal(json, await django.call('json_of', expression))
          assert.ok(
            await django.call(
              'same',
              await django.call('from_pickle', Buffer.from(pickleFromJson(json)).toString('base64')),
              json,
            ),
          )
        }
      }
    })
  }

  for (const expression of [
    '{"a": __import__("datetime").datetime(2030, 1, 1)}',
    '{"a": __import__("decimal").Decimal(1)}',
    '{"a": __import__("uuid").UUID(int=1)}',
    '{"a": {1, 2}}',
    '{"a": frozenset()}',
    '{"a": b"bytes"}',
    '{"a": bytearray(b"bytes")}',
    '{"a": 1j}',
    '{"a": len}',
    '{(1, 2): "a"}',
    '__import__("collections").OrderedDict(a=1)',
    '[1]',
    '"a"',
    '1',
    'None',
  ]) {
    test(`${expression} is refused: no plain dict`, async () => {
      for (const django of all) {
        for (const protocol of PROTOCOLS) {
          const bytes = await unpacked(django.call('pickle_of', expression, protocol))
          assert.throws(() => jsonFromPickle(bytes), PickleError)
        }
      }
    })
  }

  test('a pickle that was changed is refused, or says what it says to Python', async () => {
    let [read, refused] = [0, 0]
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 })
    for (const django of all) {
      for (const [text, changes, protocol] of fc.sample(
        fc.tuple(pythonDicts(), edits, fc.constantFrom(...PROTOCOLS)),
        1000,
      )) {
        const bytes = await unpacked(django.call('to_pickle', text, protocol))
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        let json: string
        try {
          json = jsonFromPickle(bytes)
        } catch (error) {
          assert.ok(error instanceof PickleError)
          refused++
          continue
        }
        read++
        assert.ok(
          await django.call('same', json, await django.call('from_pickle', bytes.toString('base64'))),
          bytes.toString('hex'),
        )
      }
    }
    assert.ok(read > 100 && refused > 100, `${read} read, ${refused} refused`)
  })

  test('a pickle that ends early is refused', async () => {
    for (const django of all) {
      const bytes = await unpacked(
        django.call('to_pickle', '{"a": [1, 2.5, "text", null, {"b": 12345678901234567890}]}', 5),
      )
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(() => jsonFromPickle(bytes.subarray(0, length)), PickleError)
      }
    }
  })
})

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
}

async function unpacked(encoded: Promise<unknown>): Promise<Buffer> {
  return Buffer.from(String(await encoded), 'base64')
}
