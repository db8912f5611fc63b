import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createSessions, db, memoryStore, type SessionEvent, type Sessions } from '../../src/index.ts'
import { fakeClock, type FakeClock } from '../support/clock.ts'
import { COOKIE, KEY } from '../support/probe.ts'
import type { ProbeData } from '../support/probe-routes.ts'

// Renewal under every schedule: an honest browser is never taken for a thief, and a thief is always noticed.
// ASVS 7.2.4, standards X21, X22, C12, B8, V-CLOCK. Design, section 5.

/** One request of a browser tab: how long it and its response travel, whether the response arrives, what comes next. */
interface Step {
  /** Seconds until the tab asks. */
  readonly after: number
  /** Seconds on the way there and back. Together less than the grace time. */
  readonly there: number
  readonly back: number
  /** Seconds the handler takes. However long, the request is judged by its arrival. */
  readonly works: number
  readonly lost: boolean
  readonly writes: boolean
}

const GRACE = 60

const step: fc.Arbitrary<Step> = fc
  .record({
    after: fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 300, max: 1200 }),
    ),
    there: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: GRACE })),
    back: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: GRACE })),
    works: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 900 })),
    lost: fc.boolean(),
    writes: fc.boolean(),
  })
  .filter(({ there, back }) => there + back < GRACE)

const settings = fc.record({
  renewalInterval: fc.constantFrom(60, 90, 600),
  persistent: fc.boolean(),
  rotated: fc.boolean(),
})

interface Settings {
  readonly renewalInterval: number
  readonly persistent: boolean
  readonly rotated: boolean
}

describe('renewal schedules', () => {
  test('parallel tabs, lost, late and reordered responses raise no alarm and sign nobody out', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { minLength: 1, maxLength: 40 }), async (options, steps) => {
        const world = createWorld(options)
        const jar = await world.login()
        await honest(world, jar, steps)
        assert.deepEqual(world.alarms(), [])
        assert.equal((await world.open(jar.cookie)).subject, 'owner')
      }),
      { numRuns: 10_000 },
    )
  })

  test('long polls that a navigation abandoned do not make a thief of the browser that sent them', async () => {
    const world = createWorld({ renewalInterval: 600, persistent: false, rotated: false })
    const jar = await world.login()
    world.clock.advance(590)
    const polls = [await world.open(jar.cookie), await world.open(jar.cookie), await world.open(jar.cookie)]
    world.clock.advance(10)
    jar.cookie = (await (await world.open(jar.cookie)).commit()) ?? assert.fail('a renewal was due')
    for (const { commit } of polls) {
      world.clock.advance(60)
      await commit() // Nobody listens any more.
    }
    world.clock.advance(600)
    assert.equal((await world.open(jar.cookie)).subject, 'owner')
    assert.deepEqual(world.alarms(), [])
  })

  test('a request still on its way with a token that was issued anew is good for the grace time, and theft after it', async () => {
    for (const [seconds, good] of [
      [60, true],
      [61, false],
    ] as const) {
      const world = createWorld({ renewalInterval: 600, persistent: false, rotated: false })
      const { cookie } = await world.login()
      const ask = async (presented: string): Promise<string> => (await (await world.open(presented)).commit()) ?? ''
      world.clock.advance(600)
      const first = await ask(cookie)
      world.clock.advance(60)
      const second = await ask(cookie) // Sent before the first arrived, so the first may be lost: another is issued.
      assert.ok(first !== '' && second !== '' && first !== second)
      await ask(second) // Shown by one tab, while another tab's request with the first is on its way.
      world.clock.advance(seconds)
      assert.equal((await world.open(first)).subject, good ? 'owner' : null)
      assert.equal(world.alarms().length > 0, !good)
    }
  })

  test('a copied token always raises the alarm once both have come back after the grace time', async () => {
    const visits = fc.array(
      fc.record({
        who: fc.constantFrom('owner' as const, 'thief' as const),
        after: fc.integer({ min: 0, max: 900 }),
        lost: fc.boolean(),
      }),
      { maxLength: 25 },
    )
    // A thief may take what each response brings, or show the copy again and again.
    const takes = fc.boolean()
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(step, { maxLength: 8 }),
        visits,
        takes,
        async (options, before, after, thiefTakes) => {
          const world = createWorld(options)
          const owner = await world.login()
          await honest(world, owner, before)
          const thief = { cookie: owner.cookie }
          const jars = { owner, thief }
          const visit = async (who: 'owner' | 'thief', lost = false): Promise<void> => {
            const { commit } = await world.open(jars[who].cookie)
            const received = await commit()
            if (received !== undefined && !lost && (who === 'owner' || thiefTakes)) jars[who].cookie = received
          }
          for (const { who, after: seconds, lost } of after) {
            world.clock.advance(seconds)
            await visit(who, lost)
          }
          // From here on both come back, each after a renewal is due and the grace time is over.
          for (let round = 0; round < 3; round++) {
            for (const who of ['owner', 'thief'] as const) {
              world.clock.advance(options.renewalInterval + GRACE + 1)
              await visit(who)
            }
          }
          assert.equal(world.alarms().length > 0, true, 'theft went unnoticed')
          assert.equal((await world.open(owner.cookie)).subject, null)
          assert.equal((await world.open(thief.cookie)).subject, null)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

interface Jar {
  cookie: string
}

interface World {
  readonly clock: FakeClock
  login(): Promise<Jar>
  /** A request that arrives now. Its session is committed, and its response begins, when the handler is done. */
  open(cookie: string, writes?: boolean): Promise<{ subject: string | null; commit: () => Promise<string | undefined> }>
  alarms(): readonly SessionEvent[]
}

function createWorld({ renewalInterval, persistent, rotated }: Settings): World {
  const clock = fakeClock()
  const store = memoryStore({ clock, maxEntries: 16 })
  const events: SessionEvent[] = []
  const build = (keys: readonly string[]): Sessions<ProbeData> => {
    const sessions = createSessions<ProbeData>({
      keys,
      clock,
      engine: db(store),
      renewalInterval,
      idleTimeout: 86_400,
      absoluteTimeout: 30 * 86_400,
      ...(persistent ? { cookie: { maxAge: 86_400 } } : {}),
    })
    sessions.on('*', (event) => events.push(event))
    return sessions
  }
  const before = build([KEY])
  const sessions = rotated ? build(['k5-the key that came after the login, of fifty by.', KEY]) : before
  return {
    clock,
    async login() {
      const session = await before.open({ headers: {} })
      await session.login('owner')
      return { cookie: cookieOf((await before.commit(session)).setCookie) ?? '' }
    },
    async open(cookie, writes = false) {
      const session = await sessions.open({ headers: { cookie: `${COOKIE}=${cookie}` } })
      const { subject } = session
      if (writes) session.update('count', (count) => Number(count ?? 0) + 1)
      return { subject, commit: async () => cookieOf((await sessions.commit(session)).setCookie) }
    },
    alarms: () => events.filter(({ type }) => type === 'reuse' || type === 'store-behind' || type === 'unknown'),
  }
}

/** Plays the steps by the clock. A tab sends what is in the jar when it asks; the jar keeps what arrives last. */
async function honest(world: World, jar: Jar, steps: readonly Step[]): Promise<void> {
  const due: { readonly at: number; readonly act: () => Promise<void> | void }[] = []
  const later = (seconds: number, act: () => Promise<void> | void): void => {
    due.push({ at: world.clock.now() + seconds * 1000, act })
  }
  let asks = 0
  for (const { after, there, works, back, lost, writes } of steps) {
    asks += after
    later(asks, () => {
      const { cookie } = jar
      later(there, async () => {
        const { subject, commit } = await world.open(cookie, writes)
        assert.equal(subject, 'owner')
        later(works, async () => {
          const received = await commit()
          if (received !== undefined && !lost) later(back, () => void (jar.cookie = received))
        })
      })
    })
  }
  while (due.length > 0) {
    const next = due.reduce((first, other) => (other.at < first.at ? other : first))
    due.splice(due.indexOf(next), 1)
    world.clock.advance((next.at - world.clock.now()) / 1000)
    await next.act()
  }
}

function cookieOf(line: string | undefined): string | undefined {
  return line?.split(';')[0]?.slice(COOKIE.length + 1)
}
