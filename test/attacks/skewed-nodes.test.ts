import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { redisCache } from '../../src/caches/redis.ts'
import {
  cachedDb,
  createSessions,
  db,
  mysqlStore,
  postgresStore,
  type Clock,
  type SessionEngine,
  type SessionEvent,
  type Sessions,
  type SessionsOptions,
  type SessionStore,
} from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { fakeClock } from '../../src/testing.ts'
import { newId } from '../../src/testing/records.ts'
import { NO_MYSQL, useMysql } from '../support/mysql.ts'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'
import { LIBRARIES, newPrefix, NO_REDIS, useRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

// Two nodes whose clocks are five minutes fast and five minutes slow, on one database with a clock of its own: nobody's
// session ends early or lives on, nobody honest looks like a thief, and no copy lives longer than another.

const SECOND = 1000
const IDLE = 1800 * SECOND
const ABSOLUTE = 43_200 * SECOND
const SKEW = 300 * SECOND
const COPY = 60 * SECOND

interface Data {
  n: number
}

interface Node {
  readonly sessions: Sessions<Data>
  readonly events: SessionEvent[]
}

/** What the nodes share. Its clock is the database's; every statement of the store is told it. */
interface Place {
  readonly store: SessionStore
  readonly engineOn: (store: SessionStore, node: Clock) => SessionEngine
}

const time = fakeClock()
/** How many are asking the store just now what time it is. */
let asking = 0

/** Not while somebody asks for it: they would get an answer that took a minute. */
async function pass(ms: number): Promise<void> {
  await until(() => asking === 0)
  time.advance(ms)
}

const postgres = await usePostgres()
const mysql = await useMysql()
const redis = await useRedis()
const [library] = LIBRARIES
const clients =
  redis === undefined || library === undefined ? [] : [await library.connect(redis), await library.connect(redis)]
const onPostgres = postgres && postgresStore(postgres.pool, { clock: time })
const onMysql = mysql && mysqlStore(mysql.pool, { clock: time })
const onRedis =
  clients[0] && redisStore(clients[0] as Parameters<typeof redisStore>[0], { clock: time, prefix: newPrefix() })
const cachePrefix = newPrefix()
let caches = 0
const inCache =
  (near: false | undefined) =>
  (store: SessionStore, clock: Clock): SessionEngine => {
    const client = clients[caches++ % 2] as (typeof clients)[0]
    const cache = redisCache(client as Parameters<typeof redisCache>[0], {
      prefix: cachePrefix,
      clock,
      ...(near === undefined ? {} : { near }),
    })
    return cachedDb(store, cache, { clock })
  }

const PLACES: Readonly<Record<string, Place | string>> = {
  'db(postgresStore)': onPostgres === undefined ? NO_POSTGRES : { store: onPostgres, engineOn: db },
  'db(mysqlStore)': onMysql === undefined ? NO_MYSQL : { store: onMysql, engineOn: db },
  'db(redisStore)': onRedis === undefined ? NO_REDIS : { store: onRedis, engineOn: db },
  'cachedDb(postgresStore, redisCache)':
    onPostgres === undefined || redis === undefined ? NO_REDIS : { store: onPostgres, engineOn: inCache(undefined) },
  'cachedDb(mysqlStore, redisCache), nothing near':
    onMysql === undefined || redis === undefined ? NO_REDIS : { store: onMysql, engineOn: inCache(false) },
}

function tellingTime(store: SessionStore): SessionStore {
  return {
    ...store,
    async now() {
      asking++
      try {
        return (await store.now?.()) ?? Number.NaN
      } finally {
        asking--
      }
    },
  }
}

/** As if its time were ignored. */
function withoutTime({ now: _, ...store }: SessionStore): SessionStore {
  return store
}

type Nodes = readonly [fast: Node, slow: Node]
type Options = Omit<SessionsOptions, 'keys' | 'engine' | 'clock'>
type MakeNodes = (options?: Options) => Nodes

function nodesOn({ store, engineOn }: Place, opened: Node[]): MakeNodes {
  const make = (skew: number, options: Options): Node => {
    const clock = { now: () => time.now() + skew }
    const engine = engineOn(store, clock)
    const sessions = createSessions<Data>({
      keys: ['a key of forty characters, 0123456789 abc'],
      engine,
      clock,
      ...options,
    })
    const events: SessionEvent[] = []
    sessions.on('*', (event) => events.push(event))
    const node = { sessions, events }
    opened.push(node)
    return node
  }
  return (options = {}) => [make(SKEW, options), make(-SKEW, options)]
}

const whoOn = (visitor: Visitor, { sessions }: Node): Promise<string | null> =>
  visitor.visit(sessions, (session) => session.subject)

async function loginOn({ sessions }: Node): Promise<{ visitor: Visitor; subject: string; id: string }> {
  const [visitor, subject] = [createVisitor(), newId()]
  await visitor.visit(sessions, (session) => session.login(subject))
  const [info] = await sessions.list(subject)
  return { visitor, subject, id: info?.id ?? '' }
}

/** Every way to begin on one node and go on on the other or the same. */
function pairsOf([fast, slow]: Nodes): (readonly [Node, Node])[] {
  return [
    [fast, slow],
    [slow, fast],
    [fast, fast],
    [slow, slow],
  ]
}

/** Which nodes' clocks may say it, and what. Each check is also made where the store's time is ignored, and must fail. */
const CHECKS: Readonly<Record<string, (make: MakeNodes, place: Place) => Promise<void>>> = {
  async 'the idle limit is the same everywhere, to the second'(make) {
    for (const [begin, goOn] of pairsOf(make({ renewalInterval: false }))) {
      const [{ visitor: used, subject }, { visitor: unused }] = [await loginOn(begin), await loginOn(begin)]
      await pass(IDLE - SECOND)
      assert.equal(await whoOn(used, goOn), subject)
      await pass(SECOND)
      assert.equal(await whoOn(unused, goOn), null)
    }
  },

  async 'the absolute limit is the same everywhere, to the second'(make) {
    for (const [begin, goOn] of pairsOf(make({ idleTimeout: (10 * ABSOLUTE) / 1000, renewalInterval: false }))) {
      const { visitor, subject } = await loginOn(begin)
      await pass(ABSOLUTE - SECOND)
      assert.equal(await whoOn(visitor, goOn), subject)
      await pass(SECOND)
      assert.equal(await whoOn(visitor, goOn), null)
    }
  },

  async 'use on one node lengthens the session by the idle limit, and no more'(make, { store }) {
    for (const [begin, goOn] of pairsOf(make({ renewalInterval: false }))) {
      const { visitor, id } = await loginOn(begin)
      await pass(IDLE / 2)
      await visitor.visit(goOn.sessions, (session) => session.set('n', 1))
      assert.equal((await store.find(id))?.seenAt, time.now())
      await pass(IDLE - SECOND)
      assert.ok(await store.find(id))
      await pass(SECOND)
      assert.equal(await whoOn(visitor, begin), null)
      assert.equal(await whoOn(visitor, goOn), null)
    }
  },

  async 'in the grace time after a renewal no parallel request is a thief’s, and after it every one is'(make) {
    for (const [begin, goOn] of pairsOf(make())) {
      const { visitor, subject } = await loginOn(begin)
      for (const [wait, alarms] of [
        [59, 0],
        [61, 1],
      ] as const) {
        await pass(600 * SECOND)
        const tab = visitor.copy()
        await whoOn(visitor, begin) // Gets the next secret,
        await whoOn(visitor, begin) // and shows it.
        await pass(wait * SECOND)
        goOn.events.length = 0
        assert.equal(await whoOn(tab, goOn), alarms === 0 ? subject : null)
        assert.equal(goOn.events.filter(({ type }) => type === 'reuse').length, alarms)
      }
    }
  },

  async 'a secret is renewed when its time has come, on whichever node'(make) {
    for (const [begin, goOn] of pairsOf(make())) {
      const { visitor, subject } = await loginOn(begin)
      for (const [seconds, renewed] of [
        [599, 0],
        [1, 1],
      ] as const) {
        await pass(seconds * SECOND)
        goOn.events.length = 0
        assert.equal(await whoOn(visitor, goOn), subject)
        assert.equal(goOn.events.filter(({ type }) => type === 'renewed').length, renewed)
      }
    }
  },

  async 'a recent sign-in is recent everywhere, and equally long'(make) {
    for (const [begin, goOn] of pairsOf(make())) {
      const { visitor } = await loginOn(begin)
      const isFresh = (): Promise<boolean> =>
        visitor.visit(goOn.sessions, (session) => {
          try {
            session.requireFresh(240)
            return true
          } catch {
            return false
          }
        })
      await pass(240 * SECOND)
      assert.equal(await isFresh(), true)
      await pass(1 * SECOND)
      assert.equal(await isFresh(), false)
    }
  },

  async 'what is listed and reported bears the time of the store'(make) {
    for (const [begin, goOn] of pairsOf(make())) {
      const { subject } = await loginOn(begin)
      const now = new Date(time.now())
      assert.deepEqual(
        (await goOn.sessions.list(subject)).map(({ createdAt }) => createdAt),
        [now],
      )
      assert.equal(begin.events.at(-1)?.at, now.toISOString())
      await pass(SECOND)
    }
  },
}

const COPIES: typeof CHECKS = {
  async 'a copy lives a minute from when the store was asked, whoever asked it and whoever reads it'(make, { store }) {
    for (const [begin, goOn] of pairsOf(make({ renewalInterval: false }))) {
      const { visitor, subject, id } = await loginOn(begin)
      await whoOn(visitor, begin) // Makes the copy.
      await store.delete(id) // Behind the back of the cache.
      await pass(COPY - SECOND)
      assert.equal(await whoOn(visitor, goOn), subject, 'so nodes do use each other’s copies')
      await pass(SECOND)
      assert.equal(await whoOn(visitor, goOn), null)
      assert.equal(await whoOn(visitor, begin), null)
    }
  },

  async 'neither does use on another node lengthen its life'(make, { store }) {
    for (const [begin, goOn] of pairsOf(make({ expiry: 'every-request', renewalInterval: false }))) {
      const { visitor, id } = await loginOn(begin)
      await whoOn(visitor, begin)
      await pass(COPY / 2)
      await whoOn(visitor, goOn)
      let looks = 0
      await until(async () => ++looks > 400 || (await store.find(id))?.seenAt === time.now())
      await store.delete(id)
      await pass(COPY / 2)
      assert.equal(await whoOn(visitor, goOn), null)
      assert.equal(await whoOn(visitor, begin), null)
    }
  },
}

/** While the store does not say what time it is, a node goes by its own clock: that must end nothing. */
const UNSURE: Readonly<Record<string, (unsure: MakeNodes, sure: MakeNodes, place: Place) => Promise<void>>> = {
  async 'nothing begins: that is a failure of the store'(unsure) {
    for (const node of unsure()) await assert.rejects(loginOn(node), /does not say/)
  },

  async 'what is over by the node’s clock alone is not over'(unsure, sure) {
    const [[fast], [, slow]] = [unsure(), sure({ renewalInterval: false })]
    const { visitor, subject } = await loginOn(slow)
    await pass(IDLE - SKEW - SECOND)
    assert.equal(await whoOn(visitor, fast), subject)
  },

  async 'nobody is a thief by the node’s clock alone: that is a failure of the store'(unsure, sure) {
    const [[fast], [, slow]] = [unsure(), sure()]
    const { visitor, subject } = await loginOn(slow)
    await pass(600 * SECOND)
    const tab = visitor.copy()
    await whoOn(visitor, slow)
    await whoOn(visitor, slow)
    await pass(59 * SECOND)
    await assert.rejects(whoOn(tab, fast), /does not say/)
    assert.ok(!fast.events.some(({ type }) => type === 'reuse'))
    assert.equal(await whoOn(tab, slow), subject)
  },

  async 'no grace time begins and no use counts: nothing is renewed or moved'(unsure, sure, { store }) {
    const [fast, slow] = unsure()
    const { visitor, subject, id } = await loginOn(sure()[0])
    const begun = time.now()
    await pass(1000 * SECOND)
    for (const node of [fast, slow]) {
      assert.equal(await visitor.visit(node.sessions, (session) => session.set('n', 1)), undefined)
      assert.equal(await whoOn(visitor, node), subject)
      assert.ok(!node.events.some(({ type }) => type === 'renewed'))
      assert.equal((await store.find(id))?.seenAt, begun)
    }
  },
}

for (const [name, place] of Object.entries(PLACES)) {
  if (typeof place === 'string') {
    test(name, { skip: place })
    continue
  }
  const { store } = place
  const run = async (
    check: (first: MakeNodes, second: MakeNodes) => Promise<void>,
    one: SessionStore,
    other = one,
  ): Promise<void> => {
    const opened: Node[] = []
    try {
      await check(nodesOn({ ...place, store: one }, opened), nodesOn({ ...place, store: other }, opened))
    } finally {
      await Promise.all(opened.map(({ sessions }) => sessions.close()))
    }
  }
  describe(`a fast and a slow node on ${name}`, () => {
    const checks = name.startsWith('cachedDb') ? { ...CHECKS, ...COPIES } : CHECKS
    for (const [title, check] of Object.entries(checks)) {
      test(title, () => run((make) => check(make, place), tellingTime(store)))

      test(`by their own clocks this fails: ${title}`, () =>
        assert.rejects(
          run((make) => check(make, place), withoutTime(store)),
          { code: 'ERR_ASSERTION' },
        ))
    }
    for (const [title, check] of Object.entries(UNSURE)) {
      test(`while the store does not say what time it is, ${title}`, () => {
        const dumb = { ...store, now: () => Promise.reject(new Error('it does not say what time it is')) }
        return run((unsure, sure) => check(unsure, sure, place), dumb, tellingTime(store))
      })
    }
  })
}
