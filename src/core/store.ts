import type { Ending, Revision, SessionRecord } from './record.ts'

/**
 * Durable persistence for records, and nothing else: a store decides nothing about security.
 *
 * `storeContract()` in `holdfast/testing` tests every sentence below. Three rules hold throughout:
 *
 * - A failure of the system is an exception. It never means that a session is gone.
 * - No verb inserts *or* updates: what has ended cannot come back by a late write.
 * - Each verb is atomic, also across processes. Once its promise resolves, every other process sees it.
 *
 * A record counts as expired when `min(seenAt + idleSeconds * 1000, absoluteAt)` is not in the future,
 * by the store's own clock where it has one.
 */
export interface SessionStore {
  /**
   * Inserts. `exists` when the id is taken, also by an expired record, and possibly by what is left of a session that
   * has ended.
   */
  create(record: SessionRecord, guard?: Guard): Promise<Created>

  /**
   * Ends one session and begins its successor in one transaction: the new record exists if and only if
   * this call removed the old one. `stale` when the old one has another revision, `gone` when it is not
   * there or expired. The old id gets an ending that names its successor.
   */
  replace(
    oldId: string,
    expected: Revision,
    record: SessionRecord,
    guard?: Guard,
  ): Promise<Created | { outcome: 'stale' } | { outcome: 'gone' }>

  /** Unknown or expired: undefined. */
  find(id: string): Promise<SessionRecord | undefined>

  /**
   * Writes `data`, `seenAt`, `idleSeconds` and `security` if the stored revision is `expected`, and gives the
   * record the revision it carries. Keeps the later `seenAt`. The other fields never change. `gone` when the
   * record is not there or expired.
   */
  update(record: SessionRecord, expected: Revision): Promise<'updated' | 'stale' | 'gone'>

  /**
   * Moves `seenAt` forward, never back, of many records at once, leaving their revision alone. Answers the ids
   * that are gone. An expired record stays expired.
   */
  touch(touches: readonly Touch[]): Promise<string[]>

  /** Ends a session for good. Deleting what is not there is no error. */
  delete(id: string): Promise<'deleted' | 'gone'>

  /** The live sessions of a subject, oldest first. */
  listBySubject(subject: string): Promise<SessionRecord[]>

  /**
   * Ends all sessions of a subject but `except` and raises the subject's epoch, atomically. Answers the ids
   * that died.
   */
  deleteBySubject(subject: string, except?: string): Promise<string[]>

  /** How often `deleteBySubject` was called for this subject. 0 for a subject never seen. */
  epoch(subject: string): Promise<number>

  /** How a session ended within the last `ENDING_SECONDS` seconds; undefined later, and for ids never seen. */
  findEnding(id: string): Promise<Ending | undefined>

  /**
   * Deletes at most `limit` records that expired at least five minutes ago (clocks may differ that much) and
   * answers how many. It holds up nobody: its transactions are short, however much there is to do.
   */
  clearExpired(limit: number): Promise<number>

  /**
   * What time it is, in epoch milliseconds, by the clock that expires records. Present where that is not the clock of
   * this machine: then the sessions go by it too, whatever the clocks of their processes say.
   */
  now?(): Promise<number>

  /** Present when the store can tell a cache inside this process what other processes have changed. */
  readonly changes?: ChangeFeed

  /**
   * Makes the tables, or brings them up to date, and answers what it did; with `dryRun` what it would do. Absent where
   * there is nothing to make.
   *
   * @throws HoldfastError ERR_STORE_NEWER when a newer Holdfast made them, so that this one cannot use them.
   */
  migrate?(options?: MigrateOptions): Promise<readonly Migration[]>

  close?(): Promise<void>
}

export interface MigrateOptions {
  /** Changes nothing, and answers what would be done. */
  readonly dryRun?: boolean
}

export interface Migration {
  readonly name: string
  readonly sql: string
}

/** Conditions on a login, checked in the same transaction that creates the record. */
export interface Guard {
  /** The most live sessions the record's subject may have, this one included. */
  readonly max?: number
  /** What happens at the limit: the oldest make room, or the login is refused. Default `evict-oldest`. */
  readonly policy?: 'evict-oldest' | 'refuse'
  /** The subject's epoch when the login began. */
  readonly epoch?: number
}

export type Created =
  | { outcome: 'created'; /** Sessions that made room. */ evicted: readonly string[] }
  | { outcome: 'exists' }
  | { outcome: 'refused'; reason: 'max' | 'epoch' }

export interface Touch {
  readonly id: string
  readonly seenAt: number
}

/** What other processes did to the store, asked for synchronously just before a cached copy is used. */
export interface ChangeFeed {
  /** Ids whose records changed or ended since the last call; `all` when it cannot tell which. */
  poll(): readonly string[] | 'all'
}
