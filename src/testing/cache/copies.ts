import assert from 'node:assert/strict'
import type { Copy, Lease, SessionCache } from '../../core/cache.ts'
import type { SessionRecord } from '../../core/record.ts'
import { newRecord } from '../records.ts'

/** A copy that the store confirmed at `confirmedAt`. */
export function newCopy(confirmedAt: number, changes: Partial<SessionRecord> = {}): Copy {
  return { record: newRecord(confirmedAt, changes), confirmedAt }
}

export function withRecord(copy: Copy, changes: Partial<SessionRecord>): Copy {
  return { ...copy, record: { ...copy.record, ...changes } }
}

/** The only way in: a lease on an absent key, and a fill. */
export async function fill(cache: SessionCache, copy: Copy): Promise<void> {
  await cache.fill(copy, await takeLease(cache, copy.record.id))
}

export async function takeLease(cache: SessionCache, id: string): Promise<Lease> {
  const lease = await cache.lease(id)
  assert.ok(lease, 'a lease was given')
  return lease
}
