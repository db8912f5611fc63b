import type { SessionEvent } from '../../core/events.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { SessionStore } from '../../core/store.ts'
import { createSessions, db, memoryStore } from '../../index.ts'
import type {
  AdapterUnderTest,
  ConnectMiddleware,
  ContractData,
  ContractServer,
  Protocol,
  RawApplication,
  Reply,
  Visit,
} from './application.ts'
import { createClient, type Client } from './client.ts'

/** One server, and who speaks to it. */
export interface Stage {
  readonly client: Client
  readonly sessions: Sessions<ContractData>
  readonly events: readonly SessionEvent[]
  /** The verbs of the store that were called, in their order. */
  readonly calls: readonly string[]
}

/** Starts servers for one test, all closed when it is over. */
export interface Serve {
  (handle: (visit: Visit, sessions: Sessions<ContractData>) => Reply | Promise<Reply>, store?: Alter): Promise<Stage>
  raw(handle: RawApplication['handle'], options?: { store?: Alter; before?: ConnectMiddleware }): Promise<Stage>
  readonly protocol: Protocol
}

/** A store that differs in some verbs. */
type Alter = (real: SessionStore) => Partial<SessionStore>

/** A store that keeps a commit waiting: `begun` when its write has arrived there, and done after `goOn()`. */
export function holdWrites(verb: 'create' | 'update'): { store: Alter; begun: Promise<void>; goOn: () => void } {
  const begun = Promise.withResolvers<void>()
  const { promise: open, resolve: goOn } = Promise.withResolvers<void>()
  const held = async (): Promise<void> => {
    begun.resolve()
    await open
  }
  const store: Alter = (real) =>
    verb === 'create'
      ? { create: (...args) => held().then(() => real.create(...args)) }
      : { update: (...args) => held().then(() => real.update(...args)) }
  return { store, begun: begun.promise, goOn }
}

/** Registers one test. */
export type AdapterTest = (title: string, body: (serve: Serve) => Promise<void>) => void

/** Runs the body, closes what it has started, and waits until the last connection has ended: nothing may hang. */
export async function withStages(
  adapter: AdapterUnderTest,
  protocol: Protocol,
  body: (serve: Serve) => Promise<void>,
): Promise<void> {
  const closing: (() => Promise<void>)[] = []

  const start = async (
    alter: Alter,
    listen: (sessions: Sessions<ContractData>) => Promise<ContractServer>,
  ): Promise<Stage> => {
    const calls: string[] = []
    const real = memoryStore()
    const store = noteCalls({ ...real, ...alter(real) }, calls)
    const sessions = createSessions<ContractData>({ keys: [KEY], engine: db(store) })
    const events: SessionEvent[] = []
    sessions.on('*', (event) => events.push(event))
    const server = await listen(sessions)
    const client = createClient(server.url, protocol)
    closing.push(async () => {
      client.close()
      await server.close()
      await sessions.close()
    })
    return { client, sessions, events, calls }
  }

  const serve: Serve = Object.assign(
    (handle: Parameters<Serve>[0], store: Alter = () => ({})) =>
      start(store, (sessions) =>
        adapter.serve({ protocol, sessions, handle: async (visit) => handle(visit, sessions) }),
      ),
    {
      protocol,
      raw(handle: RawApplication['handle'], { store = () => ({}), before }: Parameters<Serve['raw']>[1] = {}) {
        const outside = before === undefined ? {} : { before }
        return start(store, (sessions) => {
          if (adapter.serveRaw === undefined) throw new Error('serveRaw is needed here')
          return adapter.serveRaw({ protocol, sessions, handle, ...outside })
        })
      },
    },
  )

  try {
    await body(serve)
  } finally {
    for (const close of closing) await close()
  }
}

const KEY = 'only for the contract: 0123456789 abcdefghij'

function noteCalls(store: SessionStore, calls: string[]): SessionStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function' || name === 'close') return member
      return (...args: unknown[]): unknown => {
        calls.push(String(name))
        return Reflect.apply(member, target, args)
      }
    },
  })
}
