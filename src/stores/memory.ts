import { LRUCache } from 'lru-cache'
import { systemClock, type Clock } from '../core/clock.ts'
import { ENDING_SECONDS, expiresAt, isExpired, type Ending, type SessionRecord } from '../core/record.ts'
import type { Created, Guard, SessionStore } from '../core/store.ts'

export interface MemoryStoreOptions {
  /** The most sessions it holds; the least recently used goes first. Default 100,000. */
  readonly maxEntries?: number
  readonly clock?: Clock
}

/**
 * A store inside this process: for tests, and for the `cache` engine. It forgets everything at a restart, and the
 * least recently used sessions when it is full.
 */
export function memoryStore(options: MemoryStoreOptions = {}): SessionStore & { readonly size: number } {
  const { maxEntries = 100_000, clock = systemClock } = options
  const bySubject = new Map<string, Set<string>>()
  const epochs = new Map<string, number>()
  const endings = new LRUCache<string, Ending & { until: number }>({ max: maxEntries })
  const records = new LRUCache<string, SessionRecord>({
    max: maxEntries,
    dispose: (record, id, reason) => {
      if (reason !== 'set') unindex(record.subject, id)
    },
  })

  return {
    get size() {
      return records.size
    },
    // Nobody else can change what is in this process.
    inspect: async () => ({ system: 'memory', settings: {} }),
    changes: { poll: () => [] },
    async create(record, guard) {
      if (records.has(record.id)) return { outcome: 'exists' }
      return insert(record, guard)
    },
    async replace(oldId, expected, record, guard) {
      const old = live(oldId)
      if (old === undefined) return { outcome: 'gone' }
      if (old.revision !== expected) return { outcome: 'stale' }
      if (records.has(record.id)) return { outcome: 'exists' }
      const created = insert(record, guard, oldId)
      if (created.outcome === 'created') remove(oldId, record.id)
      return created
    },
    find: async (id) => live(id),
    async update(record, expected) {
      const old = live(record.id)
      if (old === undefined) return 'gone'
      if (old.revision !== expected) return 'stale'
      const { data, idleSeconds, security, revision } = record
      records.set(record.id, {
        ...old,
        data,
        idleSeconds,
        security,
        revision,
        seenAt: Math.max(old.seenAt, record.seenAt),
      })
      return 'updated'
    },
    async touch(touches) {
      return touches.flatMap(({ id, seenAt }) => {
        const old = live(id)
        if (old === undefined) return [id]
        if (seenAt > old.seenAt) records.set(id, { ...old, seenAt })
        return []
      })
    },
    async delete(id) {
      const there = live(id) !== undefined
      remove(id, null)
      return there ? 'deleted' : 'gone'
    },
    listBySubject: async (subject) => liveOf(subject),
    async deleteBySubject(subject, except) {
      epochs.set(subject, (epochs.get(subject) ?? 0) + 1)
      const doomed = liveOf(subject).flatMap(({ id }) => (id === except ? [] : [id]))
      for (const id of doomed) remove(id, null)
      return doomed
    },
    epoch: async (subject) => epochs.get(subject) ?? 0,
    async findEnding(id) {
      const ending = endings.get(id)
      return ending !== undefined && ending.until > clock.now() ? { successor: ending.successor } : undefined
    },
    async clearExpired(limit) {
      const before = clock.now() - CLEAR_MARGIN_MS
      let cleared = 0
      for (const id of Array.from(records.rkeys())) {
        const record = records.peek(id)
        if (cleared === limit) break
        if (record === undefined || expiresAt(record) > before) continue
        records.delete(id)
        cleared++
      }
      return cleared
    },
  }

  function live(id: string): SessionRecord | undefined {
    const record = records.get(id)
    return record !== undefined && !isExpired(record, clock.now()) ? record : undefined
  }

  function liveOf(subject: string): SessionRecord[] {
    return [...(bySubject.get(subject) ?? [])]
      .flatMap((id) => live(id) ?? [])
      .toSorted((a, b) => a.createdAt - b.createdAt)
  }

  function insert(record: SessionRecord, guard: Guard | undefined, leaving?: string): Created {
    const { subject } = record
    if (guard?.epoch !== undefined && subject !== null && (epochs.get(subject) ?? 0) !== guard.epoch) {
      return { outcome: 'refused', reason: 'epoch' }
    }
    const others =
      guard?.max === undefined || subject === null ? [] : liveOf(subject).filter(({ id }) => id !== leaving)
    const surplus = others.length + 1 - (guard?.max ?? Infinity)
    if (surplus > 0 && guard?.policy === 'refuse') return { outcome: 'refused', reason: 'max' }
    const evicted = others.slice(0, Math.max(0, surplus)).map(({ id }) => id)
    for (const id of evicted) remove(id, null)
    records.set(record.id, record)
    if (subject !== null) bySubject.set(subject, (bySubject.get(subject) ?? new Set()).add(record.id))
    return { outcome: 'created', evicted }
  }

  function remove(id: string, successor: string | null): void {
    if (records.delete(id)) endings.set(id, { successor, until: clock.now() + ENDING_SECONDS * 1000 })
  }

  function unindex(subject: string | null, id: string): void {
    if (subject === null) return
    const ids = bySubject.get(subject)
    ids?.delete(id)
    if (ids?.size === 0) bySubject.delete(subject)
  }
}

const CLEAR_MARGIN_MS = 5 * 60 * 1000
