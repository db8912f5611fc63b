import fc from 'fast-check'

/** What several visitors and administrators do at once, and what goes wrong meanwhile. */
export interface Scenario {
  /** Each actor does one thing after the other; the actors go on at once, in the processes by turns. */
  readonly actors: readonly (readonly Act[])[]
  readonly world: readonly Happening[]
  /** How long each operation of a cache or a store waits, by turns, in steps of others. */
  readonly pauses: readonly number[]
  /** Operations that fail, counted over all caches or over all stores. */
  readonly faults: readonly Fault[]
  readonly maxPerSubject: number | undefined
}

export interface Act {
  readonly does: Deed
  /** With the cookie of which of the two browsers. */
  readonly browser: number
  /** 0: the newest cookie. Otherwise an older one: a tab, or a thief. */
  readonly age: number
}

export const DEEDS = [
  'read',
  'touch',
  'write',
  'take',
  'cycle',
  'login',
  'login since',
  'logout',
  'flush',
  'revoke',
  'revoke as subject',
  'revoke all',
  'revoke all others',
  'clear expired',
] as const
export type Deed = (typeof DEEDS)[number]

export type Happening = { /** In steps of others. */ readonly after: number } & (
  | { readonly kind: 'time passes'; readonly ms: number }
  /** The cache forgets one session, or all. */
  | { readonly kind: 'evict'; readonly browser: number }
  | { readonly kind: 'cache restarts' }
  /** The second process dies with all it had begun. */
  | { readonly kind: 'crash' }
)

export interface Fault {
  readonly at: number
  readonly part: 'cache' | 'store'
  readonly kind: 'lost' | 'answer lost'
}

export interface Bounds {
  readonly deeds?: readonly Deed[]
  readonly happenings: readonly Happening['kind'][]
  readonly faults?: { readonly most: number; readonly parts: readonly Fault['part'][]; readonly upTo: number }
  readonly limits?: readonly (number | undefined)[]
}

/** 60.1 s is past the grace time and the life of a copy, 301 s past the idle limit. */
const TIMES = [100, 1_000, 11_000, 30_000, 59_900, 60_100, 301_000] as const

const after = fc.oneof(fc.constant(0), fc.nat(40))
const pauses = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(3, 10, 30)), {
  maxLength: 9,
})

export function scenarios({
  happenings,
  deeds = DEEDS,
  faults = { most: 0, parts: ['cache'], upTo: 0 },
  limits = [undefined, undefined, 1],
}: Bounds): fc.Arbitrary<Scenario> {
  const act = fc.record({
    does: fc.constantFrom(...deeds),
    browser: fc.nat(1),
    age: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(3)),
  })
  const kinds: Record<Happening['kind'], fc.Arbitrary<Happening>> = {
    'time passes': fc.record({ kind: fc.constant('time passes' as const), ms: fc.constantFrom(...TIMES), after }),
    evict: fc.record({ kind: fc.constant('evict' as const), browser: fc.nat(1), after }),
    'cache restarts': fc.record({ kind: fc.constant('cache restarts' as const), after }),
    crash: fc.record({ kind: fc.constant('crash' as const), after }),
  }
  return fc.record({
    pauses,
    actors: fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 4 }),
    world: fc.array(fc.oneof(...happenings.map((kind) => kinds[kind])), { maxLength: 4 }),
    faults: fc.array(
      fc.record({
        at: fc.nat(faults.upTo),
        part: fc.constantFrom(...faults.parts),
        kind: fc.constantFrom('lost' as const, 'answer lost' as const),
      }),
      { maxLength: faults.most },
    ),
    maxPerSubject: fc.constantFrom(...limits),
  })
}

/** Always the same deeds of each actor, all with the newest cookie of one browser; only their order differs. */
export function exactly(
  deeds: readonly (readonly Deed[])[],
  happenings: readonly Happening[] = [],
): fc.Arbitrary<Scenario> {
  return fc.record({
    pauses,
    actors: fc.constant(deeds.map((each) => each.map((does) => ({ does, browser: 0, age: 0 })))),
    world: fc.tuple(...happenings.map((happening) => after.map((steps) => ({ ...happening, after: steps })))),
    faults: fc.constant([]),
    maxPerSubject: fc.constant(undefined),
  })
}
