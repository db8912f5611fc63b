import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { jsonFromPickle, PickleError } from '../../src/django/wire/pickle.ts'

// Django's caches hold pickles. Whoever can write to such a cache can make a Python process run what they like.

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
      '8002 7d 72 ffffffff 2e',
      '8004 95 ffffffffffffffff 7d 2e',
      `8002 7d 58 01000000 61 8b 08070000 ${'ff'.repeat(1799)} 7f 73 2e`,
    ]) {
      assert.throws(() => jsonFromPickle(hex(bytes)), PickleError, bytes)
    }
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

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
}

function ascii(text: string): string {
  return Buffer.from(text).toString('hex')
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}
