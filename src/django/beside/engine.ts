import type { Emit } from '../../core/events.ts'
import type { DjangoUser } from '../tables/users.ts'

/** Where Django's sessions are, by Django's own keys. Made for one of its engines. */
export interface DjangoEngine {
  readonly name: string
  /** Nothing is kept but what the browser has: nothing can be taken once, or revoked. */
  readonly remembersNothing?: true

  /** Undefined when there is none, or time has ended it. `guess`: whose it was when it was last seen. */
  load(key: string, guess: string | undefined): Promise<Loaded | undefined>
  /** As it is stored now, whatever a cache says: what decides a write. */
  loadFresh(key: string): Promise<Kept | undefined>

  create(fresh: Fresh): Promise<Kept | 'exists'>
  /** Puts data in the place of `base`, if `base` is still what is stored. Never makes a session. */
  swap(next: Fresh, base: Kept): Promise<Kept | 'stale' | 'gone'>
  /** Another key for the same session, in one step: the old one is dead then. */
  replace(base: Kept, next: Fresh): Promise<Kept | 'stale' | 'gone' | 'exists'>
  end(key: string): Promise<{ readonly ended: boolean; readonly propagated: boolean }>
  /** Takes away a copy of a session that is over, where there may be one. Answers whether it is away. */
  readonly forget?: (key: string) => Promise<boolean>

  findUser(pk: string): Promise<DjangoUser | undefined>
  clearExpired(limit: number): Promise<number>
  /** All that live, in batches. Only a table can tell. */
  readonly scan?: (after: string, limit: number) => Promise<(Row | Unreadable)[]>
  /** Called once, before anything else. */
  attach?(emit: Emit): void
  close(): Promise<void>
}

/** What is stored under a key. */
export interface Kept {
  /** The cookie's value. It opens the session, and is shown nowhere. */
  readonly key: string
  /** JSON as Python writes it. */
  readonly data: string
  /** What a swap compares: the stored text, or bytes. */
  readonly version: string | Buffer
}

export interface Loaded extends Kept {
  /** The guessed one, when it was asked along the way. */
  readonly user?: DjangoUser
  /** Where the row was read, in epoch milliseconds. */
  readonly expireDate?: number
}

export interface Row extends Kept {
  readonly savedAt: number
  readonly expireDate: number
}

/** A row that Django may read, and that is too large or too deep to be read here. */
export interface Unreadable {
  readonly key: string
  readonly failure: unknown
}

/** What is to be stored. */
export interface Fresh {
  readonly key: string
  readonly data: string
  /** Epoch milliseconds. */
  readonly expireDate: number
  /** Whole seconds from now, for a cache; below zero for what is over. */
  readonly ageSeconds: number
}
