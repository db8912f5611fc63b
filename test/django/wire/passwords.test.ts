import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { checkDjangoPassword, makeDjangoPassword } from '../../../src/django.ts'
import { sessionAuthHash, verifySessionAuthHash } from '../../../src/django/wire/auth-hash.ts'
import { NO_DJANGO, type Django } from '../../support/django.ts'
import { everyDjango, KEYS } from './vectors.ts'

/** Few iterations: what they are worth is not in question here. */
const QUICK = { iterations: 10 }

test('the hash in a session, byte for byte', () => {
  assert.equal(
    sessionAuthHash('pbkdf2_sha256$1000$seasalt$abc', 'django_tests_secret_key'),
    '96b3fa74fd1f13455e49045274b83a1ed0471799d380f4354780abf9fc34b438',
  )
})

test('the hash in a session is right under the key, under a fallback, or wrong', () => {
  const password = 'pbkdf2_sha256$1000$seasalt$abc'
  const hash = sessionAuthHash(password, 'old')
  assert.equal(verifySessionAuthHash(hash, password, ['old', 'older']), 'current')
  for (const keys of [
    ['new', 'old'],
    ['new', 'newer', 'old'],
  ]) {
    assert.equal(verifySessionAuthHash(hash, password, keys), 'fallback')
  }
  for (const other of ['', hash.toUpperCase(), hash.slice(1), `${hash} `, 'ü'.repeat(64)]) {
    assert.equal(verifySessionAuthHash(other, password, ['old', 'new']), 'wrong')
  }
  assert.equal(verifySessionAuthHash(hash, `${password}d`, ['old', 'new']), 'wrong')
  assert.equal(verifySessionAuthHash(hash, password, ['new']), 'wrong')
})

test('a password is checked, and a made one has a million iterations and a salt of its own', async () => {
  const [one, other] = [await makeDjangoPassword('correct horse'), await makeDjangoPassword('correct horse', QUICK)]
  assert.match(one, /^pbkdf2_sha256\$1000000\$[a-zA-Z0-9]{22}\$[A-Za-z0-9+/]{43}=$/)
  assert.notEqual(one.split('$')[2], other.split('$')[2])
  assert.equal(await checkDjangoPassword('correct horse', one), true)
  assert.equal(await checkDjangoPassword('correct horse', other), true)
  for (const wrong of ['', 'correct hors', 'Correct horse']) {
    assert.equal(await checkDjangoPassword(wrong, other), false)
  }
})

test('nobody has the password of a user without one', async () => {
  const unusable = await makeDjangoPassword(null)
  assert.match(unusable, /^![a-zA-Z0-9]{40}$/)
  for (const encoded of [unusable, '!', '', null, undefined]) {
    assert.equal(await checkDjangoPassword(encoded ?? '', encoded), false)
  }
  // From the body of a request, where the types end.
  for (const password of [null, undefined, 1, ['a'], {}]) {
    assert.equal(await checkDjangoPassword(password as string, await makeDjangoPassword('1', QUICK)), false)
    if (password !== null) await assert.rejects(makeDjangoPassword(password as string), { code: 'ERR_OPTION' })
  }
})

test('another algorithm is an error that names it and shows no more', async () => {
  for (const [encoded, shown] of [
    ['argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA', "'argon2'"],
    ['bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv', "'bcrypt_sha256'"],
    ['scrypt$16384$salt$8$1$aGFzaA==', "'scrypt'"],
    ['pbkdf2_sha1$260000$salt$aGFzaA==', "'pbkdf2_sha1'"],
    ['md5$salt$d41d8cd98f00b204e9800998ecf8427e', "'md5'"],
    ['d41d8cd98f00b204e9800998ecf8427e', 'unknown'],
    ['sha1$$da39a3ee5e6b4b0d3255bfef95601890afd80709', "'sha1'"],
    ['correct horse', 'unknown'],
    ['pbkdf2_sha256$salt$aGFzaA==', 'form'],
    ['pbkdf2_sha256$0$salt$aGFzaA==', 'form'],
    ['pbkdf2_sha256$1e3$salt$aGFzaA==', 'form'],
    ['pbkdf2_sha256$9999999999$salt$aGFzaA==', 'form'],
    ['pbkdf2_sha256$10$$aGFzaA==', 'form'],
    ['pbkdf2_sha256$10$salt$', 'form'],
    ['pbkdf2_sha256$10$salt$aGFzaA==$', 'form'],
  ] as const) {
    await assert.rejects(checkDjangoPassword('correct horse', encoded), (error: Error) => {
      assert.equal((error as { code?: unknown }).code, 'ERR_HASHER')
      assert.ok(error.message.includes(shown), error.message)
      for (const secret of ['aGFzaA', 'd41d8', 'da39a', 'c2FsdA', 'abcdefgh', 'correct horse']) {
        assert.ok(!error.message.includes(secret), error.message)
      }
      return true
    })
  }
})

test('iterations are a whole number', async () => {
  for (const iterations of [0, -1, 1.5, NaN, Infinity, 2 ** 31, '10' as unknown as number]) {
    await assert.rejects(makeDjangoPassword('a', { iterations }), { code: 'ERR_OPTION' })
  }
})

describe('beside Django', { skip: NO_DJANGO }, () => {
  let all: readonly Django[] = []
  let stop = (): Promise<void> => Promise.resolve()
  before(async () => {
    ;({ all, stop } = await everyDjango())
  })
  after(() => stop())

  const passwords = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ maxLength: 200 }),
    fc.constantFrom('', 'ü', '$', '\0', 'a'.repeat(5000)),
  )

  test('what Django hashed is checked here, and what was hashed here there', async () => {
    for (const django of all) {
      for (const [password, salt] of fc.sample(fc.tuple(passwords, fc.stringMatching(/^[a-zA-Z0-9./ü-]{1,30}$/)), 40)) {
        const theirs = await django.call<string>('hash_password', password, 'pbkdf2_sha256', salt, 10)
        assert.equal(await checkDjangoPassword(password, theirs), true)
      }
      for (const password of fc.sample(passwords, 10)) {
        const ours = await makeDjangoPassword(password, QUICK)
        assert.equal(await django.call('check_password', password, ours), true)
        assert.equal(await django.call('check_password', `${password}x`, ours), false)
      }
      const theirs = await django.call<string>('make_password', 'correct horse')
      assert.equal(await checkDjangoPassword('correct horse', theirs), true)
      assert.equal(theirs.split('$')[2]?.length, 22)
    }
  })

  test('a wrong password is wrong, however few iterations its hash has', async () => {
    for (const django of all) {
      const theirs = await django.call<string>('hash_password', 'correct horse', 'pbkdf2_sha256', 'salt', 10)
      for (const wrong of ['', 'correct hors', 'Correct horse'])
        assert.equal(await checkDjangoPassword(wrong, theirs), false)
    }
  })

  test('a password that nobody has is one on both sides', async () => {
    for (const django of all) {
      assert.equal(await checkDjangoPassword('', await django.call('make_password', null)), false)
      assert.equal(await django.call('usable', await makeDjangoPassword(null)), false)
      assert.equal(await django.call('usable', await makeDjangoPassword('', QUICK)), true)
    }
  })

  test('a made one is not made anew by the newest Django', async () => {
    for (const django of all.filter(({ version }) => version.startsWith('5.2'))) {
      assert.equal(await django.call('must_update', await makeDjangoPassword('a')), false)
      assert.equal(await django.call('must_update', await makeDjangoPassword('a', { iterations: 600_000 })), true)
    }
  })

  test('the hash in a session is the same', async () => {
    const encoded = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('pbkdf2_sha256$1000$seasalt$abc'))
    for (const django of all) {
      for (const [password, key] of fc.sample(fc.tuple(encoded, fc.constantFrom(...KEYS)), 100)) {
        assert.equal(sessionAuthHash(password, key), await django.call('auth_hash', password, [key]))
      }
    }
  })
})
