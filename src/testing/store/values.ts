import assert from 'node:assert/strict'
import { newId, newRecord } from '../records.ts'
import type { StoreTest } from '../store-contract.ts'

export function valueTests(storeTest: StoreTest): void {
  storeTest('keeps data and security byte for byte', async (store, clock) => {
    for (const [what, text] of Object.entries(TEXTS)) {
      const record = newRecord(clock.now(), { data: text, security: text })
      await store.create(record)
      const updated = { ...record, revision: 2, data: text, security: text }
      assert.deepEqual(await store.find(record.id), record, `created with ${what}`)
      assert.equal(await store.update(updated, 1), 'updated')
      assert.deepEqual(await store.find(record.id), updated, `updated with ${what}`)
    }
  })

  storeTest('keeps 64 KiB, in characters of one byte and of four', async (store, clock) => {
    for (const character of ['x', '😀']) {
      const room = (64 * 1024 - '{"a":""}'.length) / Buffer.byteLength(character)
      const record = newRecord(clock.now(), { data: JSON.stringify({ a: character.repeat(Math.floor(room)) }) })
      await store.create(record)
      assert.equal((await store.find(record.id))?.data, record.data)
    }
  })

  storeTest('keeps times to the millisecond', async (store, clock) => {
    const now = clock.now() + 123
    const record = newRecord(now, { createdAt: now - 456, absoluteAt: now + 34_560_000_789, idleSeconds: 34_560_000 })
    await store.create(record)
    assert.deepEqual(await store.find(record.id), record)
  })

  storeTest('keeps ids apart that differ only in case', async (store, clock) => {
    const id = 'aB-_cDeFgHiJkLmNoPqRsT'
    const upper = newRecord(clock.now(), { id: id.toUpperCase(), data: '{"upper":true}' })
    const lower = newRecord(clock.now(), { id: id.toLowerCase(), data: '{"upper":false}' })
    for (const record of [upper, lower]) assert.equal((await store.create(record)).outcome, 'created')
    assert.equal(await store.delete(upper.id), 'deleted')
    assert.deepEqual(await store.find(lower.id), lower)
  })

  storeTest('knows nothing under an id that no token has', async (store, clock) => {
    const record = newRecord(clock.now())
    await store.create(record)
    for (const id of ODD_IDS) {
      assert.equal(await store.find(id), undefined, JSON.stringify(id))
      assert.equal(await store.delete(id), 'gone', JSON.stringify(id))
      assert.equal(await store.findEnding(id), undefined, JSON.stringify(id))
      assert.deepEqual(await store.touch([{ id, seenAt: clock.now() }]), [id])
    }
    assert.deepEqual(await store.find(record.id), record)
  })

  storeTest('keeps subjects apart that only look alike', async (store, clock) => {
    for (const subject of SUBJECTS) {
      assert.equal(await store.epoch(subject), 0, JSON.stringify(subject))
      await store.create(newRecord(clock.now(), { subject }))
    }
    for (const subject of SUBJECTS) {
      const found = await store.listBySubject(subject)
      assert.deepEqual(
        found.map((record) => record.subject),
        [subject],
      )
    }
    for (const [index, subject] of SUBJECTS.entries()) {
      assert.equal((await store.deleteBySubject(subject)).length, 1, JSON.stringify(subject))
      assert.equal(await store.epoch(subject), 1, JSON.stringify(subject))
      for (const later of SUBJECTS.slice(index + 1)) assert.equal(await store.epoch(later), 0, JSON.stringify(later))
    }
  })
}

const TEXTS: Record<string, string> = {
  nothing: '{}',
  emoji: '{"a":"👩‍👩‍👧‍👦 😀"}',
  'an escaped NUL': JSON.stringify({ a: 'before\0after' }),
  'line separators': '{"a":"\u2028\u2029\u0085"}',
  'quotes and backslashes': JSON.stringify({ a: `'"\`\\ ''; DROP TABLE holdfast_sessions; -- $1 ? :a %s` }),
  'a byte order mark': '{"a":"\ufeff"}',
  'a lone surrogate, escaped': JSON.stringify({ a: '\ud800' }),
  'both forms of an accent': '{"a":"\u00e9","b":"e\u0301"}',
  'keys out of order, and numbers as written': '{"b":1,"a":1e21,"c":0.1,"10":-0}',
  'a key with two underscores': '{"__proto__":{"admin":true},"constructor":1}',
  'white space': '{"a": " \\t\\r\\n "}',
}

const ODD_IDS = [
  '',
  ' ',
  '%',
  '_',
  '*',
  '\0',
  "' OR '1'='1",
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '😀',
  'a:b{c}\r\n',
  `${newId()} `,
  'x'.repeat(10_000),
]

const SUBJECTS = [
  'ann',
  'Ann',
  'ANN',
  'ann ',
  ' ann',
  'ann\t',
  'an\u0144',
  'an\u006e\u0301',
  'ａｎｎ',
  '__proto__',
  'constructor',
  '0',
  '00',
  '1e0',
  'null',
  '%',
  'a_n',
  "ann'; --",
  '😀',
  'x'.repeat(255),
  `${'x'.repeat(254)}y`,
]
