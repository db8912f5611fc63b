import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  createSessions,
  db,
  memoryStore,
  signedCookies,
  type Clock,
  type CookieOptions,
  type SessionEngine,
  type SessionEvent,
  type Sessions,
  type SessionStore,
} from '../../src/index.ts'
import { fakeClock, type FakeClock } from '../../src/testing.ts'
import { createGates, type Gates } from '../support/gates.ts'
import { createVisitor } from '../support/visitor.ts'

// A node whose clock is wrong by five minutes learns what time it is while a request is under way. What began by the
// wrong clock must not be judged, or count, as if it had begun by the right one.

const SKEW = 300_000
const KEYS = ['GWrtlMqQ0T2gXyQ3pOqYV7v5ZtTPXhZ4gT2nD0cJx9E']

interface Place {
  readonly time: FakeClock
  readonly store: SessionStore
  /** Reads of the store wait here while `slow` is true. */
  readonly gates: Gates
  slow: boolean
  /** Whether the store says what time it is. */
  tells: boolean
  readonly events: SessionEvent[]
  node(skew: number, engineOn?: (store: SessionStore) => SessionEngine, cookie?: CookieOptions): Sessions<{ n: number }>
}

function makePlace(): Place {
  const time = fakeClock()
  const gates = createGates()
  const kept = memoryStore({ clock: time })
  const events: SessionEvent[] = []
  const place: Place = {
    time,
    gates,
    slow: false,
    tells: false,
    events,
    store: {
      ...kept,
      async find(id) {
        if (place.slow) await gates.pass('find')
        return kept.find(id)
      },
      async now() {
        if (!place.tells) throw new Error('the store cannot be asked')
        return time.now()
      },
    },
    node(skew, engineOn = db, cookie = {}) {
      const clock: Clock = { now: () => time.now() + skew, monotonic: () => time.now() }
      const sessions = createSessions<{ n: number }>({ keys: KEYS, engine: engineOn(place.store), clock, cookie })
      sessions.on('*', (event) => events.push(event))
      return sessions
    },
  }
  return place
}

/** The node asks again behind a request, and hears it. */
async function learn(place: Place, sessions: Sessions<{ n: number }>): Promise<void> {
  place.time.advance(2_000)
  place.tells = true
  await createVisitor().open(sessions)
  await new Promise(setImmediate)
}

describe('a node that learns the time late', () => {
  for (const skew of [SKEW, -SKEW]) {
    const which = skew > 0 ? 'fast' : 'slow'

    test(`${which}: a second tab that came before is no thief`, async () => {
      const place = makePlace()
      place.tells = true
      const right = place.node(0)
      const owner = createVisitor()
      await owner.visit(right, (session) => session.login('ada'))
      place.time.advance(601_000)
      const tab = owner.copy()
      await owner.visit(right, (session) => session.subject) // is sent the next secret
      await owner.visit(right, (session) => session.subject) // shows it: the tab has the previous one

      place.tells = false
      const node = place.node(skew)
      await owner.visit(node, (session) => session.subject) // hears nothing; from now on nobody waits for it
      place.slow = true
      const opening = tab.open(node)
      await place.gates.reached('find')
      await learn(place, node)
      place.gates.open('find')
      assert.equal((await opening).subject, 'ada')
      assert.deepEqual(
        place.events.filter(({ type }) => type === 'reuse' || type === 'ended'),
        [],
      )
    })

    test(`${which}: what was done before counts when it was done`, async () => {
      const place = makePlace()
      place.tells = true
      const owner = createVisitor()
      const right = place.node(0)
      await owner.visit(right, (session) => session.login('ada'))
      place.time.advance(400_000)
      place.tells = false
      const node = place.node(skew)
      await owner.visit(node, (session) => session.subject)
      const usedAt = place.time.now()
      await owner.visit(node, async (session) => {
        session.set('n', 1)
        await learn(place, node)
      })
      const [record] = await place.store.listBySubject('ada')
      assert.equal(record?.seenAt, usedAt)
    })

    test(`${which}: who signs in first of all has just done so`, async () => {
      for (const engineOn of [db, (store: SessionStore) => signedCookies({ endings: store })]) {
        const place = makePlace()
        place.tells = true
        const node = place.node(skew, engineOn)
        const owner = createVisitor()
        const at = await owner.visit(node, (session) => session.login('ada').then(() => session.authenticatedAt))
        assert.ok(at !== null)
        assert.equal(await owner.visit(node, (session) => session.authenticatedAt), place.time.now())
      }
    })
  }

  test('no sealed cookie is over by a clock that nobody trusts', async () => {
    const engineOn = (store: SessionStore): SessionEngine => signedCookies({ endings: store })
    const place = makePlace()
    place.tells = true
    const owner = createVisitor()
    await owner.visit(place.node(0, engineOn), (session) => session.login('ada'))
    place.time.advance(1700_000)
    place.tells = false
    const fast = place.node(SKEW, engineOn)
    for (const _ of ['first', 'second']) await assert.rejects(owner.open(fast), /cannot be asked/)
    place.tells = true
    assert.equal(await owner.visit(fast, (session) => session.subject), 'ada')
  })

  test('no cookie is sent again that another node may be replacing', async () => {
    const place = makePlace()
    place.tells = true
    const owner = createVisitor()
    await owner.visit(place.node(0, db, { maxAge: 3600 }), (session) => session.login('ada'))
    place.time.advance(590_000)
    place.tells = false
    const slow = place.node(-SKEW, db, { maxAge: 3600 })
    const session = await owner.open(slow)
    session.set('n', 1)
    assert.equal((await slow.commit(session)).setCookie, undefined)
  })

  test('who has nothing to keep needs no time', async () => {
    for (const engineOn of [db, (store: SessionStore) => signedCookies({ endings: store })]) {
      const place = makePlace()
      await createVisitor().visit(place.node(0, engineOn), (session) => {
        session.set('n', 1)
        session.delete('n')
        session.delete('other' as 'n')
      })
      assert.deepEqual(place.events, [])
    }
  })
})
