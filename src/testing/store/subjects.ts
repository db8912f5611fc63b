import assert from 'node:assert/strict'
import { newId, newRecord, parallel } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function subjectTests(storeTest: StoreTest): void {
  storeTest('lists the live sessions of one subject, oldest first', async (store, clock) => {
    const ages = [3, 1, 4, 2, 5]
    const records = ages.map((age) => newRecord(clock.now(), { subject: 'ann', createdAt: clock.now() - age }))
    const deleted = newRecord(clock.now(), { subject: 'ann' })
    const expired = newRecord(clock.now(), { subject: 'ann', idleSeconds: 1 })
    const others = [newRecord(clock.now(), { subject: 'bob' }), newRecord(clock.now())]
    for (const record of [...records, deleted, expired, ...others]) await store.create(record)
    await store.delete(deleted.id)
    clock.advance(1000)
    assert.deepEqual(
      await store.listBySubject('ann'),
      records.toSorted((a, b) => a.createdAt - b.createdAt),
    )
    assert.deepEqual(await store.listBySubject('nobody'), [])
  })

  storeTest('lists what was updated and touched as it is now', async (store, clock) => {
    const record = newRecord(clock.now(), { subject: 'ann' })
    await store.create(record)
    await store.update({ ...record, revision: 2, data: '{"a":1}' }, 1)
    await store.touch([{ id: record.id, seenAt: clock.now() + 7 }])
    assert.deepEqual(await store.listBySubject('ann'), [
      { ...record, revision: 2, data: '{"a":1}', seenAt: clock.now() + 7 },
    ])
  })

  storeTest('deleteBySubject ends all sessions of a subject, and answers which', async (store, clock) => {
    const ann = Array.from({ length: 5 }, () => newRecord(clock.now(), { subject: 'ann' }))
    const expired = newRecord(clock.now(), { subject: 'ann', idleSeconds: 1 })
    const others = [newRecord(clock.now(), { subject: 'bob' }), newRecord(clock.now())]
    for (const record of [...ann, expired, ...others]) await store.create(record)
    clock.advance(1000)
    const died = await store.deleteBySubject('ann')
    assert.deepEqual(died.toSorted(), ann.map(({ id }) => id).toSorted())
    for (const { id } of ann) {
      assert.equal(await store.find(id), undefined)
      assert.deepEqual(await store.findEnding(id), { successor: null })
    }
    for (const other of others) assert.deepEqual(await store.find(other.id), other)
    assert.deepEqual(await store.listBySubject('ann'), [])
    assert.deepEqual(await store.deleteBySubject('ann'), [])
  })

  storeTest('deleteBySubject spares one session, if it is the subject’s own', async (store, clock) => {
    const [kept, doomed] = [newRecord(clock.now(), { subject: 'ann' }), newRecord(clock.now(), { subject: 'ann' })]
    const other = newRecord(clock.now(), { subject: 'bob' })
    for (const record of [kept, doomed, other]) await store.create(record)
    assert.deepEqual(await store.deleteBySubject('ann', kept.id), [doomed.id])
    assert.deepEqual(await store.listBySubject('ann'), [kept])
    assert.deepEqual(await store.deleteBySubject('ann', other.id), [kept.id])
    assert.deepEqual(await store.deleteBySubject('bob', newId()), [other.id])
  })

  storeTest('epoch counts the calls of deleteBySubject, from 0, for each subject apart', async (store, clock) => {
    assert.equal(await store.epoch('ann'), 0)
    const record = newRecord(clock.now(), { subject: 'ann' })
    await store.create(record)
    await store.delete(record.id)
    assert.equal(await store.epoch('ann'), 0)
    await store.deleteBySubject('ann')
    await store.deleteBySubject('ann', newId())
    assert.equal(await store.epoch('ann'), 2)
    assert.equal(await store.epoch('bob'), 0)
    await parallel(20, () => store.deleteBySubject('bob'))
    assert.equal(await store.epoch('bob'), 20)
  })
}
