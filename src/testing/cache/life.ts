import assert from 'node:assert/strict'
import { CACHE_SECONDS } from '../../core/cache.ts'
import type { CacheTest } from '../cache-contract.ts'
import { fill, newCopy, takeLease, withRecord } from './copies.ts'

const LIFE_MS = CACHE_SECONDS * 1000

export function lifeTests(cacheTest: CacheTest): void {
  cacheTest('a copy lives 60 seconds from when the store confirmed it, not from the fill', async (cache, clock) => {
    const copy = newCopy(clock.now())
    const lease = await takeLease(cache, copy.record.id)
    clock.advance(3000)
    await cache.fill(copy, lease)
    clock.set(copy.confirmedAt + LIFE_MS - 1)
    assert.deepEqual(await cache.get(copy.record.id), copy)
    clock.advance(1)
    assert.equal(await cache.get(copy.record.id), undefined)
  })

  cacheTest('reading lengthens no life', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    for (let second = 1; second < CACHE_SECONDS; second++) {
      clock.advance(1000)
      assert.deepEqual(await cache.get(copy.record.id), copy)
    }
    clock.advance(1000)
    assert.equal(await cache.get(copy.record.id), undefined)
  })

  cacheTest('a put lets it live on from when that was confirmed', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    clock.advance(LIFE_MS / 2)
    const newer = { ...withRecord(copy, { revision: 2 }), confirmedAt: clock.now() }
    await cache.put(newer)
    clock.advance(LIFE_MS - 1)
    assert.deepEqual(await cache.get(copy.record.id), newer)
    clock.advance(1)
    assert.equal(await cache.get(copy.record.id), undefined)
  })

  cacheTest('a put that was confirmed long ago does not lengthen it', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    clock.advance(LIFE_MS - 1)
    await cache.put(withRecord(copy, { seenAt: clock.now() }))
    clock.advance(1)
    assert.equal(await cache.get(copy.record.id), undefined, 'seen later, confirmed as before')
  })

  cacheTest('what was confirmed a life ago is never answered', async (cache, clock) => {
    const [filled, put] = [newCopy(clock.now()), newCopy(clock.now())]
    clock.advance(LIFE_MS)
    await fill(cache, filled)
    assert.equal(await cache.get(filled.record.id), undefined)
    await fill(cache, { ...put, confirmedAt: clock.now() })
    await cache.put(withRecord(put, { revision: 2 }))
    const found = await cache.get(put.record.id)
    assert.ok(found === undefined || (typeof found === 'object' && found.confirmedAt === clock.now()))
  })

  cacheTest('a copy past its life is an absent key', async (cache, clock) => {
    const copy = newCopy(clock.now())
    await fill(cache, copy)
    clock.advance(LIFE_MS)
    await cache.put({ ...withRecord(copy, { revision: 2 }), confirmedAt: clock.now() })
    assert.equal(await cache.get(copy.record.id), undefined)
    await fill(cache, { ...copy, confirmedAt: clock.now() })
    assert.equal(typeof (await cache.get(copy.record.id)), 'object')
  })
}
