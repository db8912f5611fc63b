import assert from 'node:assert/strict'
import type { CacheTest } from '../cache-contract.ts'
import { fill, newCopy, takeLease, withRecord } from './copies.ts'

export function putTests(cacheTest: CacheTest): void {
  cacheTest('an absent key refuses a put', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await cache.put(copy)
    assert.equal(await cache.get(copy.record.id), undefined)
    assert.ok(await cache.lease(copy.record.id), 'nothing stands there')
  })

  cacheTest('takes the place of a copy with an older revision', async (cache, clock) => {
    const copy = newCopy(clock.now(), { revision: 9 })
    await fill(cache, copy)
    clock.advance(5)
    const newer = { ...withRecord(copy, { revision: 10, data: '{"a":1}' }), confirmedAt: clock.now() }
    await cache.put(newer)
    assert.deepEqual(await cache.get(copy.record.id), newer)
  })

  cacheTest('an older revision is ignored, whenever it arrives', async (cache, clock) => {
    const copy = newCopy(clock.now(), { revision: 10 })
    await fill(cache, copy)
    await cache.put(withRecord(copy, { revision: 9, data: '{"old":true}' }))
    assert.deepEqual(await cache.get(copy.record.id), copy)
    await cache.put(withRecord(copy, { revision: 9, seenAt: clock.now() + 1000 }))
    assert.deepEqual(await cache.get(copy.record.id), copy)
  })

  cacheTest('the same revision takes its place when it was seen later, and not when earlier', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    const later = withRecord(copy, { seenAt: copy.record.seenAt + 1000 })
    await cache.put(later)
    assert.deepEqual(await cache.get(copy.record.id), later)
    await cache.put(copy)
    assert.deepEqual(await cache.get(copy.record.id), later)
  })

  cacheTest('a newer revision takes its place though it was confirmed earlier', async (cache, clock) => {
    const written = { ...newCopy(clock.now(), { revision: 2 }), confirmedAt: clock.now() }
    clock.advance(5)
    // A reader asked the store after the writer had, and was answered before it.
    await fill(cache, { ...withRecord(written, { revision: 1 }), confirmedAt: clock.now() })
    await cache.put(written)
    assert.deepEqual(await cache.get(written.record.id), written)
  })

  cacheTest('the same revision lives on when it was confirmed later', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    clock.advance(5)
    const later = { ...copy, confirmedAt: clock.now() }
    await cache.put(later)
    assert.deepEqual(await cache.get(copy.record.id), later)
  })

  cacheTest('of revisions that cannot be ordered neither stays', async (cache, clock) => {
    const copy = newCopy(clock.now(), { revision: 'first' })
    await fill(cache, copy)
    await cache.put(withRecord(copy, { seenAt: copy.record.seenAt + 1 }))
    assert.equal(typeof (await cache.get(copy.record.id)), 'object', 'the same revision')
    await cache.put(withRecord(copy, { revision: 'second' }))
    assert.equal(await cache.get(copy.record.id), undefined)
    await cache.put(withRecord(copy, { revision: 'third' }))
    assert.equal(await cache.get(copy.record.id), undefined, 'it is absent now')
  })

  cacheTest('breaks a lease, so that a reader with older data cannot fill', async (cache, clock) => {
    const old = newCopy(clock.now())
    const lease = await takeLease(cache, old.record.id)
    await cache.put(withRecord(old, { revision: 2 }))
    await cache.fill(old, lease)
    assert.equal(await cache.get(old.record.id), undefined)
    assert.ok(await cache.lease(old.record.id), 'the next reader may try')
  })

  cacheTest('breaks a lease that took the place of a copy', async (cache, clock) => {
    const old = newCopy(clock.now())
    await fill(cache, old)
    const lease = await takeLease(cache, old.record.id)
    await cache.put(withRecord(old, { revision: 2 }))
    await cache.fill(old, lease)
    assert.equal(await cache.get(old.record.id), undefined)
  })
}
