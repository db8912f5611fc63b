import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { SessionCache } from '../../src/core/cache.ts'
import { cachedDb, memoryCache, memoryStore, sqliteStore } from '../../src/index.ts'
import { fakeClock, type FakeClock } from '../../src/testing.ts'
import { newId } from '../../src/testing/records.ts'
import { faultyCache, operationsOf } from '../support/faults.ts'
import { newVisitor, openSite, type Site, type Visitor } from './site.ts'

// Each operation of a cache, delayed, without an answer, failed before it took effect, and failed after: no request
// notices. All are served, with the truth; an end says whether the cache knows, and what it says holds everywhere.

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))

const CACHE_MS = 60_000
const REST_MS = 1000
/** Of a cache across the network. `forget` is for a cache inside the process. */
const ACROSS = ['get', 'lease', 'fill', 'put', 'bury'] as const
const INSIDE = [...ACROSS, 'forget'] as const

test('every operation of a cache is tried', () => {
  assert.deepEqual(operationsOf(memoryCache()).toSorted(), INSIDE.toSorted())
})

describe('a cache across the network', { timeout: 120_000 }, () => {
  for (const operation of ACROSS) {
    for (const fault of ['fails', 'fails-after', 'hangs'] as const) {
      test(`${operation} ${fault}: no request notices, and an end says the truth`, async () => {
        const it = await make()
        it.cache.set(operation, fault)
        await liveAndEnd(it)
        it.cache.mend()
        await it.recovers()
      })

      test(`${operation} ${fault} once in the middle of all: no request notices either`, async () => {
        for (let turn = 0; turn < 12; turn++) {
          const it = await make()
          const once = it.cache[operation] as (...args: unknown[]) => unknown
          let calls = 0
          Object.assign(it.cache, {
            [operation](...args: unknown[]) {
              it.cache.set(operation, calls++ === turn ? fault : 'none')
              return once(...args)
            },
          })
          await liveAndEnd(it)
          await it.recovers()
        }
      })
    }

    for (const when of ['before', 'after'] as const) {
      test(`${operation} arrives late, ${when} nobody waits for it any more: no harm is done`, async () => {
        const it = await make()
        const gate = when === 'before' ? it.cache.holdBefore(operation) : it.cache.hold(operation)
        await liveAndEnd(it)
        await gate.reached
        gate.open()
        await new Promise((resolve) => setImmediate(resolve))
        await it.isOver()
        await it.recovers()
      })
    }
  }
})

describe('a cache inside each of two processes', { timeout: 120_000 }, () => {
  for (const operation of INSIDE) {
    for (const fault of ['fails', 'fails-after'] as const) {
      test(`${operation} ${fault}: no request notices, and an end counts everywhere at once`, async () => {
        const clock = fakeClock()
        const path = join(folder, `${newId()}.sqlite`)
        const open = (spoil: (cache: SessionCache) => SessionCache): Site => {
          const store = sqliteStore(path, { clock, synchronous: 'normal' })
          return openSite(cachedDb(store, spoil(memoryCache({ clock })), { clock }), clock)
        }
        const here = open((cache) => throwing(cache, operation, fault))
        const there = open((cache) => cache)
        const visitor = here.visitor
        await ok(visitor, (session) => session.login('ada'))
        const abroad = newVisitor(there.sessions)
        for (let turn = 1; turn <= 3; turn++) {
          await ok(abroad, (session) => session.update('n', (n = 0) => n + 1), visitor.cookies[0])
          assert.equal(await ok(visitor, (session) => session.get('n')), String(turn), 'what the other process wrote')
          clock.advance(turn * 700)
        }
        await ok(abroad, (session) => session.logout(), visitor.cookies[0])
        for (const pause of [0, REST_MS, CACHE_MS]) {
          clock.advance(pause)
          for (const one of [visitor, abroad]) {
            assert.equal(await ok(one, (session) => session.subject, visitor.cookies[0]), 'null')
          }
        }
        await Promise.all([here.sessions.close(), there.sessions.close()])
      })
    }
  }
})

interface Made {
  readonly clock: FakeClock
  readonly cache: ReturnType<typeof faultyCache>
  readonly visitor: Visitor
  /** A process whose way to the cache is sound. */
  readonly elsewhere: Visitor
  readonly isOver: () => Promise<void>
  recovers(): Promise<void>
}

/** Two processes with one store and one cache, of which only the first has trouble with the cache. */
async function make(): Promise<Made> {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const inner = memoryCache({ clock })
  const cache = faultyCache(inner)
  const here = openSite(cachedDb(store, cache, { clock, timeout: 5 }), clock)
  const there = openSite(cachedDb(store, faultyCache(inner), { clock }), clock)
  const { visitor } = here
  const elsewhere = newVisitor(there.sessions)
  return {
    clock,
    cache,
    visitor,
    elsewhere,
    async isOver() {
      for (const cookie of visitor.cookies.slice(0, 2)) {
        for (const one of [visitor, elsewhere])
          assert.equal(await ok(one, (session) => session.subject, cookie), 'null')
      }
    },
    async recovers() {
      clock.advance(REST_MS)
      await ok(visitor, (session) => session.login('ada'))
      assert.equal(await ok(visitor, (session) => session.subject), '"ada"')
      await Promise.all([here.sessions.close(), there.sessions.close()])
    },
  }
}

/** Everything that a visitor may do, from the login to the logout. */
async function liveAndEnd({ clock, visitor, elsewhere, isOver }: Made): Promise<void> {
  await ok(visitor, (session) => session.login('ada'))
  const [before] = visitor.cookies
  assert.equal(await ok(elsewhere, (session) => session.subject, before), '"ada"')
  await ok(visitor, (session) => session.update('n', (n = 0) => n + 1))
  assert.equal(await ok(visitor, (session) => session.get('n')), '1')
  clock.advance(1795_000)
  assert.equal(await ok(visitor, (session) => session.subject), '"ada"') // And a touch, so late that it is urgent.
  await ok(visitor, (session) => session.cycleKey())
  const [, cookie] = visitor.cookies
  assert.equal(await ok(visitor, (session) => session.subject, before), 'null')
  assert.equal(await ok(visitor, (session) => session.get('n'), cookie), '1')
  await ok(elsewhere, (session) => session.get('n'), cookie)
  const propagated = (await ok(visitor, async (session) => (await session.logout()).propagated, cookie)) === 'true'
  assert.equal(await ok(visitor, (session) => session.subject, cookie), 'null', 'this process knows in any case')
  if (!propagated) clock.advance(CACHE_MS)
  await isOver()
}

async function ok(visitor: Visitor, deed: Parameters<Visitor['ask']>[0], cookie?: string): Promise<string> {
  const { status, body, error } = await visitor.ask(deed, cookie)
  assert.equal(error, undefined)
  assert.equal(status, 200)
  return body
}

/** A cache that answers at once, and throws at once. */
function throwing(
  cache: SessionCache,
  operation: (typeof INSIDE)[number],
  fault: 'fails' | 'fails-after',
): SessionCache {
  const call = cache[operation] as (...args: unknown[]) => unknown
  return {
    ...cache,
    [operation](...args: unknown[]) {
      if (fault === 'fails-after') call(...args)
      throw new Error(`${operation} ${fault}`)
    },
  }
}
