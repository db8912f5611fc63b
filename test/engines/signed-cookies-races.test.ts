import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEndings, type Endings } from '../../src/core/sealed/endings.ts'
import { memoryStore, sqliteStore, type SessionStore } from '../../src/index.ts'
import { fakeClock } from '../support/clock.ts'
import { createSteps } from '../support/stepped.ts'

// "Sign out everywhere, but here" has no session to spare in a store: a pardon, made and removed beside the epoch,
// stands for it. Whatever the order of the steps of all that goes on at once:
// - once a call that spares nobody has answered, the session is dead, and stays dead;
// - while every call spares it, it is alive at every moment.

type Act = 'all' | 'all but this' | 'all but another' | 'end' | 'ask'
const ACTS: readonly Act[] = ['all', 'all but this', 'all but another', 'end', 'ask']
const RUNS = Number(process.env['RUNS'] ?? 500)

const STORES: Readonly<Record<string, () => SessionStore>> = {
  memoryStore: () => memoryStore({ clock: fakeClock() }),
  sqliteStore: () => sqliteStore(':memory:', { clock: fakeClock() }),
}

for (const [name, makeStore] of Object.entries(STORES)) {
  test(`no schedule brings a session back or ends a spared one, on ${name}`, async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom(...ACTS), { minLength: 2, maxLength: 6 }),
      async (scheduler, acts) => {
        const real = makeStore()
        try {
          await race(scheduler, acts, real)
        } finally {
          await real.close?.()
        }
      },
    )
    await fc.assert(property, { numRuns: name === 'memoryStore' ? RUNS : RUNS / 10 })
  })
}

async function race(scheduler: fc.Scheduler, acts: readonly Act[], real: SessionStore): Promise<void> {
  const clock = fakeClock()
  const store = stepped(real, scheduler)
  const endings: Endings = createEndings(store, clock)
  const session = { id: 'AAAAAAAAAAAAAAAAAAAAAA', subject: 'ada', absoluteAt: clock.now() + 1000 }
  const sealedEpoch = await real.epoch('ada')
  const until = session.absoluteAt
  let ended = false
  let begun = false

  const perform = async (act: Act): Promise<void> => {
    if (act === 'ask') {
      const mustBeDead = ended
      const { kind } = await endings.standing(session, sealedEpoch)
      if (mustBeDead) assert.equal(kind, 'ended')
      if (!begun) assert.equal(kind, 'alive')
      return
    }
    begun ||= act !== 'all but this'
    if (act === 'end') await endings.end(session)
    if (act === 'all') await endings.endAll('ada', undefined)
    if (act === 'all but this') await endings.endAll('ada', { id: session.id, until })
    if (act === 'all but another') await endings.endAll('ada', { id: 'BBBBBBBBBBBBBBBBBBBBBB', until })
    ended ||= act !== 'all but this'
  }
  await scheduler.waitFor(Promise.all(acts.map(perform)))

  const after = await createEndings(real, clock).standing(session, sealedEpoch)
  assert.equal(after.kind, begun ? 'ended' : 'alive', acts.join(', '))
}

/** A store whose every step waits for its turn, before and after. */
function stepped(real: SessionStore, scheduler: fc.Scheduler): SessionStore {
  const { run } = createSteps(scheduler)
  return new Proxy(real, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => run(String(name), () => Reflect.apply(member, target, args) as Promise<unknown>)
    },
  })
}
