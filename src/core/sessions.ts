import { createCookieWriter, warnOfWeakCookie } from '../cookie/write.ts'
import { createKeyRing } from '../token/key-ring.ts'
import { jsonCodec, type Codec } from './codec.ts'
import type { Core } from './context.ts'
import type { SessionEngine } from './engine.ts'
import { HoldfastError } from './errors.ts'
import { createEvents, type EventBody, type EventOf, type EventType } from './events.ts'
import type { Outgoing } from './finish.ts'
import { handleRequest } from './handle.ts'
import type { Life, SessionInfo } from './life.ts'
import { readOptions, type SchemaOptions, type SessionsOptions } from './options.ts'
import type { InspectedPart } from './inspection.ts'
import type { RequestLike } from './request.ts'
import { createSealedLife } from './sealed/life.ts'
import { shareClock } from './shared-clock.ts'
import { unitOf, type Session } from './session.ts'
import { createShape } from './shape.ts'
import type { DefaultData } from './session-data.ts'
import type { MigrateOptions, Migration } from './store.ts'
import { createStoredLife } from './stored-life.ts'

/** The sessions of one application. Made by `createSessions`. */
export interface Sessions<Data = DefaultData> {
  /**
   * The session of a request: a Web `Request`, or Node's `IncomingMessage`. Adapters call it for you; call it
   * yourself for a WebSocket upgrade. Answers at once when no I/O is needed. It rejects only when the store fails.
   */
  open(request: RequestLike): Session<Data> | Promise<Session<Data>>

  /**
   * Commits a session and answers what its response must carry. Adapters call it, with the response's status,
   * before the headers leave. Once per session.
   *
   * @throws HoldfastError ERR_SESSION_INTERRUPTED (400), ERR_LOGIN_STALE, ERR_TOO_MANY_SESSIONS, ERR_CONFLICT,
   * ERR_CONTENTION, ERR_DATA_LIMIT, ERR_DATA_SCHEMA, ERR_DATA_MISFIT, ERR_STORE. Nothing was written then.
   */
  commit(session: Session<Data>, response?: { status?: number }): Outgoing | Promise<Outgoing>

  /**
   * Adapters call it when a response left by a way round them, so that its session was not committed. Reports
   * `bypassed` if the session was touched.
   */
  reportBypass(session: Session<Data>): void

  /**
   * Serves one Web request: opens its session, calls the handler, commits, and answers the response with the
   * session's headers.
   *
   * @example
   * export default { fetch: (request: Request) => sessions.handle(request, (session) => new Response(session.id)) }
   */
  handle(request: Request, handler: (session: Session<Data>) => Response | Promise<Response>): Promise<Response>

  /** Where a subject is signed in, oldest first. Never a token. ERR_ENGINE with `signedCookies()`. */
  list(subject: string): Promise<SessionInfo[]>

  /**
   * Ends one session. Give `subject` when the id comes from a user: then only a session of that subject ends.
   * `revoked: false` says that there was none. With `signedCookies({ endings })` `subject` is needed, and `revoked`
   * says only that this id had not been revoked or signed out before. ERR_ENGINE without endings.
   */
  revoke(id: string, options?: { subject?: string }): Promise<{ revoked: boolean; propagated: boolean }>

  /**
   * Signs a subject out everywhere, but for the session `except`. Logins under way are refused. `propagated` speaks
   * of the sessions that this call ended. With `signedCookies({ endings })` nobody counts them: `revoked` is NaN.
   * ERR_ENGINE without endings.
   */
  revokeAll(subject: string, options?: { except?: string | null }): Promise<{ revoked: number; propagated: boolean }>

  /** Read it before you check a password, and pass it to `session.login(subject, { since })`. */
  epoch(subject: string): Promise<number>

  /**
   * Deletes sessions that time has ended, in small batches. Answers how many. Run it now and then. `onProgress` hears
   * after each batch how many there were so far.
   */
  clearExpired(options?: { onProgress?: (cleared: number) => void }): Promise<number>

  /**
   * Makes the tables of the store, or brings them up to date, and answers what it did. Several processes may call it
   * at once. Nothing to do for `sqliteStore`, which does it when it is opened.
   *
   * @throws HoldfastError ERR_STORE_NEWER when a newer Holdfast made them, so that this one cannot use them.
   */
  migrate(options?: MigrateOptions): Promise<readonly Migration[]>

  /**
   * What the application chose, and what the servers behind its engine are set to, by their own word. It judges nothing,
   * which is for `holdfast check`, and tells no key, no password and nothing of a session.
   */
  inspect(): Promise<readonly InspectedPart[]>

  /** Calls the listener for every event of a type, or of all with `'*'`. Returns the function that stops it. */
  on<Type extends EventType>(type: Type | '*', listener: (event: EventOf<Type>) => void): () => void

  /** Writes what is waiting and closes the engine. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export function buildSessions<Data>(
  options: SessionsOptions & SchemaOptions<Data>,
  defaultEngine: () => SessionEngine,
): Sessions<Data> {
  // Everything is checked before anything is opened.
  const read = readOptions(options)
  const ring = createKeyRing(options.keys)
  const cookie = createCookieWriter(options.cookie)
  const engine = options.engine ?? defaultEngine()
  warnOfWeakCookie(options.cookie)
  const policy = { ...read, clock: shareClock(read.clock, engine.kind === 'stored' ? engine.time : engine.endings) }
  return assembleSessions({ policy, cookie, codec: jsonCodec }, (core) =>
    engine.kind === 'stored' ? createStoredLife(core, ring, engine) : createSealedLife(core, options, engine),
  )
}

/** Sessions of any kind of life: who brings one needs nothing else of this. */
export function assembleSessions<Data>(
  { policy, cookie, codec }: Pick<Core, 'policy' | 'cookie'> & { readonly codec: Codec },
  createLife: (core: Core) => Life,
): Sessions<Data> {
  const { emit, on } = createEvents(policy.clock)
  const reported = new Set<EventType>()
  const emitOnce = (body: EventBody): void => {
    if (reported.has(body.type)) return
    reported.add(body.type)
    emit(body)
  }
  const life = createLife({ policy, shape: createShape(policy, emit, codec), cookie, emit, emitOnce })
  let closing: Promise<void> | undefined

  /** A race that the visitor lost has an event of its own; this one is for the operator and the developer. */
  const report = (error: unknown): never => {
    const raced = error instanceof HoldfastError && error.status < 500 && error.code !== 'ERR_DATA_LIMIT'
    if (!raced) emit({ type: 'commit-failed', error })
    throw error
  }

  const sessions: Sessions<Data> = {
    open(request) {
      if (closing !== undefined) return Promise.reject(new HoldfastError('ERR_CLOSED'))
      try {
        return life.open<Data>(request)
      } catch (error) {
        return Promise.reject(error)
      }
    },
    commit(session, { status = 200 } = {}) {
      try {
        const outgoing = life.finish(session, status)
        return outgoing instanceof Promise ? outgoing.catch(report) : outgoing
      } catch (error) {
        return report(error)
      }
    },
    reportBypass(session) {
      const { accessed, committed, record } = unitOf(session)
      if (accessed && !committed) emit({ type: 'bypassed', id: record?.id ?? null, modified: isModified(session) })
    },
    handle: (request, handler) => handleRequest(request, handler, sessions),
    list: (subject) => life.list(subject),
    revoke: (id, { subject } = {}) => life.revoke(id, subject),
    revokeAll: (subject, { except } = {}) => life.revokeAll(subject, except ?? undefined),
    epoch: (subject) => life.epoch(subject),
    async clearExpired({ onProgress } = {}) {
      let total = 0
      for (;;) {
        const cleared = await life.clearExpired(CLEAR_BATCH)
        total += cleared
        onProgress?.(total)
        if (cleared < CLEAR_BATCH) return total
      }
    },
    migrate: (options) => life.migrate(options),
    inspect: () => life.inspect(),
    on,
    async close() {
      closing ??= life.close()
      return closing
    },
    async [Symbol.asyncDispose]() {
      return sessions.close()
    },
  }
  return sessions
}

const CLEAR_BATCH = 500

/** Also where it throws, because something was put in that cannot be saved. */
function isModified(session: Pick<Session, 'modified'>): boolean {
  try {
    return session.modified
  } catch {
    return true
  }
}
