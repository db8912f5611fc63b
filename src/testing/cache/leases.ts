import assert from 'node:assert/strict'
import { CACHE_SECONDS } from '../../core/cache.ts'
import type { CacheTest } from '../cache-contract.ts'
import { parallel } from '../records.ts'
import { fill, newCopy, takeLease, withRecord } from './copies.ts'

export function leaseTests(cacheTest: CacheTest): void {
  cacheTest('a lease reads as undefined', async (cache, clock) => {
    const { record } = newCopy(clock.now())
    const lease = await takeLease(cache, record.id)
    assert.equal(lease.id, record.id)
    assert.equal(await cache.get(record.id), undefined)
  })

  cacheTest('a lease takes the place of a copy', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    const lease = await takeLease(cache, copy.record.id)
    assert.equal(await cache.get(copy.record.id), undefined)
    await cache.fill(copy, lease)
    assert.deepEqual(await cache.get(copy.record.id), copy)
  })

  cacheTest('is given to one of many at once', async (cache, clock) => {
    const { record } = newCopy(clock.now())
    const leases = await parallel(20, async () => cache.lease(record.id))
    assert.equal(leases.filter((lease) => lease !== undefined).length, 1)
  })

  cacheTest('a fill without the lease that stands does nothing', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await cache.fill(copy, { id: copy.record.id, nonce: '' })
    await cache.fill(copy, { id: copy.record.id, nonce: 'never given' })
    assert.equal(await cache.get(copy.record.id), undefined, 'on an absent key')

    await takeLease(cache, copy.record.id)
    await cache.fill(copy, { id: copy.record.id, nonce: 'never given' })
    assert.equal(await cache.get(copy.record.id), undefined, 'under another lease')
  })

  cacheTest('a lease fills once', async (cache, clock) => {
    const copy = newCopy(clock.now())
    const lease = await takeLease(cache, copy.record.id)
    await cache.fill(copy, lease)
    await cache.fill(withRecord(copy, { data: '{"second":true}' }), lease)
    assert.deepEqual(await cache.get(copy.record.id), copy)
  })

  cacheTest('a lease that was broken stays broken, also when another one stands', async (cache, clock) => {
    const copy = newCopy(clock.now())
    const { id } = copy.record
    const first = await takeLease(cache, id)
    await cache.put(copy)
    const second = await takeLease(cache, id)
    await cache.fill(copy, first)
    assert.equal(await cache.get(id), undefined)
    await cache.fill(copy, second)
    assert.deepEqual(await cache.get(id), copy)
  })

  cacheTest('a lease nobody used does not stand longer than a copy would', async (cache, clock) => {
    const copy = newCopy(clock.now())
    const abandoned = await takeLease(cache, copy.record.id)
    clock.advance(CACHE_SECONDS * 1000)
    const lease = await takeLease(cache, copy.record.id)
    await cache.fill(copy, abandoned)
    assert.equal(await cache.get(copy.record.id), undefined)
    const late = newCopy(clock.now(), copy.record)
    await cache.fill(late, lease)
    assert.deepEqual(await cache.get(copy.record.id), late)
  })
}
