import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DjangoExtras, DjangoSettings } from '../../src/django.ts'
import { FOUR_SETTINGS, freshExtras, SECRET_KEY, startSite, type Site, type Visitor } from './site.ts'

describe('setExpiry', () => {
  test('a number is the age of this session and of its cookie, counted from each save', async () => {
    const { site, visitor } = await signedIn(FOUR_SETTINGS)
    await visitor.post('/expiry', { seconds: 300 })
    assert.equal(maxAge(visitor), 300)
    site.clock.advance(200)
    await visitor.post('/basket', { item: 'rope' })
    await endsAfter(300, visitor, site)
  })

  test('does not reach beyond the absolute limit', async () => {
    const { site, visitor } = await signedIn(FOUR_SETTINGS)
    await visitor.post('/expiry', { seconds: 50_000 })
    assert.equal(maxAge(visitor), 43_200)
    await endsAfter(43_200, visitor, site)
  })

  test('0 leaves the cookie to the browser, and the session to its usual age', async () => {
    const { site, visitor } = await signedIn(FOUR_SETTINGS)
    await visitor.post('/expiry', { seconds: 0 })
    assert.equal(maxAge(visitor), undefined)
    await endsAfter(1200, visitor, site)
  })

  test('0 reaches the browser at once, also just before a renewal', async () => {
    const { site, visitor } = await signedIn(FOUR_SETTINGS)
    site.clock.advance(570)
    await visitor.post('/expiry', { seconds: 0 })
    assert.equal(maxAge(visitor), undefined)
  })

  test('null goes back to the setting', async () => {
    const { site, visitor } = await signedIn(FOUR_SETTINGS)
    await visitor.post('/expiry', { seconds: 300 })
    await visitor.post('/expiry', { seconds: null })
    assert.equal(maxAge(visitor), 1200)
    await endsAfter(1200, visitor, site)
  })

  test('holds across a login, as it does in Django', async () => {
    const { site } = await start(FOUR_SETTINGS)
    const visitor = site.visitor()
    await visitor.post('/basket', { item: 'rope' })
    await visitor.post('/expiry', { seconds: 300 })
    await visitor.post('/login', { subject: 'ada' })
    assert.equal(maxAge(visitor), 300)
    await endsAfter(300, visitor, site)
  })

  test('gives a cookie of its own age where others end with the browser', async () => {
    const { visitor } = await signedIn({ ...FOUR_SETTINGS, SESSION_EXPIRE_AT_BROWSER_CLOSE: true })
    await visitor.post('/expiry', { seconds: 300 })
    assert.equal(maxAge(visitor), 300)
  })

  test('getExpiryAge tells what is left', async () => {
    const { site, visitor } = await signedIn(FOUR_SETTINGS)
    site.clock.advance(200)
    assert.equal((await visitor.get('/age')).json?.['age'], 1000)
  })
})

describe('SESSION_EXPIRE_AT_BROWSER_CLOSE', () => {
  test('leaves the cookie to the browser, and ends the session by its age all the same', async () => {
    const { site, visitor } = await signedIn({ ...FOUR_SETTINGS, SESSION_EXPIRE_AT_BROWSER_CLOSE: true })
    assert.ok(visitor.setCookie)
    assert.doesNotMatch(visitor.setCookie, /Max-Age|Expires/)
    await endsAfter(1200, visitor, site)
  })
})

describe('SESSION_SAVE_EVERY_REQUEST', () => {
  const settings: DjangoSettings = { ...FOUR_SETTINGS, SESSION_SAVE_EVERY_REQUEST: true }

  for (const [what, path] of [
    ['reading', '/me'],
    ['a request that leaves the session alone', '/about'],
  ] as const) {
    test(`${what} lengthens the session, and the cookie with it`, async () => {
      const { site, extras, visitor } = await signedIn(settings)
      for (const pause of [400, 170, 500, 100]) {
        site.clock.advance(pause)
        await visitor.get(path)
        assert.ok(visitor.until >= site.clock.now() + 1_200_000, `${visitor.until - site.clock.now()} ms`)
      }
      await site.close() // Writes what waits.

      const restarted = await startSite(settings, extras)
      restarted.clock.advance(1199)
      assert.equal(await subjectOf(restarted.visitor(visitor.cookie)), 'ada')
    })
  }

  test('a session ends when nobody comes', async () => {
    const { site, visitor } = await signedIn(settings)
    site.clock.advance(1199)
    assert.equal(await subjectOf(visitor.copy()), 'ada')
    await site.close()

    const empty = await signedIn(settings)
    empty.site.clock.advance(1200)
    assert.equal(await subjectOf(empty.visitor.copy()), null)
  })

  test('a visitor without a session gets none', async () => {
    const { site } = await start(settings)
    await site.visitor().get('/me')
    await site.visitor().get('/about')
    assert.deepEqual(site.setCookies, [])
  })
})

describe('SESSION_COOKIE_AGE', () => {
  test('is 30 minutes when it is not given', async () => {
    const { site, visitor } = await signedIn({ SECRET_KEY })
    assert.equal(maxAge(visitor), 1800)
    await endsAfter(1800, visitor, site)
  })

  test('means what it says beyond 12 hours', async () => {
    const twoWeeks = 14 * 24 * 60 * 60
    const { site, visitor } = await signedIn({ SECRET_KEY, SESSION_COOKIE_AGE: twoWeeks })
    assert.equal(maxAge(visitor), twoWeeks)
    await endsAfter(twoWeeks, visitor, site)
  })

  test('yields to an absolute limit that was asked for', async () => {
    const { site, visitor } = await signedIn({ SECRET_KEY, SESSION_COOKIE_AGE: 1200 }, { absoluteTimeout: 1000 })
    assert.equal(maxAge(visitor), 1000)
    await endsAfter(1000, visitor, site)
  })
})

interface Started {
  readonly site: Site
  readonly extras: ReturnType<typeof freshExtras>
}

async function start(settings: DjangoSettings, more: DjangoExtras = {}): Promise<Started> {
  const extras = freshExtras()
  return { site: await startSite(settings, { ...more, ...extras }), extras }
}

async function signedIn(
  settings: DjangoSettings,
  more: DjangoExtras = {},
): Promise<Started & { readonly visitor: Visitor }> {
  const started = await start(settings, more)
  const visitor = started.site.visitor()
  await visitor.post('/login', { subject: 'ada' })
  return { ...started, visitor }
}

/** From now, for a browser that keeps to Max-Age and for a thief who does not. */
async function endsAfter(age: number, visitor: Visitor, { clock }: Site): Promise<void> {
  const [before, after] = [visitor.copy(), visitor.copy()]
  clock.advance(age - 1)
  assert.equal(await subjectOf(before), 'ada')
  assert.equal(await subjectOf(visitor), 'ada')
  clock.advance(1)
  assert.equal(await subjectOf(after), null)
}

async function subjectOf(visitor: Visitor): Promise<unknown> {
  return (await visitor.get('/me')).json?.['subject']
}

function maxAge({ setCookie }: Visitor): number | undefined {
  assert.ok(setCookie)
  const found = /; Max-Age=(\d+)/.exec(setCookie)?.[1]
  return found === undefined ? undefined : Number(found)
}
