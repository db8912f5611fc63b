import type { Answer } from './cache.ts'
import type { Clock } from './clock.ts'
import type { Emit } from './events.ts'
import type { Ending, Revision, SessionRecord } from './record.ts'
import type { Created, Guard, MigrateOptions, Migration, SessionStore, Touch } from './store.ts'

/** Where sessions live. */
export type SessionEngine = StoredEngine | CookieEngine

/** The data in the cookie itself. Made by `signedCookies()`. */
export interface CookieEngine {
  readonly kind: 'cookie'
  readonly name: string
  /** Remembers which sessions have ended. Without it nothing does. */
  readonly endings: SessionStore | undefined
}

/** A record in a store, and in the cookie only its token. Made by `db(store)`, `cache(store)`, `cachedDb(store, cache)`. */
export interface StoredEngine {
  readonly kind: 'stored'
  readonly name: string

  /** The record, perhaps from a cache. Answers at once when no I/O is needed. */
  load(id: string): Answer<Loaded | undefined>
  /** The record from the store. Only this one may refuse a secret or decide a write. */
  loadFresh(id: string): Promise<SessionRecord | undefined>

  create(record: SessionRecord, guard?: Guard): Promise<Begun>
  replace(
    oldId: string,
    expected: Revision,
    record: SessionRecord,
    guard?: Guard,
  ): Promise<Begun | { outcome: 'stale' } | { outcome: 'gone' }>
  update(record: SessionRecord, expected: Revision): Promise<'updated' | 'stale' | 'gone'>
  /** Answers the ids that are gone. */
  touch(touches: readonly Touch[]): Promise<string[]>

  end(id: string): Promise<Ended>
  endAll(subject: string, except?: string): Promise<EndedAll>
  findEnding(id: string): Promise<Ending | undefined>

  listBySubject(subject: string): Promise<SessionRecord[]>
  epoch(subject: string): Promise<number>
  clearExpired(limit: number): Promise<number>
  migrate(options?: MigrateOptions): Promise<readonly Migration[]>

  /** Whom to ask what time it is. */
  readonly time?: Pick<SessionStore, 'now'>

  /** Called once by `createSessions`, before anything else. `clock`: the time that all processes go by. */
  attach?(emit: Emit, clock: Clock): void
  close(): Promise<void>
}

export interface Loaded {
  readonly record: SessionRecord
  readonly from: 'cache' | 'store'
}

/** What the store answered, and false while a cache could not be told of an eviction. */
export type Begun = Created & { readonly propagated?: boolean }

export interface Ended {
  readonly outcome: 'deleted' | 'gone'
  /** False while a cache could not be told: a copy may still be accepted for up to the cache lifetime. */
  readonly propagated: boolean
}

export interface EndedAll {
  readonly ids: readonly string[]
  readonly propagated: boolean
}
