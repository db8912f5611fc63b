import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  cachedDb,
  db,
  HoldfastError,
  memoryCache,
  memoryStore,
  sqliteStore,
  type SessionEngine,
  type SessionStore,
} from '../../src/index.ts'
import { fakeClock } from '../../src/testing.ts'
import { faultyCache, faultyStore, operationsOf, type Fault } from '../support/faults.ts'
import { newVisitor, openSite, type Site } from './site.ts'

// Each operation of a store, delayed, failed before it took effect, and failed after: the answer is an error or the
// truth, nothing that was acknowledged is lost, nothing that has ended lives, and the next request works.

interface Deed {
  /** Done to a site where `ada` is signed in with `n` at 1, by her cookie. Rejects as the site's server would. */
  readonly run: (site: Site) => Promise<unknown>
  /** What the deed is for, asked when all works again: the effect that an acknowledged deed has, and a failed one has not. */
  readonly effect: (site: Site) => Promise<boolean>
  /** For the operations behind the response, whose failure the visitor never sees. */
  readonly unseen?: true
  readonly ends?: true
}

const read = (site: Site, cookie?: string): Promise<string> =>
  site.visitor
    .ask((session) => session.subject, cookie)
    .then(({ status, body }) => (status === 200 ? body : assert.fail(`${status}`)))
const count = (site: Site): Promise<string> => site.visitor.ask((session) => session.get('n')).then(({ body }) => body)
const isOut = async (site: Site): Promise<boolean> => (await read(site, site.visitor.cookies[0])) === 'null'

/** A request whose answer is its own success. */
async function ask(site: Site, deed: Parameters<Site['visitor']['ask']>[0]): Promise<void> {
  const { status, error } = await site.visitor.ask(deed)
  if (error !== undefined) throw error
  assert.equal(status, 200)
}

const DEEDS: Readonly<Record<string, Deed>> = {
  create: {
    async run(site) {
      const { status, error } = await newVisitor(site.sessions).ask((session) => session.login('bob'))
      if (error !== undefined) throw error
      assert.equal(status, 200)
    },
    effect: async (site) => (await site.sessions.list('bob')).length === 1,
  },
  replace: {
    run: (site) => ask(site, (session) => session.cycleKey()),
    effect: isOut,
  },
  find: {
    run: (site) => ask(site, (session) => assert.equal(session.subject, 'ada')),
    effect: async () => false,
  },
  update: {
    run: (site) => ask(site, (session) => session.update('n', (n = 0) => n + 1)),
    effect: async (site) => (await count(site)) === '2',
  },
  touch: {
    run: async (site) => {
      await ask(site, (session) => session.subject)
      await new Promise((resolve) => setImmediate(resolve))
    },
    effect: async (site) => (await site.sessions.list('ada'))[0]?.lastSeenAt.getTime() !== BEGUN,
    unseen: true,
  },
  delete: {
    run: (site) => ask(site, (session) => session.logout()),
    effect: isOut,
    ends: true,
  },
  listBySubject: {
    run: (site) => site.sessions.list('ada'),
    effect: async () => false,
  },
  deleteBySubject: {
    run: (site) => site.sessions.revokeAll('ada'),
    effect: isOut,
    ends: true,
  },
  epoch: {
    run: (site) => site.sessions.epoch('ada'),
    effect: async () => false,
  },
  findEnding: {
    run: async (site) => {
      const { status, error } = await site.visitor.ask((session) => session.set('n', 9), await deadCookie(site))
      if (error !== undefined) throw error
      assert.equal(status, 400, 'a late write to an ended session')
    },
    effect: async () => false,
  },
  clearExpired: {
    run: (site) => site.sessions.clearExpired(),
    effect: async () => false,
  },
}

const BEGUN = Date.UTC(2026, 0, 1)
/** A touch is due, and so urgent that it is written at once. */
const LATE = 1795_000

async function deadCookie(site: Site): Promise<string> {
  const other = newVisitor(site.sessions)
  await other.ask((session) => session.login('carl'))
  await other.ask((session) => session.logout(), other.cookies[0])
  return other.cookies[0] ?? ''
}

const STORES: Readonly<Record<string, (clock: ReturnType<typeof fakeClock>) => SessionStore>> = {
  memoryStore: (clock) => memoryStore({ clock }),
  sqliteStore: (clock) => sqliteStore(':memory:', { clock }),
}
const ENGINES: Readonly<Record<string, (store: SessionStore, clock: ReturnType<typeof fakeClock>) => SessionEngine>> = {
  db: (store) => db(store),
  'cachedDb, shared cache': (store, clock) => cachedDb(store, faultyCache(memoryCache({ clock })), { clock }),
  'cachedDb, process cache': (store, clock) => cachedDb(store, memoryCache({ clock }), { clock }),
}
const FAULTS: readonly Fault[] = ['fails', 'fails-after']

test('every operation of a store is tried', () => {
  for (const open of Object.values(STORES)) {
    const store = open(fakeClock())
    assert.deepEqual(operationsOf(store).toSorted(), Object.keys(DEEDS).toSorted())
    void store.close?.()
  }
})

for (const [storeName, open] of Object.entries(STORES)) {
  for (const [engineName, makeEngine] of Object.entries(ENGINES)) {
    describe(`${engineName} over ${storeName}`, { timeout: 30_000 }, () => {
      for (const [operation, deed] of Object.entries(DEEDS)) {
        for (const fault of FAULTS) {
          test(`${operation} ${fault}: ${deed.unseen ? 'the visitor never knows' : 'an error, and not that the session is over'}`, async () => {
            const it = await make(open, makeEngine)
            it.store.set(operation, fault)
            const outcome = await deed.run(it.site).then(
              () => undefined,
              (error: unknown) => error,
            )
            it.store.set(operation, 'none')
            if (deed.unseen) assert.equal(outcome, undefined)
            else {
              assert.ok(outcome instanceof Error)
              assert.ok(!(outcome instanceof HoldfastError) || outcome.status >= 500, String(outcome))
            }
            const happened = await deed.effect(it.site)
            if (fault === 'fails') assert.equal(happened, false, 'what failed before it took effect has none')
            await it.works(happened && (deed.ends === true || operation === 'replace'))
            if (deed.ends) {
              await deed.run(it.site)
              assert.equal(await deed.effect(it.site), true, 'what is asked for again has its effect')
              await it.works(true)
            }
            await it.site.sessions.close()
          })
        }

        for (const when of ['before', 'after'] as const) {
          test(`${operation} is slow, ${when} it takes effect: others are served, and then it is done`, async () => {
            const it = await make(open, makeEngine)
            const other = newVisitor(it.site.sessions)
            await other.ask((session) => session.login('zoe'))
            const gate = when === 'before' ? it.store.holdBefore(operation) : it.store.hold(operation)
            const slow = deed.run(it.site)
            await gate.reached
            assert.equal((await other.ask((session) => session.subject)).body, '"zoe"')
            gate.open()
            await slow
            await new Promise((resolve) => setImmediate(resolve))
            if (operation !== 'find') assert.equal(await deed.effect(it.site), EFFECTS.has(operation))
            await it.works(deed.ends === true || operation === 'replace')
            await it.site.sessions.close()
          })
        }
      }
    })
  }
}

/** The operations that change something. */
const EFFECTS = new Set(['create', 'replace', 'update', 'touch', 'delete', 'deleteBySubject'])

async function make(open: (typeof STORES)[string], makeEngine: (typeof ENGINES)[string]) {
  const clock = fakeClock(BEGUN)
  const store = faultyStore(open(clock))
  const site = openSite(makeEngine(store, clock), clock)
  await ask(site, async (session) => {
    await session.login('ada')
    session.set('n', 1)
  })
  clock.advance(LATE)
  return {
    site,
    store,
    /** After the fault: `ada` is signed in and can write, or she is not and can sign in. */
    async works(ended: boolean): Promise<void> {
      const [first = ''] = site.visitor.cookies
      assert.equal(await read(site, first), ended ? 'null' : '"ada"')
      if (ended) {
        const again = newVisitor(site.sessions)
        await again.ask((session) => session.login('ada'))
        assert.equal((await again.ask((session) => session.subject)).body, '"ada"')
      } else {
        const { status } = await site.visitor.ask((session) => session.update('n', (n = 0) => n + 1), first)
        assert.equal(status, 200)
      }
    },
  }
}
