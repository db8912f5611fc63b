import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { parsePython, writePython } from '../../../src/django/wire/python-json.ts'
import { createSessionSigner, SESSION_SALT, SIGNED_COOKIES_SALT } from '../../../src/django/wire/session-text.ts'
import { NO_DJANGO, type Django } from '../../support/django.ts'
import { everyDjango, KEYS, pythonDicts } from './vectors.ts'

const NOW = 1_700_000_000_999
const clock = { now: () => NOW }
const [KEY] = KEYS
const signer = createSessionSigner({ keys: [KEY], clock })

test('the text of the documentation of the format, byte for byte', () => {
  const json = '{"a test key":"a test value"}'
  const text = 'eyJhIHRlc3Qga2V5IjoiYSB0ZXN0IHZhbHVlIn0:1r31eq:z3T5kuYwaLspnAAUpfRWpbinC-rn6c6P1Qf9PsCyZ2s'
  assert.equal(signer.encode(json), text)
  assert.deepEqual(signer.decode(text), { kind: 'data', json })
})

test('it is compressed where that saves two bytes or more', () => {
  const saved = new Set<number>()
  for (let length = 0; length < 60; length++) {
    const json = `{"a":"${'a'.repeat(length)}"}`
    const saves = json.length - deflateSync(json).length
    saved.add(saves)
    assert.equal(signer.encode(json).startsWith('.'), saves >= 2, json)
  }
  assert.ok(saved.has(1) && saved.has(2))
})

test('a bomb that is signed is an error, and no empty session', () => {
  const bomb = createSessionSigner({ keys: [KEY], clock }).encode(`{"a":"${'a'.repeat(17 * 1024 * 1024)}"}`)
  assert.ok(bomb.length < 50_000)
  assert.throws(() => signer.decode(bomb), { code: 'ERR_DATA_LIMIT' })
  const small = createSessionSigner({ keys: [KEY], clock, maxBytes: 1000 })
  assert.throws(() => small.decode(signer.encode(`{"a":"${'a'.repeat(993)}"}`)), { code: 'ERR_DATA_LIMIT' })
  assert.equal(small.decode(signer.encode(`{"a":"${'a'.repeat(992)}"}`)).kind, 'data')
})

test('what is too deep is an error, and no empty session', () => {
  for (const levels of [1000, 200_000]) {
    const deep = signer.encode(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`)
    assert.throws(() => signer.decode(deep), { code: 'ERR_DATA_LIMIT' })
    assert.throws(() => signer.decode(signer.encode('{"a":'.repeat(levels + 1))), { code: 'ERR_DATA_LIMIT' })
  }
  const deepest = `{"a":${'['.repeat(999)}${']'.repeat(999)}}`
  const decoded = signer.decode(signer.encode(deepest))
  assert.ok(decoded.kind === 'data')
  assert.equal(writePython(parsePython(decoded.json), deepest), deepest)
})

test('who signed is found out before anything is inflated or parsed', () => {
  const bomb = signer.encode(`{"a":"${'a'.repeat(17 * 1024 * 1024)}"}`)
  assert.deepEqual(createSessionSigner({ keys: ['another'] }).decode(bomb), { kind: 'bad-signature' })
})

describe('beside Django', { skip: NO_DJANGO }, () => {
  let all: readonly Django[] = []
  let stop = (): Promise<void> => Promise.resolve()
  before(async () => {
    ;({ all, stop } = await everyDjango())
  })
  after(() => stop())

  test('there is one', () => assert.ok(all.length > 0))

  test('what Django wrote is read, and what was not touched is written as it was', async () => {
    await forDicts(async (django, text) => {
      for (const key of KEYS) {
        const theirs = createSessionSigner({ keys: [key], clock })
        const decoded = theirs.decode(await django.call('encode', text, [key], SESSION_SALT, NOW))
        assert.ok(decoded.kind === 'data')
        assert.equal(decoded.json, await django.call('compact', text))
        assert.ok(await django.call('same', writePython(parsePython(decoded.json), decoded.json), text))
      }
    })
  })

  test('what we write Django reads, in every engine', async () => {
    await forDicts(async (django, text) => {
      const json = writePython(parsePython(text), text)
      for (const key of KEYS) {
        const ours = createSessionSigner({ keys: [key], clock }).encode(json)
        assert.ok(await django.call('same', await django.call('store_decode', ours, [key]), text))
        const cookie = createSessionSigner({ keys: [key], salt: SIGNED_COOKIES_SALT, clock }).encode(json)
        assert.ok(await django.call('same', await django.call('cookie_load', cookie, [key], 60, NOW), text))
      }
    })
  })

  test('JSON as JavaScript writes it is no mojibake to Django', async () => {
    for (const django of all) {
      const ours = signer.encode(JSON.stringify({ 'ü\u007f': 'Zoë 🍪 \ud83d \u2028' }))
      const theirs = await django.call('store_decode', ours, [KEY])
      assert.equal(theirs, String.raw`{"\u00fc\u007f": "Zo\u00eb \ud83c\udf6a \ud83d \u2028"}`)
    }
  })

  test('the bytes are the same where Django does not compress, and it compresses where it does', async () => {
    await forDicts(async (django, text) => {
      const theirs = await django.call<string>('encode', text, [KEY], SESSION_SALT, NOW)
      const ours = signer.encode(await django.call('compact', text))
      if (!theirs.startsWith('.') && !ours.startsWith('.')) assert.equal(ours, theirs)
      // Their zlib and ours differ by a few bytes, which matters at the threshold only.
      else assert.ok(theirs[0] === ours[0] || Math.abs(theirs.length - ours.length) < 12 + theirs.length / 50, text)
    })
  })

  test('salts, time and fallbacks mean what they mean there', async () => {
    const text = '{"a":1}'
    for (const django of all) {
      for (const salt of [SESSION_SALT, SIGNED_COOKIES_SALT, 'django.contrib.sessions.MyStore', 'ü']) {
        for (const now of [0, 1, 999, 61_000, 62_000, NOW, 5e12]) {
          const at = createSessionSigner({ keys: [KEY], salt, clock: { now: () => now } })
          assert.equal(at.encode(text), await django.call('encode', text, [KEY], salt, now))
        }
      }
      const old = await django.call<string>('encode', text, ['old'], SESSION_SALT, NOW)
      assert.equal(createSessionSigner({ keys: ['new', 'older', 'old'] }).decode(old).kind, 'data')
      assert.equal(createSessionSigner({ keys: ['new', 'older'] }).decode(old).kind, 'bad-signature')
      const ours = createSessionSigner({ keys: ['new', 'old'] }).encode(text)
      assert.equal(await django.call('store_decode', ours, ['new']), '{"a": 1}')
      assert.equal(await django.call('store_decode', ours, ['old']), '{}')
    }
  })

  test('fallbacks are read there as here, where Django has them', async () => {
    for (const django of all.filter(({ version }) => Number.parseFloat(version) > 4)) {
      const ours = createSessionSigner({ keys: ['old'] }).encode('{"a":1}')
      assert.equal(await django.call('store_decode', ours, ['new', 'older', 'old']), '{"a": 1}')
    }
  })

  test('SHA-1, which Django accepted until 4.0, is refused', async () => {
    for (const django of all.filter(({ version }) => Number.parseFloat(version) < 4)) {
      const text = await django.call<string>('sign_sha1', '{"a":1}', [KEY], SESSION_SALT, NOW)
      assert.equal((await django.call<{ kind: string }>('decode', text, [KEY], SESSION_SALT, null, NOW)).kind, 'data')
      assert.deepEqual(signer.decode(text), { kind: 'bad-signature' })
    }
  })

  test('messages, the CSRF token and what else Django keeps there pass through', async () => {
    for (const django of all) {
      const decoded = signer.decode(await django.call('busy_session', [KEY]))
      assert.ok(decoded.kind === 'data')
      assert.match(String(parsePython(decoded.json)['_messages']), /"__json_message"/)
      const text = signer.encode(writePython({ ...parsePython(decoded.json), ours: 'ü' }, decoded.json))
      assert.deepEqual(await django.call('busy_words', text, [KEY]), ['Gespeichert: <b>\u2713</b>', 'ü', true])
    }
  })

  test('a signed cookie is good for SESSION_COOKIE_AGE to the millisecond', async () => {
    for (const django of all) {
      const cookie = await django.call<string>('cookie_save', '{"a":1}', [KEY], NOW)
      const signedAt = Math.floor(NOW / 1000) * 1000
      for (const [now, kind] of [
        [signedAt - 1000, 'data'],
        [signedAt + 60_000, 'data'],
        [signedAt + 60_001, 'expired'],
      ] as const) {
        const at = { keys: [KEY], salt: SIGNED_COOKIES_SALT, maxAge: 60, clock: { now: () => now } } as const
        assert.equal(createSessionSigner(at).decode(cookie).kind, kind)
        const { kind: theirs } = await django.call<{ kind: string }>(
          'decode',
          cookie,
          [KEY],
          SIGNED_COOKIES_SALT,
          60,
          now,
        )
        assert.equal(theirs, kind)
        assert.equal(await django.call('cookie_load', cookie, [KEY], 60, now), kind === 'data' ? '{"a": 1}' : '{}')
      }
    }
  })

  describe('ends as Django ends it', () => {
    /** Bodies that are signed with the time before the signature, as a session is. */
    const signedBodies: Record<string, string> = {
      nothing: '',
      'an empty dict': b64('{}'),
      'a list': b64('[1]'),
      'a number': b64('1'),
      null: b64('null'),
      'a string': b64('"a"'),
      'JSON that ends': b64('{"a":'),
      'more after the JSON': b64('{"a":1} 1'),
      'white space around the JSON': b64(' \t\r\n{ "a" : 1 } \n'),
      'another white space': b64('\u00a0{"a":1}'),
      'a byte order mark': b64('\u00ef\u00bb\u00bf{"a":1}'),
      'raw UTF-8': Buffer.from('{"a":"Zoë 🍪"}').toString('base64url'),
      'raw Latin-1': b64('{"a":"Zo\u00eb"}'),
      'a control character': b64('{"a":"\n"}'),
      DEL: b64('{"a":"\u007f"}'),
      'single quotes': b64("{'a':1}"),
      'a trailing comma': b64('{"a":1,}'),
      'a number as key': b64('{1:1}'),
      'a leading zero': b64('{"a":01}'),
      'a leading plus': b64('{"a":+1}'),
      'a bare dot': b64('{"a":1.}'),
      'minus NaN': b64('{"a":-NaN}'),
      nan: b64('{"a":nan}'),
      'NaN and infinities': b64('{"a":[NaN,Infinity,-Infinity]}'),
      'a half of a surrogate pair': b64('{"a":"\\ud83d"}'),
      'a bad escape': b64('{"a":"\\x41"}'),
      'a short escape': b64('{"a":"\\u12"}'),
      'keys twice': b64('{"a":1,"b":2,"a":3}'),
      'the key __proto__': b64('{"__proto__":{"a":1},"constructor":2}'),
      'an int of 4300 digits': b64(`{"a":${'9'.repeat(4300)}}`),
      'an int of 4301 digits': b64(`{"a":-${'9'.repeat(4301)}}`),
      'a float of 5000 digits': b64(`{"a":${'9'.repeat(5000)}.0}`),
      'a string of 5000 digits': b64(`{"a":"${'9'.repeat(5000)}"}`),
      '900 levels': b64(`{"a":${'['.repeat(899)}${']'.repeat(899)}}`),
      '5000 brackets in a string': b64(`{"a":"${'['.repeat(5000)}"}`),
      '5000 lists side by side': b64(`{"a":[${'[],'.repeat(5000)}1]}`),
      'padded base64': `${Buffer.from('{"a":1}').toString('base64')}`,
      'too much padding': `${b64('{"a":1}')}=======`,
      'base64 after padding': `${Buffer.from('{"a":12}').toString('base64')}AAAA`,
      'base64 with line ends': b64('{"a":1}').replace(/(..)/g, '$1\n'),
      'base64 with other characters': `!${b64('{"a":1}')}ü*`,
      'the other base64 alphabet': Buffer.from('{"a":"\u00ff\u00fe~~?"}', 'latin1').toString('base64'),
      'base64 that ends early': b64('{"a":1}').slice(0, -1),
      'one character of base64': 'A',
      'one character of base64 too many': `${b64('{"a":123}')}A`,
      'padding after the first character': b64('{"a":1}').replace(/^./, '$&==='),
      'padding before anything': `====${b64('{"a":1}')}`,
      'half a padding twice': b64('{"a":1}').replace(/^(..)(....)/, '$1=$2='),
      'no base64': 'ß',
      'a compressed body': `.${deflateSync('{"a":1}').toString('base64url')}`,
      'a body compressed not at all': `.${deflateSync('{"a":1}', { level: 0 }).toString('base64url')}`,
      'a body compressed well': `.${deflateSync('{"a":1}', { level: 9 }).toString('base64url')}`,
      'a large body not compressed': b64(`{"a":"${'a'.repeat(10_000)}"}`),
      'a dot and no zlib': `.${b64('{"a":1}')}`,
      'a dot alone': '.',
      'two dots': `..${deflateSync('{"a":1}').toString('base64url')}`,
      'zlib that ends early': `.${deflateSync('{"a":1}').subarray(0, -5).toString('base64url')}`,
      'zlib with another checksum': `.${broken(deflateSync('{"a":1}')).toString('base64url')}`,
      'more after zlib': `.${Buffer.concat([deflateSync('{"a":1}'), Buffer.from('more')]).toString('base64url')}`,
      'a colon in the body': `a:${b64('{"a":1}')}`,
      'a pickle': Buffer.from('800495050000000000000094942e', 'hex').toString('base64url'),
    }

    for (const [name, body] of Object.entries(signedBodies)) {
      test(`signed: ${name}`, () => endsAlike((django) => django.call('sign', body, [KEY], SESSION_SALT, NOW)))
    }

    /** Signed with no time of ours before the signature. */
    const signedTimes: Record<string, string> = {
      'no time': b64('{"a":1}'),
      'an empty time': `${b64('{"a":1}')}:`,
      'a time in the future': `${b64('{"a":1}')}:zzzzzz`,
      'a time below zero': `${b64('{"a":1}')}:-1`,
      'a minus alone': `${b64('{"a":1}')}:-`,
      'two minuses': `${b64('{"a":1}')}:--1`,
      'no base62': `${b64('{"a":1}')}:1_0`,
      'a time with a space': `${b64('{"a":1}')}:1r31eq `,
      'a time beyond all numbers': `${b64('{"a":1}')}:${'z'.repeat(50)}`,
      'no body': ':1r31eq',
      'nothing at all': '',
    }
    for (const [name, value] of Object.entries(signedTimes)) {
      test(`signed: ${name}`, () => endsAlike((django) => django.call('sign', value, [KEY], SESSION_SALT)))
    }

    const good = signer.encode('{"a":1,"b":"a text"}')
    const [body = '', time = '', signature = ''] = good.split(':')
    const unsigned: Record<string, string> = {
      'an empty text': '',
      'no colon': good.replaceAll(':', ''),
      'one colon': `${body}:${signature}`,
      'no signature': `${body}:${time}:`,
      'a colon alone': ':',
      'a padded signature': `${good}=`,
      'a line end after the signature': `${good}\n`,
      'a space before': ` ${good}`,
      'a signature in capitals': `${body}:${time}:${signature.toUpperCase()}`,
      'a signature that ends early': good.slice(0, -1),
      'another body': `${b64('{"a":2}')}:${time}:${signature}`,
      'another time': `${body}:1r31er:${signature}`,
      'the signature of another salt': createSessionSigner({ keys: [KEY], salt: SIGNED_COOKIES_SALT, clock }).encode(
        '{}',
      ),
      'the signature of another key': createSessionSigner({ keys: [KEYS[1]], clock }).encode('{}'),
      'characters beyond ASCII': `${body}:${time}:ü${signature.slice(1)}`,
    }
    for (const [name, text] of Object.entries(unsigned)) {
      test(`forged: ${name}`, () => endsAlike(() => Promise.resolve(text), 'bad-signature'))
    }

    test('any text with one character changed, left out or added', async () => {
      const edit = fc.tuple(
        fc.nat({ max: good.length }),
        fc.constantFrom(0, 1),
        fc.constantFrom('', ':', 'A', '=', '.', '\n', 'ü'),
      )
      for (const [at, out, put] of fc.sample(edit, 200)) {
        const text = good.slice(0, at) + put + good.slice(at + out)
        await endsAlike(() => Promise.resolve(text), text === good ? 'data' : 'bad-signature')
      }
    })

    test('any base64 with padding and other characters in it', async () => {
      const put = fc.tuple(fc.nat({ max: 12 }), fc.constantFrom('=', '==', '===', '====', '!', ' ', 'ü', 'A', '+'))
      for (const [json, puts] of fc.sample(
        fc.tuple(fc.constantFrom('{"a":1}', '{"a":12}', '{"a":123}'), fc.array(put, { minLength: 1, maxLength: 3 })),
        300,
      )) {
        const odd = puts.reduce((text, [at, one]) => text.slice(0, at) + one + text.slice(at), b64(json))
        await endsAlike((django) => django.call('sign', odd, [KEY], SESSION_SALT, NOW))
      }
    })

    test('any bytes, signed and compressed', async () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .string({ unit: fc.constantFrom(...'{}[]",:0123456789.eE+-NaInfity\\u \tü\0'.split('')) })
          .map((one) => Buffer.from(one, 'latin1')),
      )
      for (const [one, compressed] of fc.sample(fc.tuple(bytes, fc.boolean()), 300)) {
        const packed = compressed
          ? `.${deflateSync(one).toString('base64url')}`
          : Buffer.from(one).toString('base64url')
        await endsAlike((django) => django.call('sign', packed, [KEY], SESSION_SALT, NOW))
      }
    })
  })

  async function endsAlike(make: (django: Django) => Promise<string>, expected?: string): Promise<void> {
    for (const django of all) {
      const text = await make(django)
      const ours = signer.decode(text)
      const theirs = await django.call<{ kind: string; json?: string }>('decode', text, [KEY], SESSION_SALT, null, NOW)
      assert.equal(
        ours.kind,
        theirs.kind,
        `${django.version}: ${JSON.stringify(theirs)} of ${JSON.stringify(text.slice(0, 500))}`,
      )
      if (expected !== undefined) assert.equal(ours.kind, expected)
      if (ours.kind === 'data') {
        assert.ok(await django.call('same', writePython(parsePython(ours.json), ours.json), theirs.json))
      }
    }
  }

  async function forDicts(check: (django: Django, text: string) => Promise<void>): Promise<void> {
    for (const django of all) for (const text of fc.sample(pythonDicts(), 200)) await check(django, text)
  }
})

function b64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64url')
}

function broken(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.readUInt8(bytes.length - 1) ^ 1)])
}
