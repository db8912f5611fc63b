import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change } from '../../src/core/changes.ts'
import { createCommitter, type Write } from '../../src/core/commit.ts'
import type { EventBody } from '../../src/core/events.ts'
import { versionsOf } from '../../src/core/versions.ts'
import { db, memoryStore, type SessionRecord, type SessionStore } from '../../src/index.ts'
import { newRecord } from '../../src/testing/records.ts'
import { SMALL_SHAPE } from '../support/shape.ts'

const NOW = Date.UTC(2030, 0, 1)
const nothing = (): undefined => undefined
const NOTHING = { changes: [], result: undefined, seen: undefined, migrated: false, amend: nothing }
const set = (key: string, value: unknown): Change => ({ kind: 'set', key, json: JSON.stringify(value) })

/** A committer on a real store, some verbs of which answer otherwise. */
async function make(
  other: (store: SessionStore) => Partial<SessionStore> = () => ({}),
  onConflict: 'merge' | 'throw' = 'merge',
  changes: Partial<SessionRecord> = {},
) {
  const store = memoryStore({ clock: { now: () => NOW } })
  const record = newRecord(NOW, { data: '{"n":1}', ...changes })
  await store.create(record)
  const events: EventBody[] = []
  const engine = db({ ...store, ...other(store) })
  const committer = createCommitter({
    versions: versionsOf(engine),
    shape: SMALL_SHAPE,
    onConflict,
    emit: (event) => events.push(event),
  })
  const write = (wanted: Partial<Write>) => committer.write({ record, ...NOTHING, ...wanted })
  return { store, record, events, write }
}

describe('a committer', () => {
  test('answers the record as it was written, one revision on', async () => {
    const { store, record, write } = await make()
    const expected = { ...record, data: '{"n":2}', revision: 2 }
    assert.deepEqual(await write({ changes: [set('n', 2)] }), { kind: 'written', record: expected })
    assert.deepEqual(await store.find(record.id), expected)
  })

  test('leaves a revision alone that is not a number: its store has its own', async () => {
    const written: unknown[] = []
    const { write } = await make(
      () => ({ update: async ({ revision }) => (written.push(revision), 'updated') }),
      'merge',
      { revision: 'text' },
    )
    await write({ changes: [set('n', 2)] })
    assert.deepEqual(written, ['text'])
  })

  test('writes nothing where nothing changes', async () => {
    const { record, write } = await make(() => ({ update: async () => assert.fail('it wrote') }))
    assert.deepEqual(await write({}), { kind: 'unchanged', record })
  })

  test('keeps the changes of data where the record itself has nothing to amend, and the other way round', async () => {
    const { store, record, write } = await make()
    await write({ changes: [set('a', 1)] })
    await write({ amend: (latest) => ({ ...latest, seenAt: NOW + 5 }) })
    const found = await store.find(record.id)
    assert.deepEqual([found?.data, found?.seenAt, found?.revision], ['{"n":1,"a":1}', NOW + 5, 3])
  })

  test('says that the session is gone, also when that shows at the second attempt', async () => {
    const first = await make(() => ({ find: async () => assert.fail('it asked, although it knew') }))
    await first.store.delete(first.record.id)
    assert.deepEqual(await first.write({ changes: [set('n', 2)] }), { kind: 'gone' })

    const second = await make((store) => ({
      async update({ id }) {
        await store.delete(id)
        return 'stale'
      },
    }))
    assert.deepEqual(await second.write({ changes: [set('n', 2)] }), { kind: 'gone' })
  })

  test('gives up after fifty attempts, and says so', async () => {
    let attempts = 0
    const { write } = await make(() => ({ update: async () => (attempts++, 'stale') }))
    await assert.rejects(write({ changes: [set('n', 2)] }), { code: 'ERR_CONTENTION' })
    assert.equal(attempts, 50)
  })

  test('fails all that travelled together when the store fails, and none that comes later', async () => {
    const broken = new Error('no')
    let failing = true
    const { write } = await make((store) => ({
      update: (record, expected) => (failing ? Promise.reject(broken) : store.update(record, expected)),
    }))
    const all = await Promise.allSettled([1, 2, 3].map((n) => write({ changes: [set('n', n)] })))
    assert.deepEqual(
      all.map((one) => one.status === 'rejected' && one.reason),
      [broken, broken, broken],
    )
    failing = false
    assert.equal((await write({ changes: [set('n', 4)] })).kind, 'written')
  })

  test('fails alone what cannot be done, and does once what travelled with it', async () => {
    const { store, record, write } = await make()
    const count: Change = { kind: 'update', key: 'n', fn: (n) => Number(n) + 1 }
    const bad: Change = {
      kind: 'update',
      key: 'n',
      fn() {
        throw new Error('it cannot')
      },
    }
    const first = write({ changes: [set('first', true)] }) // The rest waits for it, and travels together.
    const rest = [[count], [bad], [count]].map((changes) => write({ changes }))
    const settled = await Promise.allSettled([first, ...rest])
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    )
    assert.equal((await store.find(record.id))?.data, '{"n":3,"first":true}')
    assert.equal((await store.find(record.id))?.revision, 3)
  })

  test('keeps what each of many did, also after one that had migrated what was migrated already', async () => {
    const { store, record, write } = await make((inner) => ({
      async update(next, expected) {
        const outcome = await inner.update(next, expected)
        if (next.revision === 2) later(next) // As a request does that a cache answers with this very record.
        return outcome
      },
    }))
    const all: Promise<unknown>[] = []
    const later = (latest: SessionRecord): void => {
      all.push(write({ migrated: true }))
      all.push(write({ record: latest, changes: [set('second', 2)], result: '{"n":1,"first":1,"second":2}' }))
      all.push(write({ record: latest, changes: [set('third', 3)], result: '{"n":1,"first":1,"third":3}' }))
    }
    await write({ changes: [set('first', 1)] })
    await Promise.all(all)
    assert.equal((await store.find(record.id))?.data, '{"n":1,"first":1,"second":2,"third":3}')
  })

  test('tells of a conflict among those that travel together too', async () => {
    const together = async (onConflict: 'merge' | 'throw') => {
      const made = await make(undefined, onConflict)
      const first = made.write({ changes: [set('first', true)] }) // The rest waits for it.
      const rest = [made.write({ changes: [set('a', 1)] }), made.write({ changes: [set('a', 2)] })]
      return { ...made, settled: await Promise.allSettled([first, ...rest]) }
    }
    const merging = await together('merge')
    assert.deepEqual(merging.events, [{ type: 'conflict', id: merging.record.id, keys: ['a'] }])
    assert.equal((await merging.store.find(merging.record.id))?.data, '{"n":1,"first":true,"a":2}')

    const strict = await together('throw')
    assert.deepEqual(
      strict.settled.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    )
    assert.equal((await strict.store.find(strict.record.id))?.data, '{"n":1,"first":true,"a":1}')
  })

  test('names the keys that were overwritten as a whole, or refuses to', async () => {
    const merging = await make()
    await merging.write({ changes: [set('a', 1), set('b', 1)] })
    await merging.write({ changes: [set('a', 2), set('b', 2)] })
    assert.deepEqual(merging.events, [{ type: 'conflict', id: merging.record.id, keys: ['a', 'b'] }])

    const strict = await make(undefined, 'throw')
    await strict.write({ changes: [set('a', 1), set('b', 1)] })
    await assert.rejects(strict.write({ changes: [set('a', 2), set('b', 2)] }), {
      code: 'ERR_CONFLICT',
      message: /a, b/,
    })
  })
})
