import assert from 'node:assert/strict'
import { newRecord, parallel } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function guardTests(storeTest: StoreTest): void {
  storeTest('evict-oldest makes room for the newest', async (store, clock) => {
    const records = Array.from({ length: 4 }, (_, age) =>
      newRecord(clock.now(), { subject: 'ann', createdAt: clock.now() + age }),
    )
    const results = []
    for (const record of records) results.push(await store.create(record, { max: 2 }))
    assert.deepEqual(results, [
      { outcome: 'created', evicted: [] },
      { outcome: 'created', evicted: [] },
      { outcome: 'created', evicted: [records[0]?.id] },
      { outcome: 'created', evicted: [records[1]?.id] },
    ])
    assert.deepEqual(await store.listBySubject('ann'), records.slice(2))
    for (const { id } of records.slice(0, 2)) {
      assert.equal(await store.find(id), undefined)
      assert.deepEqual(await store.findEnding(id), { successor: null })
    }
  })

  storeTest('a limit that was lowered evicts as many as it takes', async (store, clock) => {
    const records = Array.from({ length: 5 }, (_, age) =>
      newRecord(clock.now(), { subject: 'ann', createdAt: clock.now() + age }),
    )
    for (const record of records) await store.create(record)
    const newest = newRecord(clock.now(), { subject: 'ann', createdAt: clock.now() + 9 })
    const result = await store.create(newest, { max: 2, policy: 'evict-oldest' })
    assert.deepEqual(result, { outcome: 'created', evicted: records.slice(0, 4).map(({ id }) => id) })
    assert.deepEqual(await store.listBySubject('ann'), [records[4], newest])
  })

  storeTest('refuse refuses, and evicts nobody', async (store, clock) => {
    const records = Array.from({ length: 2 }, () => newRecord(clock.now(), { subject: 'ann' }))
    for (const record of records) await store.create(record, { max: 2, policy: 'refuse' })
    const third = newRecord(clock.now(), { subject: 'ann' })
    assert.deepEqual(await store.create(third, { max: 2, policy: 'refuse' }), { outcome: 'refused', reason: 'max' })
    assert.equal(await store.find(third.id), undefined)
    assert.equal((await store.listBySubject('ann')).length, 2)
    await store.delete(records[0]?.id ?? '')
    assert.equal((await store.create(third, { max: 2, policy: 'refuse' })).outcome, 'created')
  })

  storeTest('counts only live sessions of this subject', async (store, clock) => {
    const guard = { max: 1, policy: 'refuse' } as const
    await store.create(newRecord(clock.now(), { subject: 'ann', idleSeconds: 1 }), guard)
    await store.create(newRecord(clock.now(), { subject: 'bob' }))
    await store.create(newRecord(clock.now()))
    clock.advance(1000)
    assert.equal((await store.create(newRecord(clock.now(), { subject: 'ann' }), guard)).outcome, 'created')
  })

  storeTest('refuse lets exactly max of many at once succeed', async (store, clock) => {
    const results = await parallel(20, () =>
      store.create(newRecord(clock.now(), { subject: 'ann' }), { max: 3, policy: 'refuse' }),
    )
    assert.equal(results.filter(({ outcome }) => outcome === 'created').length, 3)
    assert.equal((await store.listBySubject('ann')).length, 3)
  })

  storeTest(
    'evict-oldest never leaves more than max of many at once, and reports every other one',
    async (store, clock) => {
      const records = Array.from({ length: 20 }, () => newRecord(clock.now(), { subject: 'ann' }))
      const results = await Promise.all(records.map((record) => store.create(record, { max: 3 })))
      const evicted = results.flatMap((result) => (result.outcome === 'created' ? result.evicted : []))
      const live = (await store.listBySubject('ann')).map(({ id }) => id)
      assert.equal(live.length, 3)
      assert.deepEqual([...live, ...evicted].toSorted(), records.map(({ id }) => id).toSorted())
    },
  )

  storeTest('lets a login through with the epoch of now, and no other', async (store, clock) => {
    const login = (epoch: number) => store.create(newRecord(clock.now(), { subject: 'ann' }), { epoch })
    assert.equal((await login(0)).outcome, 'created')
    await store.deleteBySubject('ann')
    assert.deepEqual(await login(0), { outcome: 'refused', reason: 'epoch' })
    assert.deepEqual(await store.listBySubject('ann'), [])
    assert.equal((await login(1)).outcome, 'created')
  })

  storeTest('lets no login slip past a deleteBySubject at the same time', async (store, clock) => {
    for (let round = 0; round < 10; round++) {
      const subject = `ann ${round}`
      const login = () => store.create(newRecord(clock.now(), { subject }), { epoch: 0 })
      const before = Array.from({ length: round }, login)
      await Promise.all([...before, store.deleteBySubject(subject), ...Array.from({ length: 10 - round }, login)])
      assert.deepEqual(await store.listBySubject(subject), [])
    }
  })
}
