import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import type { SessionRecord } from '../../src/core/record.ts'
import { sqliteStore } from '../../src/index.ts'
import { newId, newRecord } from '../../src/testing/records.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))

describe('two sqliteStores on one file', () => {
  let here: ReturnType<typeof sqliteStore>
  let there: ReturnType<typeof sqliteStore>
  let path: string
  beforeEach(() => {
    path = join(folder, `${newId()}.sqlite`)
    here = sqliteStore(path, { synchronous: 'normal' })
    there = sqliteStore(path, { synchronous: 'normal' })
  })
  afterEach(() => Promise.all([here.close?.(), there.close?.()]))

  const begin = async (changes: Partial<SessionRecord> = {}): Promise<SessionRecord> => {
    const record = newRecord(Date.now(), changes)
    await here.create(record)
    return record
  }
  const poll = (store: typeof here): readonly string[] | 'all' | undefined => store.changes?.poll()

  test('see each other’s writes at once', async () => {
    const record = await begin({ subject: 'ann' })
    assert.deepEqual(await there.find(record.id), record)
    await there.update({ ...record, revision: 2, data: '{"a":1}' }, 1)
    assert.equal((await here.find(record.id))?.data, '{"a":1}')
    await here.touch([{ id: record.id, seenAt: record.seenAt + 1 }])
    assert.equal((await there.find(record.id))?.seenAt, record.seenAt + 1)
    await there.deleteBySubject('ann')
    assert.equal(await here.find(record.id), undefined)
    assert.equal(await here.epoch('ann'), 1)
    assert.deepEqual(await here.findEnding(record.id), { successor: null })
  })

  test('give one id, one successor and one last place to one of them', async () => {
    const { id } = newRecord(0)
    const created = await Promise.all([here, there].map((store) => store.create(newRecord(Date.now(), { id }))))
    assert.deepEqual(created.map(({ outcome }) => outcome).toSorted(), ['created', 'exists'])

    const replaced = await Promise.all([here, there].map((store) => store.replace(id, 1, newRecord(Date.now()))))
    assert.deepEqual(replaced.map(({ outcome }) => outcome).toSorted(), ['created', 'gone'])

    const guard = { max: 3, policy: 'refuse' } as const
    const logins = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? here : there).create(newRecord(Date.now(), { subject: 'bob' }), guard),
    )
    assert.equal((await Promise.all(logins)).filter(({ outcome }) => outcome === 'created').length, 3)
  })

  test('report exactly what the other one updated, deleted, replaced and evicted', async () => {
    const updated = await begin()
    const deleted = await begin()
    const replaced = await begin()
    const oldest = await begin({ subject: 'ann' })
    const revoked = await begin({ subject: 'bob' })
    const untouched = await begin()
    assert.deepEqual(poll(here), [], 'nothing of its own')

    await there.update({ ...updated, revision: 2 }, 1)
    await there.delete(deleted.id)
    await there.replace(replaced.id, 1, newRecord(Date.now()))
    await there.create(newRecord(Date.now() + 1, { subject: 'ann' }), { max: 1 })
    await there.deleteBySubject('bob')
    await there.touch([{ id: untouched.id, seenAt: Date.now() }])
    assert.deepEqual(
      poll(here),
      [updated, deleted, replaced, oldest, revoked].map(({ id }) => id),
    )
    assert.deepEqual(poll(here), [], 'once')
    assert.deepEqual(poll(there), [], 'not to the one that did it')
  })

  test('report nothing for writes that did not happen', async () => {
    const record = await begin()
    poll(here)
    await there.update({ ...record, revision: 3 }, 2)
    await there.replace(record.id, 2, newRecord(Date.now()))
    await there.delete(newId())
    await assert.rejects(there.update({ ...record, revision: 2, data: null as unknown as string }, 1))
    assert.deepEqual(poll(here), [])
    assert.ok(await here.find(record.id))
  })

  test('report the other’s change also after many of one’s own', async () => {
    const [mine, other] = [await begin(), await begin()]
    poll(here)
    for (let revision = 1; revision <= 50; revision++) await here.update({ ...mine, revision: revision + 1 }, revision)
    await there.delete(other.id)
    for (let revision = 51; revision <= 60; revision++) await here.update({ ...mine, revision: revision + 1 }, revision)
    assert.deepEqual(poll(here), [other.id])
  })

  test('say all while they cannot read what changed, and forget none of it', async () => {
    const record = await begin()
    poll(here)
    await there.delete(record.id)
    const operator = new DatabaseSync(path)
    operator.exec('ALTER TABLE holdfast_changes RENAME TO elsewhere')
    assert.equal(poll(here), 'all')
    assert.equal(poll(here), 'all')
    operator.exec('ALTER TABLE elsewhere RENAME TO holdfast_changes')
    operator.close()
    assert.deepEqual(poll(here), [record.id])
  })

  test('say all when more has changed than the log keeps', async () => {
    const [busy, quiet] = [await begin(), await begin()]
    poll(here)
    await there.delete(quiet.id)
    for (let begun = 0; begun < 12_000; begun += 1000) {
      const revisions = Array.from({ length: 1000 }, (_, index) => begun + index + 1)
      await Promise.all(revisions.map((revision) => there.update({ ...busy, revision: revision + 1 }, revision)))
    }
    assert.equal(poll(here), 'all')
    assert.deepEqual(poll(here), [])
    await there.delete(busy.id)
    assert.deepEqual(poll(here), [busy.id], 'and from there on exactly again')
  })
})
