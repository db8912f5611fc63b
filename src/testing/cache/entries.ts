import assert from 'node:assert/strict'
import type { CacheTest } from '../cache-contract.ts'
import { newId } from '../records.ts'
import { fill, newCopy, takeLease } from './copies.ts'

export function entryTests(cacheTest: CacheTest): void {
  cacheTest('says whether it is one per process or shared', async (cache) => {
    assert.ok(cache.scope === 'process' || cache.scope === 'shared')
  })

  cacheTest('answers undefined for an unknown id', async (cache) => {
    assert.equal(await cache.get(newId()), undefined)
  })

  cacheTest('answers a copy as it was filled', async (cache, clock) => {
    const data = JSON.stringify({ text: '\0 \u2028 "quotes" 😀', big: 'x'.repeat(60_000) })
    const copy = newCopy(clock.now(), { subject: 'ann ', data, security: '{"a":"é"}', revision: 12 })
    await fill(cache, copy)
    assert.deepEqual(await cache.get(copy.record.id), copy)
  })

  cacheTest('keeps ids apart that differ only in case, and takes odd ones', async (cache, clock) => {
    const ids = ['aaaaaaaaaaaaaaaaaaaaaa', 'AAAAAAAAAAAAAAAAAAAAAA', '__proto__', 'constructor', 'a:b', '*', ' ']
    for (const id of ids) assert.equal(await cache.get(id), undefined, id)
    for (const id of ids) await fill(cache, newCopy(clock.now(), { id, data: JSON.stringify({ id }) }))
    for (const id of ids) {
      const found = await cache.get(id)
      assert.ok(typeof found === 'object')
      assert.equal(found.record.data, JSON.stringify({ id }))
    }
    await cache.forget?.(['*'])
    assert.ok(await cache.get('a:b'), 'an id is no pattern')
  })

  cacheTest('answers at once when it is inside the process', async (cache, clock) => {
    const copy = newCopy(clock.now())
    const answers = [
      cache.lease(copy.record.id),
      cache.get(copy.record.id),
      cache.put(copy),
      cache.bury(copy.record.id, 'buried'),
      cache.forget?.([copy.record.id]),
    ]
    const promises = answers.filter((answer) => answer instanceof Promise)
    await Promise.all(promises)
    if (cache.scope === 'process') assert.deepEqual(promises, [])
  })

  cacheTest('forgets the ids it is told to, and what stands under them', async (cache, clock) => {
    if (cache.forget === undefined) return assert.equal(cache.scope, 'shared')
    const [copy, other] = [newCopy(clock.now()), newCopy(clock.now())]
    await fill(cache, copy)
    await fill(cache, other)
    const leased = newCopy(clock.now())
    const lease = await takeLease(cache, leased.record.id)
    const buried = newId()
    await cache.bury(buried, 'buried')

    await cache.forget([copy.record.id, leased.record.id, buried, newId()])
    assert.equal(await cache.get(copy.record.id), undefined)
    assert.equal(await cache.get(buried), undefined)
    await cache.fill(leased, lease)
    assert.equal(await cache.get(leased.record.id), undefined, 'the lease was broken')
    assert.deepEqual(await cache.get(other.record.id), other)
  })

  cacheTest('forgets everything, leases included', async (cache, clock) => {
    if (cache.forget === undefined) return assert.equal(cache.scope, 'shared')
    const copies = Array.from({ length: 3 }, () => newCopy(clock.now()))
    for (const copy of copies) await fill(cache, copy)
    const leased = newCopy(clock.now())
    const lease = await takeLease(cache, leased.record.id)
    await cache.forget('all')
    await cache.fill(leased, lease)
    for (const { record } of [...copies, leased]) assert.equal(await cache.get(record.id), undefined)
  })
}
