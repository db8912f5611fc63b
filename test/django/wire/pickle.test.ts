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

describe('what would do something is refused', () => {
  /** By the names of `pickletools`. Each is followed by what makes it run in Python. */
  const hostile: Record<string, string> = {
    'os.system("true"), by GLOBAL and REDUCE': `${ascii('cposix\nsystem\n')} 58 04000000 ${ascii('true')} 85 52 2e`,
    'os.system("true"), by STACK_GLOBAL': `8004 8c05 ${ascii('posix')} 8c06 ${ascii('system')} 93 8c04 ${ascii('true')} 85 52 2e`,
    'os.system("true"), by INST': `28 58 04000000 ${ascii('true')} ${ascii('iposix\nsystem\n')} 2e`,
    'os.system("true"), by OBJ': `28 ${ascii('cposix\nsystem\n')} 58 04000000 ${ascii('true')} 6f 2e`,
    'a class alone, by GLOBAL': `${ascii('cbuiltins\ndict\n')} 2e`,
    'an object, by NEWOBJ': `8002 ${ascii('cbuiltins\ndict\n')} 29 81 2e`,
    'BUILD on a dict': '8002 7d 7d 62 2e',
    'REDUCE on a dict': '8002 7d 29 52 2e',
    'NEWOBJ_EX on dicts': '8004 7d 29 7d 92 2e',
    EXT1: '8002 82 01 2e',
    PERSID: `50 ${ascii('1\n')} 2e`,
    BINPERSID: '8002 7d 51 2e',
    NEXT_BUFFER: '8005 97 2e',
  }
  for (const [name, bytes] of Object.entries(hostile)) {
    test(name, () => assert.throws(() => jsonFromPickle(hex(bytes)), PickleError))
  }

  test('wherever an opcode stands that is none of plain data', () => {
    const plain = new Set([...hex('28292e474a4b4d4e585d6165686a717273757d80858687'), ...hex('88898a8b8c8d9495'), 0x74])
    for (let op = 0; op < 256; op++) {
      if (plain.has(op)) continue
      assert.throws(() => jsonFromPickle(Buffer.of(0x80, 2, 0x7d, op, 0x2e)), /opcode 0x/, op.toString(16))
    }
  })
})

describe('bombs are refused, soon', () => {
  const nested = (levels: number): Buffer =>
    Buffer.concat([
      hex('8002 7d 58 01000000 61'),
      Buffer.alloc(levels, ']'),
      Buffer.alloc(levels - 1, 'a'),
      hex('73 2e'),
    ])
  /** Lists, each of the one before twice. */
  const doubled = (times: number): Buffer => {
    const again = Array.from({ length: times }, (_, index) =>
      hex(`5d 68 ${byte(index)} 61 68 ${byte(index)} 61 71 ${byte(index + 1)}`),
    )
    return Buffer.concat([hex('8002 7d 58 01000000 61 5d 28 5d 71 00'), ...again, hex('65 73 2e')])
  }
  const longText = (uses: number): Buffer => {
    const text = Buffer.concat([hex('58 40420f00'), Buffer.alloc(1_000_000, 'a'), hex('71 00 61')])
    return Buffer.concat([
      hex('8002 7d 58 01000000 61 5d'),
      text,
      ...Array.from({ length: uses }, () => hex('68 00 61')),
      hex('73 2e'),
    ])
  }

  test('what is used again and again', () => {
    assert.ok(jsonFromPickle(doubled(10)).length > 1000)
    assert.throws(() => jsonFromPickle(doubled(60)), /stands for more/)
    assert.ok(jsonFromPickle(longText(3)).length > 1_000_000)
    assert.throws(() => jsonFromPickle(longText(5)), /stands for more/)
  })

  test('what is deep, or in itself', () => {
    assert.ok(jsonFromPickle(nested(900)).startsWith('{"a":[[[['))
    assert.throws(() => jsonFromPickle(nested(1_000_000)), /deeper/)
    assert.throws(() => jsonFromPickle(hex('8002 7d 71 00 58 01000000 61 68 00 73 2e')), /contains itself/)
    assert.throws(() => jsonFromPickle(hex('8002 7d 58 01000000 61 5d 71 00 68 00 61 73 2e')), /contains itself/)
  })

  test('what says that it is long', () => {
    for (const bytes of [
      '8002 58 ffffffff 61',
      '8004 8d ffffffffffffffff 61',
      '8004 8d 0000000000000080 61',
      '8002 8b ffffff7f 01',
      '8002 8b ffffffff 01',
      '8004 95 ffffffffffffffff 7d 2e',
      `8002 7d 58 01000000 61 8b 08070000 ${'ff'.repeat(1799)} 7f 73 2e`,
    ]) {
      assert.throws(() => jsonFromPickle(hex(bytes)), PickleError, bytes)
    }
    assert.equal(jsonFromPickle(hex('8002 7d 72 ffffffff 2e')), '{}')
    assert.throws(() => jsonFromPickle(Buffer.alloc(17 * 1024 * 1024, 'N')), PickleError)
  })

  test('what uses the stack wrongly', () => {
    for (const bytes of [
      '',
      '2e',
      '7d',
      '80',
      '8006 7d 2e',
      '4e 2e',
      '5d 2e',
      '61 2e',
      '65 2e',
      '75 2e',
      '7d 28 2e',
      '7d 28 4e 75 2e',
      '7d 58 01000000 61 73 2e',
      '7d 5d 4e 73 2e',
      '7d 7d 4e 73 2e',
      '7d 4e 61 2e',
      '29 4e 61 2e',
      '4e 58 01000000 61 4e 73 2e',
      '68 00 2e',
      '71 00 2e',
      '94 2e',
      '28 71 00 2e',
      '7d 58 01000000 ff 4e 73 2e',
    ]) {
      assert.throws(() => jsonFromPickle(hex(bytes)), PickleError, bytes)
    }
  })
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

function ascii(text: string): string {
  return Buffer.from(text).toString('hex')
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

async function unpacked(encoded: Promise<unknown>): Promise<Buffer> {
  return Buffer.from(String(await encoded), 'base64')
}
