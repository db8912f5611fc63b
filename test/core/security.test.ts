import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionRecord } from '../../src/core/record.ts'
import { openSecurity, sealSecurity, type Security } from '../../src/core/security.ts'
import { createKeyRing } from '../../src/token/key-ring.ts'

const KEY = 'only for this test: 0123456789 abcdef'
const ring = createKeyRing([KEY])
const security: Security = {
  current: { verifier: 'v'.repeat(43), generation: 0, issuedAt: 1 },
  authenticatedAt: 1,
  userAgent: 'a browser',
}

function makeRecord(id: string): SessionRecord {
  const identity = { id, subject: 'ann', createdAt: 1, idleSeconds: 1800, absoluteAt: 43_200_000 }
  return { ...identity, revision: 1, data: '{}', seenAt: 1, security: sealSecurity(security, identity, ring) }
}

test('a record that comes again is known', () => {
  const record = makeRecord('first')
  const opened = openSecurity(record, ring)
  assert.deepEqual(opened, security)
  assert.equal(openSecurity({ ...record, data: '{"more":1}', revision: 2, seenAt: 2 }, ring), opened)
})

test('what was verified vouches for nothing that differs in a sealed field', () => {
  const record = makeRecord('second')
  assert.ok(openSecurity(record, ring))
  const tampered: readonly Partial<SessionRecord>[] = [
    { id: 'first' },
    { subject: 'eve' },
    { subject: null },
    { createdAt: 2 },
    { idleSeconds: 1801 },
    { absoluteAt: 43_200_001 },
    { security: record.security.replace('a browser', 'b browser') },
    { security: makeRecord('third').security },
  ]
  for (const change of tampered) {
    assert.equal(openSecurity({ ...record, ...change }, ring), undefined, JSON.stringify(change))
  }
  assert.ok(openSecurity({ ...record }, ring), 'and the genuine one is still known')
})

test('what one key ring verified another has not', () => {
  const record = makeRecord('fourth')
  assert.ok(openSecurity(record, ring))
  assert.equal(openSecurity({ ...record }, createKeyRing(['another key, as long: 9876543210 fedcba'])), undefined)
})
