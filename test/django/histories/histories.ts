import fc from 'fast-check'
import type { Step } from './play.ts'

/** What happens to a site, one after the other. */
export type Act =
  /** A browser asks for a page whose view does this. */
  | { readonly kind: 'visit'; readonly jar: number; readonly steps: readonly Step[]; readonly status: number }
  /** Another browser has the cookie now too. */
  | { readonly kind: 'copy'; readonly from: number; readonly to: number }
  /** What a browser sends is none that the site gave it. */
  | { readonly kind: 'forge'; readonly jar: number; readonly how: Forgery }
  | { readonly kind: 'wait'; readonly seconds: number }

export type Forgery = 'unknown' | 'truncated' | 'short' | 'longer' | 'upper case'

export const JARS = 3

const key = fc.constantFrom('a', 'b', 'list', '__proto__', 'Zoë')
const value = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom('', 'text', 'Zoë 😀', 1.5, true, null),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  fc.record({ nested: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }) }, { noNullPrototype: true }),
)
const expiry = fc.oneof(
  fc.constantFrom(null, 0, 1, 60, 600, -5),
  fc.record({ ms: fc.constantFrom(-5000, 30_000, 500_500) }, { noNullPrototype: true }),
)

const looking = fc.oneof(
  fc.tuple(fc.constantFrom('user', 'age', 'browserClose', 'isEmpty', 'isModified', 'testCookieWorked', 'date')),
  fc.tuple(fc.constant('get'), key),
)
const changing = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('set'), key, value) },
  fc.tuple(fc.constant('set'), fc.constant('list'), fc.array(fc.integer(), { maxLength: 2 })),
  fc.tuple(fc.constant('pop'), key),
  fc.tuple(fc.constant('setdefault'), key, value),
  fc.tuple(fc.constant('append'), fc.constant('list'), value),
  fc.tuple(fc.constantFrom('modified', 'setTestCookie', 'deleteTestCookie')),
  fc.tuple(fc.constant('setExpiry'), expiry),
)
const ending = fc.tuple(fc.constantFrom('flush', 'logout'))
const renewing = fc.oneof(
  fc.tuple(fc.constantFrom('cycleKey')),
  { weight: 2, arbitrary: fc.tuple(fc.constant('login'), fc.constantFrom('1', '2')) },
  fc.tuple(fc.constant('password'), fc.constantFrom('one', 'two')),
)

const step = fc.oneof(
  { weight: 4, arbitrary: looking },
  { weight: 6, arbitrary: changing },
  { weight: 1, arbitrary: ending },
  { weight: 2, arbitrary: renewing },
) as fc.Arbitrary<Step>

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('visit' as const),
      jar: fc.nat(JARS - 1),
      steps: fc.array(step, { maxLength: 4 }),
      status: fc.constantFrom(200, 200, 200, 200, 404, 302, 500),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('copy' as const), from: fc.nat(JARS - 1), to: fc.nat(JARS - 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('forge' as const),
      jar: fc.nat(JARS - 1),
      how: fc.constantFrom<Forgery>('unknown', 'truncated', 'short', 'longer', 'upper case'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(1, 59, 601, 90_000) }),
  },
)

export const history: fc.Arbitrary<readonly Act[]> = fc.array(act, { minLength: 3, maxLength: 14 })

export function forged(cookie: string | null, how: Forgery): string {
  const real = cookie ?? 'abcdefghijklmnopqrstuvwxyz012345'
  switch (how) {
    case 'unknown':
      return 'abcdefghijklmnopqrstuvwxyz012345'
    case 'truncated':
      return real.slice(0, -1)
    case 'short':
      return real.slice(0, 7)
    case 'longer':
      return `${real}0`
    case 'upper case':
      return real.toUpperCase()
  }
}
