import type { Clock } from './clock.ts'
import type { SessionRecord } from './record.ts'

/**
 * A fast copy of records that may forget anything at any time, and may never lie.
 *
 * Each key holds nothing, a copy, a lease, or a mark (`ending`, `buried`). What keeps a cache from lying is that
 * an absent key accepts nothing: a copy gets in only through a lease that still stands, and every end and every
 * newer write breaks the lease. `cacheContract()` in `holdfast/testing` tests these sentences.
 *
 * A cache inside this process answers at once, one across the network with a promise.
 */
export interface SessionCache {
  /**
   * `process`: each process has its own, so the store must report changes, and every answer comes at once.
   * `shared`: one for all.
   */
  readonly scope: 'process' | 'shared'

  /** A lease and an entry past its life read as undefined. */
  get(id: string): Answer<Copy | Mark | undefined>

  /**
   * Taken before the store is read. Takes the place of nothing or of a copy; undefined while a mark or another
   * lease stands.
   */
  lease(id: string): Answer<Lease | undefined>

  /** Stores the copy if that very lease still stands, and lets it live on from `confirmedAt`. */
  fill(copy: Copy, lease: Lease): Answer<void>

  /**
   * After a write: takes the place of a copy with an older revision, or with the same one and an earlier `seenAt`
   * or `confirmedAt`. When revisions cannot be ordered, neither copy stays. Breaks a lease, so that a reader with
   * older data cannot fill. Leaves marks, and never makes an entry.
   */
  put(copy: Copy): Answer<void>

  /** Overwrites anything. */
  bury(id: string, mark: Mark): Answer<void>

  /** Drops entries that another process changed, or all of them. Only a cache inside a process needs it. */
  forget?(ids: readonly string[] | 'all'): Answer<void>

  /**
   * Called by the engine, before anything else: the time to go by, which is the store's where that has a clock. Without
   * it, processes whose clocks differ would not agree on when a copy is over.
   */
  follow?(clock: Clock): void

  close?(): Promise<void>
}

export type Answer<T> = T | Promise<T>

export interface Copy {
  readonly record: SessionRecord
  /** Epoch milliseconds of the last time the *store* was read or written for it. Only that lengthens its life. */
  readonly confirmedAt: number
}

/** `ending`: ask the store, and fill nothing. `buried`: gone. */
export type Mark = 'ending' | 'buried'

/** Proof that no end and no newer write came between a miss and its fill. */
export interface Lease {
  readonly id: string
  readonly nonce: string
}

/** How long a copy may live after the store confirmed it, and how long a mark stands. */
export const CACHE_SECONDS = 60

/** How long a reader may take from its miss to its fill. */
export const LEASE_SECONDS = 10
