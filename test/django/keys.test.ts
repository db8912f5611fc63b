import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DjangoSettings } from '../../src/django.ts'
import { freshExtras, SECRET_KEY, startSite, type Visitor } from './site.ts'
import { problemWith } from './refusals.ts'
import { watchWarnings } from './warnings.ts'

const NEW_KEY = 'k3#w(z8!n1vr$qd7t@xm5y0&j2bp6hs9cf%guae-l_oi*+4=7'

describe('SECRET_KEY', () => {
  for (const [what, key, problem] of [
    ['none', undefined, 'is missing, or its environment variable is not set'],
    ['None', null, 'must be a string, not null'],
    ['bytes', Buffer.alloc(32), 'must be a string, not an object'],
    ['an empty one', '', 'has 0 bytes; the shortest safe key has 32'],
    ['a short one', 'x9$kq2', 'has 6 bytes; the shortest safe key has 32'],
    ['a placeholder', 'change-me-change-me-change-me-change-me', 'begins like a placeholder from a tutorial'],
    ['a pattern', 'abab'.repeat(12), 'repeats a few characters'],
  ] as const) {
    test(`${what} is refused, and how to make one is told`, () => {
      assert.equal(problemWith({ SECRET_KEY: key }), `SECRET_KEY ${problem}; make one with \`npx holdfast keygen\`.`)
    })
  }

  test('of startproject is warned of, in force or retired', async (t) => {
    const fromTemplate = `django-insecure-${SECRET_KEY}`
    for (const settings of [
      { SECRET_KEY: fromTemplate },
      { SECRET_KEY, SECRET_KEY_FALLBACKS: [fromTemplate] },
    ] satisfies DjangoSettings[]) {
      const heard = watchWarnings(t)
      await startSite(settings, freshExtras())
      assert.deepEqual(await heard(), [
        'HOLDFAST_INSECURE_KEY: A SECRET_KEY is the one that startproject wrote into settings.py. Give production a key of its own.',
      ])
    }
  })
})

describe('SECRET_KEY_FALLBACKS', () => {
  for (const [what, keys, problem] of [
    ['None', null, 'must be an array of strings, not null'],
    ['one key without brackets', SECRET_KEY, 'must be an array of strings, not a string'],
    [
      'an unset variable',
      [SECRET_KEY, undefined],
      'cannot be used: entry 1 is missing, or its environment variable is not set',
    ],
    [
      'nothing',
      Array.from({ length: 1 }),
      'cannot be used: entry 0 is missing, or its environment variable is not set',
    ],
    [
      'several bad ones',
      ['short', SECRET_KEY, 5],
      'cannot be used: entry 0 has 5 bytes; the shortest safe key has 32, and entry 2 must be a string, not a number',
    ],
  ] as const) {
    test(`${what} is refused`, () => {
      assert.equal(problemWith({ SECRET_KEY_FALLBACKS: keys }), `SECRET_KEY_FALLBACKS ${problem}.`)
    })
  }
})

describe('rotation', () => {
  test('signs nobody out, and a renewal leaves the old key behind', async () => {
    const extras = freshExtras()
    const old = await startSite({ SECRET_KEY }, extras)
    const visitor = old.visitor()
    await visitor.post('/login', { subject: 'ada' })
    await old.close()

    const rotating = await startSite({ SECRET_KEY: NEW_KEY, SECRET_KEY_FALLBACKS: [SECRET_KEY] }, extras)
    const returning = rotating.visitor(visitor.cookie)
    assert.equal(await subjectOf(returning), 'ada')
    assert.notEqual(returning.cookie, visitor.cookie)
    extras.clock.advance(700)
    assert.equal(await subjectOf(returning), 'ada')
    assert.equal(await subjectOf(returning), 'ada')
    await rotating.close()

    const done = await startSite({ SECRET_KEY: NEW_KEY }, extras)
    assert.equal(await subjectOf(done.visitor(returning.cookie)), 'ada')
    assert.equal(await subjectOf(done.visitor(visitor.cookie)), null)
  })

  test('is over after the absolute limit: no session needs the old key by then', async () => {
    const extras = freshExtras()
    const keep = { SESSION_COOKIE_AGE: 43_200, SESSION_SAVE_EVERY_REQUEST: true }
    const old = await startSite({ ...keep, SECRET_KEY }, extras)
    const visitor = old.visitor()
    await visitor.post('/login', { subject: 'ada' })
    await old.close()

    const rotating = await startSite({ ...keep, SECRET_KEY: NEW_KEY, SECRET_KEY_FALLBACKS: [SECRET_KEY] }, extras)
    const newcomer = rotating.visitor()
    extras.clock.advance(43_199)
    await newcomer.post('/login', { subject: 'ben' })
    assert.equal(await subjectOf(rotating.visitor(visitor.cookie)), 'ada')
    extras.clock.advance(1)
    assert.equal(await subjectOf(rotating.visitor(visitor.cookie)), null)
    await rotating.close()

    const done = await startSite({ ...keep, SECRET_KEY: NEW_KEY }, extras)
    assert.equal(await subjectOf(done.visitor(newcomer.cookie)), 'ben')
  })

  test('without the old key among the fallbacks signs everyone out', async () => {
    const extras = freshExtras()
    const old = await startSite({ SECRET_KEY }, extras)
    const visitor = old.visitor()
    await visitor.post('/login', { subject: 'ada' })
    await old.close()
    const site = await startSite({ SECRET_KEY: NEW_KEY }, extras)
    assert.equal(await subjectOf(site.visitor(visitor.cookie)), null)
  })
})

async function subjectOf(visitor: Visitor): Promise<unknown> {
  return (await visitor.get('/me')).json?.['subject']
}
