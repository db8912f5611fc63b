import { LRUCache } from 'lru-cache'
import { CACHE_SECONDS, LEASE_SECONDS, type Copy, type Lease, type Mark, type SessionCache } from '../core/cache.ts'
import { bytesOf, ENTRY_BYTES } from '../core/copy-size.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import { randomBytes } from '../core/random.ts'

export interface MemoryCacheOptions {
  /** The most sessions it holds. Default 100,000. */
  readonly maxEntries?: number
  /** The most memory it takes, in bytes, as far as that can be told from outside. Default 64 MiB. */
  readonly maxBytes?: number
  /** Where time is read while no engine has brought its own; for tests. */
  readonly clock?: Clock
}

/**
 * A cache inside this process, bounded by entries and bytes; what was used least recently goes first.
 * It is right across processes with a store that reports changes, such as `sqliteStore`.
 *
 * @example
 * cachedDb(sqliteStore('sessions.sqlite'), memoryCache({ maxBytes: 16 * 1024 * 1024 }))
 */
export function memoryCache(
  options: MemoryCacheOptions = {},
): Required<SessionCache> & { readonly size: number; readonly bytes: number } {
  const { maxEntries = 100_000, maxBytes = 64 * 1024 * 1024 } = options
  let { clock = systemClock } = options
  const entries = new LRUCache<string, Entry>({ max: maxEntries, maxSize: maxBytes, sizeCalculation: sizeOf })

  const read = (id: string): Entry | undefined => {
    const entry = entries.get(id)
    if (entry === undefined || entry.until > clock.now()) return entry
    entries.delete(id)
    return undefined
  }
  const write = (id: string, entry: Entry): void => void entries.set(id, entry)
  const inSeconds = (seconds: number): number => clock.now() + seconds * 1000
  const copyEntry = (copy: Copy): Entry => ({ kind: 'copy', copy, until: copy.confirmedAt + CACHE_SECONDS * 1000 })

  return {
    scope: 'process',
    get size() {
      return entries.size
    },
    get bytes() {
      return entries.calculatedSize
    },
    get(id) {
      const entry = read(id)
      if (entry === undefined || entry.kind === 'lease') return undefined
      return entry.kind === 'copy' ? entry.copy : entry.kind
    },
    lease(id): Lease | undefined {
      const entry = read(id)
      if (entry !== undefined && entry.kind !== 'copy') return undefined
      const nonce = randomBytes(8).toString('base64url')
      write(id, { kind: 'lease', nonce, until: inSeconds(LEASE_SECONDS) })
      return { id, nonce }
    },
    fill(copy, lease) {
      const entry = read(copy.record.id)
      if (entry?.kind === 'lease' && entry.nonce === lease.nonce) write(copy.record.id, copyEntry(copy))
    },
    put(copy) {
      const { id } = copy.record
      const entry = read(id)
      if (entry?.kind === 'lease') entries.delete(id)
      if (entry?.kind !== 'copy') return
      const order = compareAge(copy, entry.copy)
      if (order === 'newer') write(id, copyEntry(copy))
      if (order === 'unknown') entries.delete(id)
    },
    bury(id, mark) {
      write(id, { kind: mark, until: inSeconds(CACHE_SECONDS) })
    },
    forget(ids) {
      if (ids === 'all') entries.clear()
      else for (const id of ids) entries.delete(id)
    },
    follow(shared) {
      clock = shared
    },
    async close() {
      entries.clear()
    },
  }
}

type Entry =
  | { readonly kind: 'copy'; readonly copy: Copy; readonly until: number }
  | { readonly kind: 'lease'; readonly nonce: string; readonly until: number }
  | { readonly kind: Mark; readonly until: number }

/** Revisions that are no numbers cannot be ordered: then neither copy is kept. */
function compareAge(a: Copy, b: Copy): 'newer' | 'older' | 'unknown' {
  const [left, right] = [a.record, b.record]
  if (left.revision === right.revision)
    return left.seenAt > right.seenAt || a.confirmedAt > b.confirmedAt ? 'newer' : 'older'
  if (typeof left.revision !== 'number' || typeof right.revision !== 'number') return 'unknown'
  return left.revision > right.revision ? 'newer' : 'older'
}

function sizeOf(entry: Entry, id: string): number {
  return entry.kind === 'copy' ? bytesOf(entry.copy) : id.length + ENTRY_BYTES
}
