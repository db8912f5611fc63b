import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { HoldfastError, sqliteStore } from '../../src/index.ts'
import { reading } from '../../src/stores/sqlite/busy.ts'
import { newId, newRecord } from '../../src/testing/records.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))
const newFile = (): string => join(folder, `${newId()}.sqlite`)
const now = (): number => Date.now()

describe('the file of sqliteStore', () => {
  test('is readable by its owner alone, and so is what SQLite puts beside it', async () => {
    const path = newFile()
    const store = sqliteStore(path)
    await store.create(newRecord(now()))
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      assert.equal((statSync(file).mode & 0o777).toString(8), '600', file)
    }
    await store.close?.()
  })

  test('writes ahead', async () => {
    const path = newFile()
    await using store = opened(path)
    await store.create(newRecord(now()))
    const database = new DatabaseSync(path)
    assert.equal(database.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal')
    database.close()
  })

  test('is made with its folder, which is the owner’s alone', async () => {
    const path = join(folder, newId(), 'deep', 'sessions.sqlite')
    await using store = opened(path)
    await store.create(newRecord(now()))
    assert.ok(existsSync(path))
    assert.equal((statSync(join(path, '..')).mode & 0o777).toString(8), '700')
  })

  test('is there again after a restart', async () => {
    const path = newFile()
    const record = newRecord(now(), { subject: 'ann' })
    const first = sqliteStore(path)
    await first.create(record)
    await first.deleteBySubject('bob')
    await first.close?.()
    await using second = opened(path)
    assert.deepEqual(await second.find(record.id), record)
    assert.equal(await second.epoch('bob'), 1)
  })

  test('is refused when a newer Holdfast made it, and left as it is', () => {
    const path = newFile()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    assert.throws(
      () => sqliteStore(path),
      (error) =>
        error instanceof HoldfastError && error.code === 'ERR_STORE_NEWER' && /newer Holdfast/.test(error.message),
    )
    assert.deepEqual(database.prepare('SELECT name FROM sqlite_schema').all(), [])
    database.close()
  })

  test('is refused when it is no database, and left as it is', () => {
    const path = newFile()
    writeFileSync(path, 'A file of another kind. '.repeat(100), { mode: 0o644 })
    assert.throws(() => sqliteStore(path), /file is not a database/)
    assert.equal((statSync(path).mode & 0o777).toString(8), '644')
    assert.throws(() => sqliteStore(''), { code: 'ERR_OPTION' })
  })

  test('keeps the permissions that an operator gave it', async () => {
    const path = newFile()
    await sqliteStore(path).close?.()
    chmodSync(path, 0o660)
    await sqliteStore(path).close?.()
    assert.equal((statSync(path).mode & 0o777).toString(8), '660')
  })

  test('waits while another process is making it', async () => {
    const path = newFile()
    const holder = fork(join(import.meta.dirname, 'hold-lock.ts'), [path, '200'])
    await once(holder, 'message')
    await using store = opened(path)
    assert.equal((await store.create(newRecord(now()))).outcome, 'created')
    if (holder.exitCode === null) await once(holder, 'exit')
  })

  test('may be made by many processes at once', async () => {
    const paths = Array.from({ length: 5 }, newFile)
    const ids = Array.from({ length: 4 }, newId)
    const children = ids.map((id) => fork(join(import.meta.dirname, 'open-files.ts'), [id, ...paths]))
    await Promise.all(children.map((child) => once(child, 'message')))
    for (const child of children) child.send('go')
    const exits = await Promise.all(children.map((child) => once(child, 'exit')))
    assert.deepEqual(
      exits.map(([code]: unknown[]) => code),
      ids.map(() => 0),
    )
    for (const path of paths) {
      await using store = opened(path)
      for (const id of ids) assert.ok(await store.find(id))
    }
  })
})

describe('reads from sqliteStore', () => {
  test('are tried again while another process mends the log, and only then', async () => {
    const refusals = [errorWithCode(SQLITE_BUSY_RECOVERY), errorWithCode(SQLITE_BUSY_RECOVERY)]
    const mending = (): string => {
      const refusal = refusals.pop()
      if (refusal !== undefined) throw refusal
      return 'read'
    }
    assert.equal(await reading(mending), 'read')
    const broken = errorWithCode(SQLITE_CORRUPT)
    await assert.rejects(
      reading(() => {
        throw broken
      }),
      { code: 'ERR_STORE', cause: broken },
    )
  })
})

describe('writes to sqliteStore', () => {
  test('that fail do not fail the others of their transaction', async () => {
    await using store = opened(newFile())
    const records = Array.from({ length: 5 }, () => newRecord(now(), { subject: 'ann' }))
    const bad = newRecord(now())
    Object.assign(bad, { data: null })
    const writes = [...records.slice(0, 3), bad, ...records.slice(3)].map((record) => store.create(record))
    const results = await Promise.allSettled(writes)
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    assert.equal((await store.listBySubject('ann')).length, 5)
    assert.equal(await store.find(bad.id), undefined)
  })

  test('that fail after a part of them was done leave none of it', async () => {
    await using store = opened(newFile())
    const [first, second] = [newRecord(now()), newRecord(now())]
    for (const record of [first, second]) await store.create(record)
    const impossible = { id: second.id, seenAt: null as unknown as number }
    for (const alone of [true, false]) {
      const touching = store.touch([{ id: first.id, seenAt: now() + 5000 }, impossible])
      const beside = alone ? undefined : store.update({ ...second, revision: 2 }, 1)
      await assert.rejects(touching, { code: 'ERR_STORE' })
      assert.equal(await beside, alone ? undefined : 'updated')
      assert.equal((await store.find(first.id))?.seenAt, first.seenAt)
    }
  })

  test('that fail half way leave nothing behind', async () => {
    await using store = opened(newFile())
    const [oldest, old] = [newRecord(now() - 1, { subject: 'ann' }), newRecord(now())]
    await store.create(oldest)
    await store.create(old)
    // The guard is checked and the eviction found before the insert fails.
    const successor = { ...newRecord(now(), { subject: 'ann' }), security: null as unknown as string }
    for (const alone of [true, false]) {
      const replacing = store.replace(old.id, 1, successor, { max: 1 })
      const beside = alone ? undefined : store.touch([{ id: old.id, seenAt: now() + 5 }])
      await assert.rejects(replacing, { code: 'ERR_STORE' })
      await beside
      assert.ok(await store.find(old.id))
      assert.ok(await store.find(oldest.id))
      assert.equal(await store.findEnding(old.id), undefined)
    }
  })

  test('that wait when it is closed are done first', async () => {
    const path = newFile()
    const store = sqliteStore(path)
    const records = Array.from({ length: 10 }, () => newRecord(now()))
    const writes = Promise.all(records.map((record) => store.create(record)))
    await store.close?.()
    assert.equal((await writes).length, 10)
    await using again = opened(path)
    for (const { id } of records) assert.ok(await again.find(id))
  })

  test('after it was closed are refused as a failure, not as a session that is gone', async () => {
    const store = sqliteStore(newFile())
    await store.close?.()
    await assert.rejects(store.find(newId()), { code: 'ERR_STORE' })
    await assert.rejects(store.delete(newId()), { code: 'ERR_STORE' })
    await assert.rejects(store.update(newRecord(now()), 1), { code: 'ERR_STORE' })
  })

  test('wait for another process without stopping this one', async () => {
    const path = newFile()
    await using store = opened(path)
    const record = newRecord(now())
    await store.create(record)
    const holder = fork(join(import.meta.dirname, 'hold-lock.ts'), [path, '500'])
    await once(holder, 'message')

    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const outcomes = await Promise.all([
      store.update({ ...record, revision: 2 }, 1),
      store.create(newRecord(now())),
      store.find(record.id).then((found) => found?.revision),
    ])
    clearInterval(timer)
    assert.deepEqual(outcomes, ['updated', { outcome: 'created', evicted: [] }, 1])
    assert.ok(ticks >= 25, `the event loop went on (${ticks} turns)`)
    if (holder.exitCode === null) await once(holder, 'exit')
  })
})

const SQLITE_BUSY_RECOVERY = 261
const SQLITE_CORRUPT = 11

function errorWithCode(errcode: number): Error {
  return Object.assign(new Error('refused'), { errcode })
}

function opened(...args: Parameters<typeof sqliteStore>): ReturnType<typeof sqliteStore> & AsyncDisposable {
  const store = sqliteStore(...args)
  return Object.assign(store, { [Symbol.asyncDispose]: async () => store.close?.() })
}
