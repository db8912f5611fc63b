// One process of an application behind a load balancer: node site.ts <SitePlan, as JSON>
// Its sessions are in PostgreSQL, behind Redis and copies of its own. It says its port, and goes when its parent does.
import pg from 'pg'
import { createClient } from 'redis'
import {
  cachedDb,
  createSessions,
  HoldfastError,
  postgresStore,
  redisCache,
  type SessionCache,
  type StoredEngine,
} from '../../src/index.ts'
import { createApp, type AppData } from '../concurrency/app.ts'
import { faultyCache, faultyStore } from '../support/faults.ts'
import { deafCache, spoiltStore } from './mutants.ts'
import { CACHE_TIMEOUT_MS, STORE_TIMEOUT_MS, type Mutant, type Order, type SitePlan, type Tally } from './plan.ts'

const { postgresPort, redisPort, ...plan } = JSON.parse(process.argv[2] ?? '') as SitePlan
const tally: { events: Record<string, number>; failures: Record<string, number> } = { events: {}, failures: {} }
let { ahead } = plan
const clock = { now: () => Date.now() + ahead }

const pool = new pg.Pool({
  connectionString: `postgresql://postgres@127.0.0.1:${postgresPort}/postgres`,
  max: 5,
})
pool.on('error', () => {})
const client = createClient({ socket: { host: '127.0.0.1', port: redisPort, reconnectStrategy: 50 } })
client.on('error', () => {})
await client.connect()

const store = faultyStore(postgresStore(pool, { clock, timeout: STORE_TIMEOUT_MS }))
const near = redisCache(client, { clock })
const cache = faultyCache(near)
let mutant: Mutant | undefined
let isFaulty = false
const engine = watched(
  cachedDb(
    switched(store, () => (mutant === undefined ? store : spoiltStore(mutant, store, pool))),
    switched<SessionCache>(near, () => (mutant === 'deaf' ? deafCache(near) : isFaulty ? cache : near)),
    { clock, timeout: CACHE_TIMEOUT_MS },
  ),
)
const sessions = createSessions<AppData>({
  keys: ['a key of forty characters, 0123456789 abc'],
  engine,
  clock,
  renewalInterval: 60,
})
sessions.on('*', ({ type }) => count(tally.events, type))
const server = createApp(sessions).listen(0, '127.0.0.1', () => process.send?.(server.address()))

process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'advance':
      ahead += order.ms
      break
    case 'fail':
      // Its wrapper answers later, and so would hide that copies in this process answer at once.
      isFaulty = order.part === 'cache' && order.fault !== 'none'
      ;(order.part === 'cache' ? cache : store).set(order.operation, order.fault)
      break
    case 'mutate':
      ;({ mutant } = order)
      break
    case 'report':
      break
  }
  process.send?.({ ...tally, near: near.near } satisfies Tally)
})
process.once('disconnect', () => process.exit())

/** Another part for each call. */
function switched<Part extends object>(first: Part, current: () => Part): Part {
  return new Proxy(first, {
    get(target, verb) {
      const member: unknown = Reflect.get(target, verb)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        const part = current()
        return Reflect.apply(Reflect.get(part, verb) as typeof member, part, args)
      }
    },
  })
}

/** Notes under which name each failure of the engine came. */
function watched(real: StoredEngine): StoredEngine {
  return new Proxy(real, {
    get(target, verb) {
      const member: unknown = Reflect.get(target, verb)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args)
        if (answer instanceof Promise) answer.catch((error: unknown) => count(tally.failures, nameOf(error)))
        return answer
      }
    },
  })
}

function nameOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.code
  return /^\w+ failed( after taking effect)?$/.test(String(Reflect.get(Object(error), 'message')))
    ? 'injected'
    : String(error)
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
