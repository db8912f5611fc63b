import type { Answer, SessionCache } from '../../src/core/cache.ts'
import {
  cache,
  cachedDb,
  createSessions,
  db,
  memoryCache,
  memoryStore,
  signedCookies,
  sqliteStore,
  type SessionEngine,
  type Sessions,
  type SessionStore,
} from '../../src/index.ts'
import { fakeClock, type FakeClock } from '../../src/testing.ts'
import type { Steps } from '../support/stepped.ts'
import type { Fault } from './scenario.ts'

export interface Data {
  [key: string]: number | string
}

export const IDLE_SECONDS = 300
const KEYS = ['a key of forty characters, 0123456789 abc']

/** Processes with one store, as far as Holdfast can tell: each has engines, queues and caches of its own. */
export interface World {
  readonly clock: FakeClock
  readonly processes: readonly Process[]
  /** What the store holds. Undefined where it holds only endings. */
  readonly store: SessionStore | undefined
  /** Makes the caches forget one session, or all. */
  forget(ids: readonly string[] | 'all'): Answer<void>
  /** Whether what a cache did not hear must be told again soon. */
  readonly heals: boolean
  /** Nothing that is to be done later is done. */
  readonly isForgetful: boolean
}

export interface Process {
  readonly name: string
  readonly sessions: Sessions<Data>
  /** Settles when the process has died. */
  readonly died: Promise<'died'>
  crash(): void
  readonly isDead: () => boolean
}

export interface WorldOptions {
  readonly steps: Steps
  readonly clock: FakeClock
  readonly faults: readonly Fault[]
  readonly maxPerSubject: number | undefined
  readonly label: (id: string) => string
}

export type MakeWorld = (options: WorldOptions) => World

/** Spoils a real part, to show that the promises depend on it. */
export interface Mutation {
  readonly store?: (store: SessionStore) => SessionStore
  readonly cache?: (cache: SessionCache, clock: FakeClock) => SessionCache
  /** As the engine sees it, failures of the cache included. */
  readonly face?: (cache: SessionCache) => SessionCache
  readonly isForgetful?: true
}

/** One cache, as two processes see it. */
export interface SharedCache {
  readonly seen: readonly [SessionCache, SessionCache]
  forget(ids: readonly string[] | 'all'): Answer<void>
}

export interface WorldKind {
  readonly engine: 'db' | 'cache' | 'shared cache' | 'process caches' | 'signed cookies'
  /** A store for each of two processes; the same one, or two on one file. */
  readonly stores: (clock: FakeClock) => readonly [SessionStore, SessionStore]
  /** Where it is another than `memoryCache`. */
  readonly sharedCache?: (clock: FakeClock) => SharedCache
  readonly heals?: true
  readonly mutation?: Mutation
  /** Milliseconds by which the clock of the first process is fast and that of the second slow. The store says the time. */
  readonly skew?: number
}

export function makeWorld(kind: WorldKind): MakeWorld {
  const { engine, stores, sharedCache = oneMemoryCache, heals = false, mutation = {}, skew } = kind
  const { store: spoilStore = (store) => store, cache: spoilCache = (one) => one, face = (one) => one } = mutation
  return (options) => {
    const { clock, steps, label, maxPerSubject } = options
    const count = { store: 0, cache: 0 }
    const shared = sharedCache(clock)
    const here = spoilCache(shared.seen[0], clock)
    const there = shared.seen[0] === shared.seen[1] ? here : spoilCache(shared.seen[1], clock)
    const caches: SessionCache[] = []
    const real = stores(clock)

    const make = (name: string, store: SessionStore, common: SessionCache, ahead: number): Process => {
      const node = { now: () => clock.now() + ahead }
      const death = Promise.withResolvers<'died'>()
      let dead = false
      const through = (part: Fault['part'], label: string, work: () => unknown): Promise<unknown> =>
        unlessDead(
          () => dead,
          steps,
          label,
          () => withFaults(options, part, count, work),
        )
      const telling = skew === undefined ? store : { ...store, now: async () => clock.now() }
      const stepped = steppedStore(spoilStore(telling), name, label, through)
      const makeEngine = (): SessionEngine => {
        switch (engine) {
          case 'db':
            return db(stepped)
          case 'cache':
            return cache(stepped)
          case 'shared cache':
            return cachedDb(stepped, face(steppedCache(common, name, label, through)), { clock: node })
          case 'process caches': {
            const own = spoilCache(smallCache(clock), clock)
            caches.push(own)
            return cachedDb(stepped, own, { clock: node })
          }
          case 'signed cookies':
            return signedCookies({ endings: stepped })
        }
      }
      const sessions = createSessions<Data>({
        keys: KEYS,
        engine: makeEngine(),
        clock: node,
        idleTimeout: IDLE_SECONDS,
        ...(engine === 'signed cookies' ? {} : { renewalInterval: 60 }),
        ...(maxPerSubject === undefined || engine === 'signed cookies' ? {} : { maxPerSubject }),
      })
      return {
        name,
        sessions,
        died: death.promise,
        crash() {
          dead = true
          death.resolve('died')
        },
        isDead: () => dead,
      }
    }

    const processes = [make('A', real[0], here, skew ?? 0), make('B', real[1], there, -(skew ?? 0))]
    return {
      clock,
      processes,
      store: engine === 'signed cookies' ? undefined : real[0],
      heals,
      isForgetful: mutation.isForgetful === true,
      forget(ids) {
        for (const one of caches) void one.forget?.(ids)
        return engine === 'shared cache' ? shared.forget(ids) : undefined
      },
    }
  }
}

function smallCache(clock: FakeClock): SessionCache {
  return memoryCache({ clock, maxEntries: 64 })
}

function oneMemoryCache(clock: FakeClock): SharedCache {
  const cache = smallCache(clock)
  return { seen: [cache, cache], forget: (ids) => cache.forget?.(ids) }
}

/** A process that has died does nothing more, and is answered nothing. */
async function unlessDead<T>(isDead: () => boolean, steps: Steps, label: string, work: () => T): Promise<T> {
  const answer = await steps
    .run(label, () => (isDead() ? NOTHING : work()))
    .then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error
      },
    )
  if (isDead()) return new Promise<never>(() => {})
  return answer() as T
}

const NOTHING = Symbol('nothing happens')

async function withFaults(
  { faults, steps }: WorldOptions,
  part: Fault['part'],
  count: Record<Fault['part'], number>,
  work: () => unknown,
): Promise<unknown> {
  if (!steps.racing) return work()
  const turn = count[part]++
  const fault = faults.find((one) => one.part === part && one.at === turn)
  if (fault?.kind === 'lost') throw new Error(`the ${part} did not hear`)
  const answer = await work()
  if (fault?.kind === 'answer lost') throw new Error(`the answer of the ${part} was lost`)
  return answer
}

type Through = (part: Fault['part'], label: string, work: () => unknown) => Promise<unknown>

function steppedStore(
  store: SessionStore,
  process: string,
  name: (id: string) => string,
  through: Through,
): SessionStore {
  const { changes } = store
  // A feed of its own for each race, so that each may have a cache of its own.
  const feed = changes && { poll: () => changes.poll() }
  return new Proxy(store, {
    get(target, verb) {
      if (verb === 'changes') return feed
      const member: unknown = Reflect.get(target, verb)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) =>
        through('store', `${process} store.${String(verb)} ${about(args[0], name)}`, () =>
          Reflect.apply(member, target, args),
        )
    },
  })
}

function steppedCache(
  cache: SessionCache,
  process: string,
  name: (id: string) => string,
  through: Through,
): SessionCache {
  return new Proxy(cache, {
    get(target, verb) {
      if (verb === 'scope') return 'shared'
      if (verb === 'follow') return undefined // Its clock is right.
      const member: unknown = Reflect.get(target, verb)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const mark = verb === 'bury' ? ` '${String(args[1])}'` : ''
        const label = `${process} cache.${String(verb)} ${about(args[0], name)}${mark}`
        return through('cache', label, () => Reflect.apply(member, target, args))
      }
    },
  })
}

/** The id that an operation is about, under its short name. */
function about(subject: unknown, name: (id: string) => string): string {
  if (typeof subject === 'string') return name(subject)
  if (Array.isArray(subject)) return subject.map((one) => about(one, name)).join(' ')
  if (typeof subject !== 'object' || subject === null) return ''
  if ('record' in subject) return about(subject.record, name)
  const revision = 'revision' in subject ? ` rev ${String(subject.revision)}` : ''
  return 'id' in subject ? `${name(String(subject.id))}${revision}` : ''
}

export const ONE_MEMORY_STORE: WorldKind['stores'] = (clock) => {
  const store = memoryStore({ clock, maxEntries: 64 })
  return [store, store]
}

/** One store for all races of a suite, because opening a file takes longer than a race: each race has its own subject. */
export function oneSqliteStore(): { readonly stores: WorldKind['stores']; close(): Promise<void> } {
  const clock = movable()
  const store = sqliteStore(':memory:', { clock })
  return { stores: (now) => (clock.follow(now), [store, store]), close: async () => store.close?.() }
}

/** Two connections to one file, as two processes have them. */
export function twoConnections(path: string): { readonly stores: WorldKind['stores']; close(): Promise<void> } {
  const clock = movable()
  const [here, there] = [
    sqliteStore(path, { clock, synchronous: 'normal' }),
    sqliteStore(path, { clock, synchronous: 'normal' }),
  ]
  return {
    stores: (now) => (clock.follow(now), [here, there]),
    close: async () => void (await Promise.all([here.close?.(), there.close?.()])),
  }
}

export function movable(): { now(): number; follow(clock: FakeClock): void } {
  let current = fakeClock()
  return { now: () => current.now(), follow: (clock) => void (current = clock) }
}
