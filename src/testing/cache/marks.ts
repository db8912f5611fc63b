import assert from 'node:assert/strict'
import { CACHE_SECONDS, type Mark } from '../../core/cache.ts'
import type { CacheTest } from '../cache-contract.ts'
import { fill, newCopy, takeLease, withRecord } from './copies.ts'

const MARKS: readonly Mark[] = ['ending', 'buried']

export function markTests(cacheTest: CacheTest): void {
  for (const mark of MARKS) {
    cacheTest(`${mark} overwrites nothing, a copy, a lease and a mark`, async (cache, clock) => {
      const [absent, copied, leased] = [newCopy(clock.now()), newCopy(clock.now()), newCopy(clock.now())]
      await fill(cache, copied)
      await takeLease(cache, leased.record.id)
      for (const { record } of [absent, copied, leased]) {
        await cache.bury(record.id, mark)
        assert.equal(await cache.get(record.id), mark)
        for (const other of MARKS) {
          await cache.bury(record.id, other)
          assert.equal(await cache.get(record.id), other)
        }
      }
    })

    cacheTest(`${mark} stands against put, fill and lease`, async (cache, clock) => {
      const copy = newCopy(clock.now())
      const { id } = copy.record
      const lease = await takeLease(cache, id)
      await cache.bury(id, mark)
      await cache.put(withRecord(copy, { revision: 99 }))
      assert.equal(await cache.get(id), mark)
      await cache.fill(copy, lease)
      assert.equal(await cache.get(id), mark)
      assert.equal(await cache.lease(id), undefined)
      assert.equal(await cache.get(id), mark)
    })

    cacheTest(`${mark} stands as long as any copy might live`, async (cache, clock) => {
      const copy = newCopy(clock.now())
      const { id } = copy.record
      const lease = await takeLease(cache, id)
      await cache.bury(id, mark)
      clock.advance(CACHE_SECONDS * 1000 - 1)
      assert.equal(await cache.get(id), mark)
      clock.advance(60_000)
      await cache.fill({ ...copy, confirmedAt: clock.now() }, lease)
      await cache.put({ ...withRecord(copy, { revision: 99 }), confirmedAt: clock.now() })
      const found = await cache.get(id)
      assert.ok(found === undefined || found === mark, 'what came before it stays out when it is over')
    })
  }
}
