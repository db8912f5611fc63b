import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Clock, Created, Guard, SessionRecord, SessionStore } from 'holdfast'

export interface ToyStoreOptions {
  readonly clock?: Clock
}

/**
 * All sessions in one JSON file, written anew at every change: for one process and a few hundred sessions.
 *
 * Every change is made on a copy. The copy becomes the state when it is on the disk, so a verb either happens as a
 * whole or throws and leaves everything as it was.
 */
export function toyStore(path: string, { clock = { now: () => Date.now() } }: ToyStoreOptions = {}): SessionStore {
  let state = existsSync(path) ? read(path) : EMPTY

  const change = <T>(work: (draft: State) => T): T => {
    const draft = { records: new Map(state.records), endings: new Map(state.endings), epochs: new Map(state.epochs) }
    const answer = work(draft)
    write(path, draft)
    state = draft
    return answer
  }
  const live = ({ records }: State, id: string): SessionRecord | undefined => {
    const record = records.get(id)
    return record !== undefined && endOf(record) > clock.now() ? record : undefined
  }
  const liveOf = (from: State, subject: string): SessionRecord[] =>
    [...from.records.keys()]
      .flatMap((id) => live(from, id) ?? [])
      .filter((record) => record.subject === subject)
      .toSorted((a, b) => a.createdAt - b.createdAt)

  /** Deletes, and remembers for a minute how it ended. */
  const end = (draft: State, id: string, successor: string | null): 'deleted' | 'gone' => {
    const outcome = live(draft, id) === undefined ? 'gone' : 'deleted'
    if (draft.records.delete(id)) draft.endings.set(id, { successor, at: clock.now() })
    return outcome
  }

  const insert = (draft: State, record: SessionRecord, guard: Guard = {}, leaving?: string): Created => {
    const { id, subject } = record
    if (draft.records.has(id)) return { outcome: 'exists' }
    const evicted: string[] = []
    if (subject !== null) {
      const epoch = draft.epochs.get(subject) ?? 0
      if (guard.epoch !== undefined && guard.epoch !== epoch) return { outcome: 'refused', reason: 'epoch' }
      const others = liveOf(draft, subject).filter((other) => other.id !== leaving)
      const surplus = Math.max(0, others.length + 1 - (guard.max ?? Infinity))
      if (surplus > 0 && guard.policy === 'refuse') return { outcome: 'refused', reason: 'max' }
      evicted.push(...others.slice(0, surplus).map((other) => other.id))
    }
    for (const old of evicted) end(draft, old, null)
    draft.records.set(id, record)
    return { outcome: 'created', evicted }
  }

  return {
    // Nobody else writes this file, so a cache in this process has nothing to hear of.
    changes: { poll: () => [] },
    create: async (record, guard) => change((draft) => insert(draft, record, guard)),
    replace: async (oldId, expected, record, guard) =>
      change((draft) => {
        const old = live(draft, oldId)
        if (old === undefined) return { outcome: 'gone' }
        if (old.revision !== expected) return { outcome: 'stale' }
        const created = insert(draft, record, guard, oldId)
        if (created.outcome === 'created') end(draft, oldId, record.id)
        return created
      }),
    find: async (id) => live(state, id),
    update: async ({ id, revision, data, seenAt, idleSeconds, security }, expected) =>
      change((draft) => {
        const old = live(draft, id)
        if (old === undefined) return 'gone'
        if (old.revision !== expected) return 'stale'
        const later = Math.max(old.seenAt, seenAt)
        draft.records.set(id, { ...old, revision, data, seenAt: later, idleSeconds, security })
        return 'updated'
      }),
    touch: async (touches) =>
      change((draft) =>
        touches.flatMap(({ id, seenAt }) => {
          const old = live(draft, id)
          if (old === undefined) return [id]
          draft.records.set(id, { ...old, seenAt: Math.max(old.seenAt, seenAt) })
          return []
        }),
      ),
    delete: async (id) => change((draft) => end(draft, id, null)),
    listBySubject: async (subject) => liveOf(state, subject),
    deleteBySubject: async (subject, except) =>
      change((draft) => {
        draft.epochs.set(subject, (draft.epochs.get(subject) ?? 0) + 1)
        const doomed = liveOf(draft, subject).flatMap(({ id }) => (id === except ? [] : [id]))
        for (const id of doomed) end(draft, id, null)
        return doomed
      }),
    epoch: async (subject) => state.epochs.get(subject) ?? 0,
    async findEnding(id) {
      const ending = state.endings.get(id)
      return ending !== undefined && clock.now() - ending.at < MINUTE ? { successor: ending.successor } : undefined
    },
    clearExpired: async (limit) =>
      change(({ records, endings }) => {
        for (const [id, { at }] of endings) if (clock.now() - at >= MINUTE) endings.delete(id)
        const old = [...records.values()].filter((record) => endOf(record) <= clock.now() - 5 * MINUTE)
        const doomed = old.slice(0, limit)
        for (const { id } of doomed) records.delete(id)
        return doomed.length
      }),
  }
}

interface State {
  readonly records: Map<string, SessionRecord>
  readonly endings: Map<string, { successor: string | null; at: number }>
  readonly epochs: Map<string, number>
}

const EMPTY: State = { records: new Map(), endings: new Map(), epochs: new Map() }
const MINUTE = 60_000

function endOf({ seenAt, idleSeconds, absoluteAt }: SessionRecord): number {
  return Math.min(seenAt + idleSeconds * 1000, absoluteAt)
}

function read(path: string): State {
  const { records, endings, epochs } = JSON.parse(readFileSync(path, 'utf8')) as Written
  return { records: new Map(records), endings: new Map(endings), epochs: new Map(epochs) }
}

/** Under another name first: a process that dies half way leaves the old file whole. */
function write(path: string, { records, endings, epochs }: State): void {
  const written: Written = { records: [...records], endings: [...endings], epochs: [...epochs] }
  writeFileSync(`${path}.new`, JSON.stringify(written), { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

type Written = {
  readonly [part in keyof State]: State[part] extends Map<infer Key, infer Value> ? [Key, Value][] : never
}
