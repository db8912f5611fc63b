import type { DatabaseSync } from 'node:sqlite'
import { HoldfastError } from '../../core/errors.ts'
import { isBusy, LONGEST_WAIT_MS, pause } from './busy.ts'

/**
 * Runs work in a transaction. What is waiting in one turn of the event loop shares one. Work that throws fails alone:
 * all of it is taken back and done again, each in a savepoint. So work may run twice, and only the last time counts.
 */
export interface GroupCommit {
  <T>(work: () => T): Promise<T>
  /** Resolves when nothing is waiting. */
  idle(): Promise<void>
}

/**
 * @param lock Without a write-ahead log a commit waits for who reads, and would be refused: there `EXCLUSIVE` waits before
 * anything is done.
 */
export function createGroupCommit(database: DatabaseSync, lock: 'IMMEDIATE' | 'EXCLUSIVE' = 'IMMEDIATE'): GroupCommit {
  const sql = {
    begin: database.prepare(`BEGIN ${lock}`),
    commit: database.prepare('COMMIT'),
    rollback: database.prepare('ROLLBACK'),
    savepoint: database.prepare('SAVEPOINT one'),
    release: database.prepare('RELEASE one'),
    rollbackTo: database.prepare('ROLLBACK TO one'),
  }
  let waiting: Waiting[] = []
  /** Savepoints cost, so they are set only when some of what is waiting has thrown. */
  let careful = false
  let scheduled = false
  let waitingSince = 0
  const idlers: (() => void)[] = []

  const transact = <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) waitingSince = performance.now()
      waiting.push({ work, resolve: resolve as (value: unknown) => void, reject })
      schedule(setImmediate)
    })

  return Object.assign(transact, {
    async idle() {
      if (scheduled) await new Promise<void>((resolve) => idlers.push(resolve))
    },
  })

  function schedule(later: (callback: () => void) => unknown): void {
    if (scheduled) return
    scheduled = true
    later(run)
  }

  function run(): void {
    scheduled = false
    if (!begin()) return
    const batch = waiting
    waiting = []
    settle(batch)
    if (!scheduled) for (const idler of idlers.splice(0)) idler()
  }

  /** Another process may hold the lock. Waiting for it must not stop this one, so it is asked again and again. */
  function begin(): boolean {
    try {
      sql.begin.run()
      return true
    } catch (error) {
      if (isBusy(error) && performance.now() - waitingSince < LONGEST_WAIT_MS) {
        schedule((callback) => setTimeout(callback, pause()))
        return false
      }
      const batch = waiting
      waiting = []
      for (const { reject } of batch) reject(failure(error))
      for (const idler of idlers.splice(0)) idler()
      return false
    }
  }

  /** Nothing is awaited between begin and commit, and nobody is answered before the commit. */
  function settle(batch: readonly Waiting[]): void {
    const answers: (() => void)[] = []
    const perform = careful ? inSavepoint : inTransaction
    careful = false
    try {
      for (const one of batch) answers.push(perform(one))
      sql.commit.run()
    } catch (error) {
      if (database.isTransaction) sql.rollback.run()
      if (perform === inTransaction && batch.length > 1 && answers.length < batch.length) {
        careful = true
        waiting = [...batch, ...waiting]
        schedule(setImmediate)
      } else for (const { reject } of batch) reject(failure(error))
      return
    }
    for (const answer of answers) answer()
  }

  function inTransaction({ work, resolve }: Waiting): () => void {
    const value = work()
    return () => resolve(value)
  }

  function inSavepoint({ work, resolve, reject }: Waiting): () => void {
    sql.savepoint.run()
    try {
      const value = work()
      sql.release.run()
      return () => resolve(value)
    } catch (error) {
      sql.rollbackTo.run()
      sql.release.run()
      return () => reject(failure(error))
    }
  }
}

interface Waiting {
  readonly work: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

function failure(error: unknown): HoldfastError {
  return new HoldfastError('ERR_STORE', 'SQLite refused the transaction', { cause: error })
}
