import { setTimeout as sleep } from 'node:timers/promises'
import { findConflicts, rewrite, type Change } from './changes.ts'
import { HoldfastError } from './errors.ts'
import type { Emit } from './events.ts'
import { jitter } from './random.ts'
import type { SessionRecord } from './record.ts'
import type { Shape, Stored } from './shape.ts'

/** What one request wants written to a record that exists. */
export interface Write<Kept extends Stored = SessionRecord> {
  readonly record: Kept
  readonly changes: readonly Change[]
  /** What they make of the record's data, where that is known: then they need not be made again if nobody else wrote. */
  readonly result: string | undefined
  /** The stored JSON that the request has read. */
  readonly seen: string | undefined
  /** It had to be migrated, and that is to be written too. */
  readonly migrated: boolean
  /**
   * Changes to the record itself (renewal, expiry, last seen), computed afresh on the newest record each time.
   * Answers the record to write, or undefined when it has nothing to change.
   */
  readonly amend: (latest: Kept) => Kept | undefined
}

export type WriteOutcome<Kept extends Stored = SessionRecord> =
  | { readonly kind: 'written' | 'unchanged'; readonly record: Kept }
  | { readonly kind: 'gone' }

export interface Committer<Kept extends Stored = SessionRecord> {
  write(write: Write<Kept>): Promise<WriteOutcome<Kept>>
}

/** What a committer needs of the place where records are. */
export interface Versions<Kept extends Stored> {
  /** The record as the store has it now. */
  reload(record: Kept): Promise<Kept | undefined>
  /** Puts `next` in the place of `base`, if `base` is still what is stored. Answers the record as it is stored then. */
  swap(next: Kept, base: Kept): Promise<Kept | 'stale' | 'gone'>
  withData(record: Kept, data: string): Kept
}

export interface CommitterOptions<Kept extends Stored> {
  readonly versions: Versions<Kept>
  readonly shape: Shape
  readonly onConflict: 'merge' | 'throw'
  readonly emit: Emit
}

/**
 * Writes by compare-and-swap, so that no update is lost. The writes that one session has waiting in this process
 * travel together: while one is on its way the others queue, and the next one carries them all.
 */
export function createCommitter<Kept extends Stored>(options: CommitterOptions<Kept>): Committer<Kept> {
  const queues = new Map<string, Waiting<Kept>[]>()

  return {
    write(write) {
      return new Promise((resolve, reject) => {
        const waiting = { write, resolve, reject }
        const queue = queues.get(write.record.id)
        if (queue !== undefined) {
          queue.push(waiting)
          return
        }
        const fresh = [waiting]
        queues.set(write.record.id, fresh)
        void drain(write.record.id, fresh)
      })
    },
  }

  async function drain(id: string, queue: Waiting<Kept>[]): Promise<void> {
    let latest: Kept | undefined
    while (queue.length > 0) {
      latest = await writeTogether(queue.splice(0), latest, options)
    }
    queues.delete(id)
  }
}

/** Far more than two honest writers need; a bound, because a promise that never settles helps nobody. */
const MOST_ATTEMPTS = 50

interface Waiting<Kept extends Stored> {
  readonly write: Write<Kept>
  readonly resolve: (outcome: WriteOutcome<Kept>) => void
  readonly reject: (error: unknown) => void
}

/** Settles every waiting write, and answers the record as this process knows it now. */
async function writeTogether<Kept extends Stored>(
  batch: readonly Waiting<Kept>[],
  known: Kept | undefined,
  options: CommitterOptions<Kept>,
): Promise<Kept | undefined> {
  const { versions } = options
  let base = known ?? batch[0]?.write.record
  let waiting = batch
  try {
    for (let attempt = 0; base !== undefined && attempt < MOST_ATTEMPTS; attempt++) {
      const composed = compose(waiting, base, options)
      waiting = composed.waiting
      if (composed.record === base) {
        for (const { resolve } of waiting) resolve({ kind: 'unchanged', record: base })
        return base
      }
      const outcome = await versions.swap(composed.record, base)
      if (typeof outcome === 'object') {
        for (const { id, keys } of composed.conflicts) options.emit({ type: 'conflict', id, keys })
        for (const { resolve } of waiting) resolve({ kind: 'written', record: outcome })
        return outcome
      }
      if (outcome === 'gone') base = undefined
      else {
        if (attempt > 0) await sleep(jitter(Math.min(2 ** attempt, LONGEST_PAUSE_MS)))
        base = await versions.reload(base)
      }
    }
    if (base !== undefined) throw new HoldfastError('ERR_CONTENTION')
    for (const { resolve } of waiting) resolve({ kind: 'gone' })
  } catch (error) {
    for (const { reject } of waiting) reject(error)
  }
  return undefined
}

const LONGEST_PAUSE_MS = 64

interface Composed<Kept extends Stored> {
  readonly record: Kept
  readonly waiting: readonly Waiting<Kept>[]
  readonly conflicts: readonly { id: string; keys: readonly string[] }[]
}

/**
 * One record that carries all waiting writes. A write that fails (its function throws, the data grows too large or
 * does not fit the schema) fails alone: it is rejected, and the rest is composed again without it.
 */
function compose<Kept extends Stored>(
  waiting: readonly Waiting<Kept>[],
  base: Kept,
  options: CommitterOptions<Kept>,
): Composed<Kept> {
  const { versions, shape, onConflict } = options
  const conflicts: { id: string; keys: readonly string[] }[] = []
  let record = base
  for (const one of waiting) {
    const { changes, result, seen, migrated, amend } = one.write
    try {
      if (changes.length > 0 || migrated) {
        const known = record === one.write.record ? result : undefined
        const json = known === undefined ? rewrite(record, changes, shape, seen) : shape.write(known)
        const keys = findConflicts(changes, one.write.record, record, shape)
        if (keys.length > 0 && onConflict === 'throw') throw new HoldfastError('ERR_CONFLICT', keys.join(', '))
        if (keys.length > 0) conflicts.push({ id: base.id, keys })
        // What was migrated here may be what another process has migrated before.
        if (changes.length > 0 || json !== record.data) record = versions.withData(record, json)
      }
      record = amend(record) ?? record
    } catch (error) {
      one.reject(error)
      return compose(
        waiting.filter((other) => other !== one),
        base,
        options,
      )
    }
  }
  return { record, waiting, conflicts }
}
