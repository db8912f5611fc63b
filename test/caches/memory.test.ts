import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryCache } from '../../src/index.ts'
import { fakeClock } from '../../src/testing.ts'
import { fill, newCopy, takeLease, withRecord } from '../../src/testing/cache/copies.ts'
import { newId } from '../../src/testing/records.ts'

const clock = fakeClock()

describe('memoryCache', () => {
  test('holds at most maxEntries, and drops what was used least recently', async () => {
    const cache = memoryCache({ clock, maxEntries: 3 })
    const copies = Array.from({ length: 4 }, () => newCopy(clock.now()))
    const ids = copies.map(({ record }) => record.id)
    for (const copy of copies.slice(0, 3)) await fill(cache, copy)
    await cache.get(ids[0] ?? '')
    for (const copy of copies.slice(3)) await fill(cache, copy)
    assert.equal(cache.size, 3)
    const kept = await Promise.all(ids.map(async (id) => typeof (await cache.get(id)) === 'object'))
    assert.deepEqual(kept, [true, false, true, true])
  })

  test('holds at most maxBytes, whatever a million characters come to', async () => {
    const maxBytes = 1024 * 1024
    const cache = memoryCache({ clock, maxBytes })
    for (let count = 0; count < 100; count++) {
      await fill(cache, newCopy(clock.now(), { data: JSON.stringify({ a: 'é'.repeat(count * 500) }) }))
      assert.ok(cache.bytes <= maxBytes, `${cache.bytes} bytes`)
    }
    assert.ok(cache.size > 10, 'it is used all the same')
  })

  test('a flood of leases and marks is bounded too', async () => {
    const cache = memoryCache({ clock, maxEntries: 100, maxBytes: 1024 * 1024 })
    for (let count = 0; count < 1000; count++) {
      await cache.lease(newId())
      await cache.bury(newId(), 'buried')
    }
    assert.ok(cache.size <= 100)
  })

  test('a copy too large to hold leaves no older one behind', async () => {
    const cache = memoryCache({ clock, maxBytes: 10_000 })
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    await cache.put(withRecord(copy, { revision: 2, data: JSON.stringify({ a: 'x'.repeat(10_000) }) }))
    assert.equal(await cache.get(copy.record.id), undefined)
    await cache.put(withRecord(copy, { revision: 3 }))
    assert.equal(await cache.get(copy.record.id), undefined)
  })

  test('an evicted mark lets nothing older in: the key is absent, and the lease is gone', async () => {
    const cache = memoryCache({ clock, maxEntries: 2 })
    const copy = newCopy(clock.now())
    const lease = await takeLease(cache, copy.record.id)
    await cache.bury(copy.record.id, 'buried')
    for (const other of [newCopy(clock.now()), newCopy(clock.now())]) await fill(cache, other)
    assert.equal(await cache.get(copy.record.id), undefined, 'evicted')
    await cache.fill(copy, lease)
    await cache.put(withRecord(copy, { revision: 2 }))
    assert.equal(await cache.get(copy.record.id), undefined)
    await takeLease(cache, copy.record.id)
    await cache.fill(copy, lease)
    assert.equal(await cache.get(copy.record.id), undefined, 'nor under a lease taken later')
  })

  test('holds nothing after it was closed', async () => {
    const cache = memoryCache({ clock })
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    await cache.close?.()
    assert.equal(await cache.get(copy.record.id), undefined)
    assert.equal(cache.bytes, 0)
  })
})
