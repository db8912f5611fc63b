import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DjangoSettings } from '../../src/django.ts'
import { freshExtras, SECRET_KEY, startSite } from './site.ts'
import { watchWarnings } from './warnings.ts'

describe('the cookie on the wire', () => {
  for (const [settings, name, attributes] of [
    [{}, '__Host-sessionid', ['Max-Age=1800', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']],
    [
      { SESSION_COOKIE_PATH: '/app' },
      '__Secure-sessionid',
      ['Max-Age=1800', 'Path=/app', 'HttpOnly', 'Secure', 'SameSite=Lax'],
    ],
    [
      { SESSION_COOKIE_DOMAIN: 'example.com' },
      '__Secure-sessionid',
      ['Max-Age=1800', 'Domain=example.com', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'],
    ],
    [{ SESSION_COOKIE_SECURE: false }, 'sessionid', ['Max-Age=1800', 'Path=/', 'HttpOnly', 'SameSite=Lax']],
    [{ SESSION_COOKIE_HTTPONLY: false }, '__Host-sessionid', ['Max-Age=1800', 'Path=/', 'Secure', 'SameSite=Lax']],
    [{ SESSION_COOKIE_NAME: 'shop' }, 'shop', ['Max-Age=1800', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']],
    [
      { SESSION_COOKIE_NAME: 'sessionid', SESSION_COOKIE_DOMAIN: null },
      'sessionid',
      ['Max-Age=1800', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'],
    ],
    ...(['Lax', 'Strict', 'None'] as const).map(
      (sameSite) =>
        [
          { SESSION_COOKIE_SAMESITE: sameSite },
          '__Host-sessionid',
          ['Max-Age=1800', 'Path=/', 'HttpOnly', 'Secure', `SameSite=${sameSite}`],
        ] as const,
    ),
    [
      { SESSION_COOKIE_AGE: 3_456_000 },
      '__Host-sessionid',
      ['Max-Age=3456000', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'],
    ],
    [{ SESSION_EXPIRE_AT_BROWSER_CLOSE: true }, '__Host-sessionid', ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']],
  ] satisfies (readonly [Partial<DjangoSettings>, string, readonly string[]])[]) {
    test(`with ${JSON.stringify(settings)}`, async () => {
      const site = await startSite({ SECRET_KEY, ...settings }, freshExtras())
      const visitor = site.visitor()
      await visitor.post('/login', { subject: 'ada' })
      assert.deepEqual(parts(visitor.setCookie), { name, attributes: new Set(attributes) })
      assert.equal((await visitor.get('/me')).json?.['subject'], 'ada')

      // A browser ignores a removal whose attributes differ.
      await visitor.post('/logout')
      const removed = attributes.filter((attribute) => !attribute.startsWith('Max-Age'))
      assert.deepEqual(parts(visitor.setCookie), {
        name,
        attributes: new Set([...removed, 'Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'Max-Age=0']),
      })
    })
  }
})

describe('a protection that is switched off', () => {
  const extras = freshExtras()
  for (const [settings, warnings] of [
    [{}, []],
    [
      { SESSION_COOKIE_SECURE: false },
      ['HOLDFAST_WEAK_COOKIE: The session cookie is not Secure: it goes over plain http, where anyone can copy it.'],
    ],
    [
      { SESSION_COOKIE_HTTPONLY: false },
      ['HOLDFAST_WEAK_COOKIE: The session cookie is not HttpOnly: every script on the page can read and send it away.'],
    ],
  ] satisfies (readonly [Partial<DjangoSettings>, readonly string[]])[]) {
    test(`is warned of: ${JSON.stringify(settings)}`, async (t) => {
      const heard = watchWarnings(t)
      await startSite({ SECRET_KEY, ...settings }, extras)
      assert.deepEqual(await heard(), warnings)
    })
  }
})

function parts(line: string | undefined): { name: string | undefined; attributes: Set<string> } {
  assert.ok(line)
  const [pair, ...attributes] = line.split('; ')
  return { name: pair?.split('=', 1)[0], attributes: new Set(attributes) }
}
