import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { cachedDb, memoryCache, sqliteStore } from '../../src/index.ts'
import { fakeClock } from '../../src/testing.ts'
import { newId, newRecord } from '../../src/testing/records.ts'
import { faultyStore } from '../support/faults.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))

/** Two processes as far as SQLite can tell: each has its own connection and its own cache. */
async function make() {
  const clock = fakeClock()
  const path = join(folder, `${newId()}.sqlite`)
  const open = () => {
    const store = faultyStore(sqliteStore(path, { clock, synchronous: 'normal' }))
    return { store, engine: cachedDb(store, memoryCache({ clock }), { clock }) }
  }
  const [here, there] = [open(), open()]
  const record = newRecord(clock.now(), { subject: 'ann' })
  await here.engine.create(record)
  for (const { engine } of [here, there, here, there]) await engine.load(record.id)
  for (const { engine } of [here, there]) assert.equal((await engine.load(record.id))?.from, 'cache')
  const close = () => Promise.all([here.engine.close(), there.engine.close()])
  return { clock, here, there, record, [Symbol.asyncDispose]: async () => void (await close()) }
}

describe('two processes with a cache each on one SQLite file', () => {
  test('know of each other’s logouts at the very next load', async () => {
    await using it = await make()
    assert.deepEqual(await it.there.engine.end(it.record.id), { outcome: 'deleted', propagated: true })
    assert.equal(await it.here.engine.load(it.record.id), undefined)
    assert.equal(await it.there.engine.load(it.record.id), undefined)
  })

  test('know of each other’s revocations, replacements and evictions', async () => {
    await using revoking = await make()
    await revoking.there.engine.endAll('ann')
    assert.equal(await revoking.here.engine.load(revoking.record.id), undefined)

    await using replacing = await make()
    await replacing.there.engine.replace(replacing.record.id, 1, newRecord(replacing.clock.now(), { subject: 'ann' }))
    assert.equal(await replacing.here.engine.load(replacing.record.id), undefined)

    await using evicting = await make()
    await evicting.there.engine.create(newRecord(evicting.clock.now(), { subject: 'ann' }), { max: 1 })
    assert.equal(await evicting.here.engine.load(evicting.record.id), undefined)
  })

  test('know of each other’s writes', async () => {
    await using it = await make()
    const changed = { ...it.record, revision: 2, data: '{"a":1}' }
    await it.there.engine.update(changed, 1)
    assert.deepEqual(await it.here.engine.load(it.record.id), { record: changed, from: 'store' })
    assert.deepEqual(it.here.engine.load(it.record.id), { record: changed, from: 'cache' })
  })

  test('do not fill with what they read before the other’s logout', async () => {
    await using it = await make()
    const { here, there, record, clock } = it
    clock.advance(60_000)
    const gate = here.store.hold('find')
    const slow = here.engine.load(record.id)
    await gate.reached
    await there.engine.end(record.id)
    gate.open()
    assert.ok(await slow, 'it began before the logout')
    assert.equal(await here.engine.load(record.id), undefined)
  })

  test('nor when another request has heard of it meanwhile', async () => {
    await using it = await make()
    const { here, there, record, clock } = it
    clock.advance(60_000)
    const gate = here.store.hold('find')
    const slow = here.engine.load(record.id)
    await gate.reached
    await there.engine.end(record.id)
    assert.equal(await here.engine.load(record.id), undefined)
    gate.open()
    await slow
    for (let load = 0; load < 3; load++) assert.equal(await here.engine.load(record.id), undefined)
  })

  test('nor with what they wrote before it', async () => {
    await using it = await make()
    const { here, there, record } = it
    const gate = here.store.hold('update')
    const writing = here.engine.update({ ...record, revision: 2 }, 1)
    await gate.reached
    await there.engine.end(record.id)
    assert.equal(await here.engine.load(record.id), undefined)
    gate.open()
    assert.equal(await writing, 'updated', 'it was, before the logout')
    assert.equal(await here.engine.load(record.id), undefined)
  })

  test('know what their own writes did, also when the store did it and failed to say so', async () => {
    const changed = { revision: 2, data: '{"a":1}' }
    const login = (it: Awaited<ReturnType<typeof make>>) => newRecord(it.clock.now() + 1, { subject: 'ann' })
    const writes: Readonly<Record<string, (it: Awaited<ReturnType<typeof make>>) => Promise<unknown>>> = {
      create: (it) => it.here.engine.create(login(it), { max: 1 }),
      replace: (it) => it.here.engine.replace(it.record.id, 1, login(it)),
      update: (it) => it.here.engine.update({ ...it.record, ...changed }, 1),
      touch: (it) => it.here.engine.touch([{ id: it.record.id, seenAt: it.clock.now() + 1 }]),
      delete: (it) => it.here.engine.end(it.record.id),
      deleteBySubject: (it) => it.here.engine.endAll('ann'),
    }
    for (const [operation, write] of Object.entries(writes)) {
      await using it = await make()
      it.here.store.set(operation, 'fails-after')
      await assert.rejects(write(it), operation)
      const [here, there] = [await it.here.engine.load(it.record.id), await it.there.store.find(it.record.id)]
      assert.deepEqual(here?.record, there, operation)
    }
  })

  test('take a copy for expired only when the store does: the other may have been visited', async () => {
    await using it = await make()
    const { here, there, record, clock } = it
    clock.advance(record.idleSeconds * 1000 - 30_000)
    await here.engine.load(record.id)
    await there.engine.touch([{ id: record.id, seenAt: clock.now() }])
    clock.advance(30_000)
    assert.equal((await here.engine.load(record.id))?.from, 'store')
  })
})
