import assert from 'node:assert/strict'
import { newRecord, parallel } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function replaceTests(storeTest: StoreTest): void {
  storeTest('ends the old session, begins the new one, and the ending names it', async (store, clock) => {
    const [old, successor] = [newRecord(clock.now()), newRecord(clock.now(), { subject: 'ann', data: '{"a":1}' })]
    await store.create(old)
    assert.deepEqual(await store.replace(old.id, 1, successor), { outcome: 'created', evicted: [] })
    assert.equal(await store.find(old.id), undefined)
    assert.deepEqual(await store.find(successor.id), successor)
    assert.deepEqual(await store.findEnding(old.id), { successor: successor.id })
    assert.deepEqual(
      (await store.listBySubject('ann')).map(({ id }) => id),
      [successor.id],
    )
  })

  storeTest('answers stale for another revision, and does nothing', async (store, clock) => {
    const [old, successor] = [newRecord(clock.now(), { revision: 2 }), newRecord(clock.now())]
    await store.create(old)
    assert.deepEqual(await store.replace(old.id, 1, successor), { outcome: 'stale' })
    assert.deepEqual(await store.find(old.id), old)
    assert.equal(await store.find(successor.id), undefined)
    assert.equal(await store.findEnding(old.id), undefined)
  })

  storeTest(
    'answers gone for an old session that is unknown, deleted or expired, and begins nothing',
    async (store, clock) => {
      const [deleted, expired] = [newRecord(clock.now()), newRecord(clock.now(), { idleSeconds: 1 })]
      await store.create(deleted)
      await store.create(expired)
      await store.delete(deleted.id)
      clock.advance(1000)
      for (const { id } of [newRecord(clock.now()), deleted, expired]) {
        const successor = newRecord(clock.now(), { subject: 'ann' })
        assert.deepEqual(await store.replace(id, 1, successor), { outcome: 'gone' })
        assert.equal(await store.find(successor.id), undefined)
      }
      assert.deepEqual(await store.listBySubject('ann'), [])
    },
  )

  storeTest('keeps the old session when the new id is taken or the guard refuses', async (store, clock) => {
    const [old, other] = [newRecord(clock.now()), newRecord(clock.now(), { subject: 'ann' })]
    await store.create(old)
    await store.create(other)
    assert.deepEqual(await store.replace(old.id, 1, newRecord(clock.now(), { id: other.id })), { outcome: 'exists' })

    const refused = newRecord(clock.now(), { subject: 'ann' })
    assert.deepEqual(await store.replace(old.id, 1, refused, { epoch: 5 }), { outcome: 'refused', reason: 'epoch' })
    assert.deepEqual(await store.replace(old.id, 1, refused, { max: 1, policy: 'refuse' }), {
      outcome: 'refused',
      reason: 'max',
    })
    assert.equal(await store.find(refused.id), undefined)
    assert.deepEqual(await store.find(old.id), old)
    assert.deepEqual(await store.find(other.id), other)
    assert.equal(await store.findEnding(old.id), undefined)
  })

  storeTest('does not count the session that makes way', async (store, clock) => {
    const old = newRecord(clock.now(), { subject: 'ann' })
    await store.create(old)
    for (const policy of ['refuse', 'evict-oldest'] as const) {
      const [current] = await store.listBySubject('ann')
      const successor = newRecord(clock.now(), { subject: 'ann' })
      const result = await store.replace(current?.id ?? '', 1, successor, { max: 1, policy })
      assert.deepEqual(result, { outcome: 'created', evicted: [] }, policy)
    }
  })

  storeTest('evicts the oldest others at the limit', async (store, clock) => {
    const oldest = newRecord(clock.now(), { subject: 'ann' })
    const guest = newRecord(clock.now())
    await store.create(oldest)
    await store.create(guest)
    clock.advance(1)
    const successor = newRecord(clock.now(), { subject: 'ann' })
    assert.deepEqual(await store.replace(guest.id, 1, successor, { max: 1 }), {
      outcome: 'created',
      evicted: [oldest.id],
    })
    assert.equal(await store.find(oldest.id), undefined)
    assert.deepEqual(await store.findEnding(oldest.id), { successor: null })
  })

  storeTest('gives an old session one successor, however many try at once', async (store, clock) => {
    const old = newRecord(clock.now())
    await store.create(old)
    const successors = Array.from({ length: 20 }, () => newRecord(clock.now(), { subject: 'ann' }))
    const results = await Promise.all(successors.map((successor) => store.replace(old.id, 1, successor)))
    assert.equal(results.filter(({ outcome }) => outcome === 'created').length, 1)
    assert.equal(results.filter(({ outcome }) => outcome === 'gone').length, 19)
    const winner = successors[results.findIndex(({ outcome }) => outcome === 'created')]
    assert.deepEqual(await store.listBySubject('ann'), [winner])
    assert.deepEqual(await store.findEnding(old.id), { successor: winner?.id })
  })

  storeTest(
    'and a delete at the same time leave at most the successor, and never the old one',
    async (store, clock) => {
      await parallel(10, async (index) => {
        const [old, successor] = [newRecord(clock.now()), newRecord(clock.now())]
        await store.create(old)
        const replacing = () => store.replace(old.id, 1, successor)
        const deleting = () => store.delete(old.id)
        const [first, second] = index % 2 === 0 ? [replacing(), deleting()] : [deleting(), replacing()]
        const outcomes = await Promise.all([first, second])
        const replaced = outcomes.some((one) => typeof one === 'object' && one.outcome === 'created')
        assert.equal(outcomes.includes('deleted'), !replaced, 'exactly one of them ended it')
        assert.equal(await store.find(old.id), undefined)
        assert.equal((await store.find(successor.id)) !== undefined, replaced)
      })
    },
  )
}
