import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCookieWriter, LONGEST_MAX_AGE, type CookieOptions } from '../../src/cookie/write.ts'

describe('the session cookie', () => {
  test('is the strictest kind by default', () => {
    const cookie = createCookieWriter()
    assert.equal(cookie.write('v', undefined), '__Host-session=v; Path=/; HttpOnly; Secure; SameSite=Lax')
  })

  test('carries every attribute asked for', () => {
    const cookie = createCookieWriter({
      name: '__Secure-id',
      path: '/app',
      domain: 'example.com',
      sameSite: 'none',
      partitioned: true,
      priority: 'high',
      maxAge: 60,
    })
    const parts = new Set(cookie.write('v', 60).split('; '))
    assert.deepEqual(
      parts,
      new Set([
        '__Secure-id=v',
        'Max-Age=60',
        'Domain=example.com',
        'Path=/app',
        'HttpOnly',
        'Secure',
        'Partitioned',
        'Priority=High',
        'SameSite=None',
      ]),
    )
  })

  test('is removed with the same attributes, for a browser ignores a removal that differs', () => {
    const cookie = createCookieWriter({ name: '__Secure-id', path: '/app', domain: 'example.com', sameSite: 'strict' })
    assert.equal(
      cookie.remove(),
      '__Secure-id=; Max-Age=0; Domain=example.com; Path=/app; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict',
    )
  })

  const refused: Record<string, unknown> = {
    'a __Host- cookie that is not secure': { name: '__Host-a', secure: false },
    'a __Host- cookie with another path': { name: '__Host-a', path: '/app' },
    'a __Host- cookie with a domain': { name: '__Host-a', domain: 'example.com' },
    'a __host- cookie in small letters with a domain': { name: '__host-a', domain: 'example.com' },
    'a __Secure- cookie that is not secure': { name: '__Secure-a', secure: false },
    'a __Http- cookie that is not secure': { name: '__Http-a', secure: false },
    'a __Http- cookie that scripts can read': { name: '__Http-a', httpOnly: false },
    'a __Host-Http- cookie that scripts can read': { name: '__Host-Http-a', httpOnly: false },
    'a __Host-Http- cookie with a domain': { name: '__Host-Http-a', domain: 'example.com' },
    'SameSite=None without Secure': { name: 'a', secure: false, sameSite: 'none' },
    'Partitioned without Secure': { name: 'a', secure: false, partitioned: true },
    'a life beyond 400 days': { maxAge: LONGEST_MAX_AGE + 1 },
    'a life of nothing': { maxAge: 0 },
    'half a second': { maxAge: 0.5 },
    'no name': { name: '' },
    'a name with a semicolon': { name: 'a;b' },
    'a name with an equals sign': { name: 'a=b' },
    'a name with a line break': { name: 'a\r\nSet-Cookie: b' },
    'a path that injects an attribute': { name: 'a', path: '/; Domain=evil.example' },
    'a path that the cookie library would refuse at the first login': { name: 'a', path: '/<' },
    'a path with a line break': { name: 'a', path: '/\r\n' },
    'a path from nowhere': { name: 'a', path: 'app' },
    'a domain that injects an attribute': { name: 'a', domain: 'example.com; Path=/' },
    'a domain whose label is a hyphen': { name: 'a', domain: '-.example' },
    'a domain whose label ends with a hyphen': { name: 'a', domain: 'a-.example' },
    'a domain with a label of 64': { name: 'a', domain: `${'a'.repeat(64)}.example` },
    'a domain with wide characters that narrow to CR': { name: 'a', domain: 'example.com\u010d' },
    'SameSite in capitals': { name: 'a', sameSite: 'Lax' },
    'a priority of nobody': { name: 'a', priority: 'urgent' },
    'Secure as a string': { name: 'a', secure: 'false' },
    'HttpOnly as a number': { name: 'a', httpOnly: 0 },
  }
  for (const [name, options] of Object.entries(refused)) {
    test(`refuses ${name}`, () => {
      assert.throws(() => createCookieWriter(options as CookieOptions), { code: 'ERR_COOKIE_OPTION' })
    })
  }
})
