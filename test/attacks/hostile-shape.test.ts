import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import {
  createSessions,
  db,
  memoryStore,
  type SessionEvent,
  type SessionStore,
  type StandardSchema,
} from '../../src/index.ts'
import { createVisitor, type Anything } from '../support/visitor.ts'

// Whoever may write to the store edits the data, which carries no seal, and has it read through a schema: what a
// library makes of it must not reach another session, an identity, a log, or the machinery of objects.

const KEY = 'a key of forty characters, 0123456789 abc'

/** A library that knows nothing of `__proto__`: it copies what it was given by plain assignment. */
const NAIVE: StandardSchema<Anything> = {
  '~standard': {
    version: 1,
    vendor: 'naive',
    validate(value) {
      const copy: Anything = {}
      for (const [key, member] of Object.entries(value as Anything)) copy[key] = member
      return { value: copy }
    },
  },
}

const SCHEMAS: Readonly<Record<string, StandardSchema<Anything>>> = {
  'zod object': z.object({ kept: z.number().optional() }) as unknown as StandardSchema<Anything>,
  'zod loose': z.looseObject({ kept: z.number().optional() }) as unknown as StandardSchema<Anything>,
  'zod record': z.record(z.string(), z.json()) as unknown as StandardSchema<Anything>,
  'valibot loose': v.looseObject({ kept: v.optional(v.number()) }) as unknown as StandardSchema<Anything>,
  'valibot record': v.record(v.string(), v.unknown()) as unknown as StandardSchema<Anything>,
  arktype: type({ 'kept?': 'number' }) as unknown as StandardSchema<Anything>,
  'arktype that deletes': type({ '+': 'delete', 'kept?': 'number' }) as unknown as StandardSchema<Anything>,
  naive: NAIVE,
}

const HOSTILE = [
  '{"kept":1,"__proto__":{"polluted":true,"subject":"admin"}}',
  '{"kept":1,"constructor":{"prototype":{"polluted":true}}}',
  '{"kept":1,"a":{"__proto__":{"polluted":true}},"toString":1,"hasOwnProperty":1,"then":1,"toJSON":1}',
  '{"kept":"secret","__proto__":{"polluted":true}}',
  '[1]',
  'null',
  '"secret"',
  `{"kept":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  `{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
]

async function attacked(data: string, schema: StandardSchema<Anything>, onMisfit: 'throw' | 'drop' | Migrate) {
  const store = memoryStore()
  const engine = db(store)
  const events: SessionEvent[] = []
  const sessions = createSessions({ keys: [KEY], engine, schema, onMisfit })
  sessions.on('*', (event) => events.push(event))
  const visitor = createVisitor()
  await visitor.visit(sessions, (session) => session.login('visitor'))
  await edit(store, data)
  return { sessions, events, visitor }
}
type Migrate = (data: Record<string, unknown>) => Anything

describe('data edited in the store, read through a schema', () => {
  afterEach(() => {
    assert.equal(Reflect.get({}, 'polluted'), undefined)
    assert.deepEqual(Object.keys(Object.prototype), [])
  })

  for (const [name, schema] of Object.entries(SCHEMAS)) {
    for (const [way, onMisfit] of [
      ['throw', 'throw'],
      ['drop', 'drop'],
      ['spread', (data) => ({ ...(data as Anything), kept: 1 })],
      ['merge', (data) => Object.assign({}, data as Anything, { kept: 1 })],
    ] as [string, 'throw' | 'drop' | Migrate][]) {
      test(`${name}, ${way}: pollutes nothing, and makes nobody somebody else`, async () => {
        for (const data of HOSTILE) {
          const { sessions, events, visitor } = await attacked(data, schema, onMisfit)
          for (const act of ['read', 'write', 'cycle']) {
            await visitor
              .visit(sessions, (session) => {
                assert.equal(session.subject, 'visitor')
                if (act === 'write') session.set('n', 1)
                if (act === 'cycle') session.cycleKey()
                assert.equal(session.get('polluted'), undefined)
                assert.equal(session.has('subject'), false)
                assert.equal(session.has('valueOf'), false)
              })
              .catch((error: unknown) => {
                if (error instanceof assert.AssertionError) throw error
                assert.ok(!String(error).includes('secret'))
              })
          }
          assert.ok(!JSON.stringify(events).includes('secret'))
          await visitor.visit(sessions, (session) => session.logout())
          assert.equal(await visitor.visit(sessions, (session) => session.subject), null)
        }
      })
    }
  }

  test('an output whose prototype was set is a change, not data', async () => {
    const { sessions, visitor, events } = await attacked(HOSTILE[0] ?? '', NAIVE, 'throw')
    await assert.rejects(
      visitor.visit(sessions, (session) => session.get('kept')),
      { code: 'ERR_DATA_MISFIT' },
    )
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'misfit' ? event.misfits : [])),
      [{ path: '', found: 'changed by the schema' }],
    )
  })

  test('thousands of misfits, and names made to break a log, make one short event', async () => {
    const name = `x\n2026-01-01 forged ${'y'.repeat(10_000)}`
    const schema = z.record(z.string(), z.array(z.string())) as unknown as StandardSchema<Anything>
    const data = JSON.stringify({ [name]: Array.from({ length: 50_000 }, () => 1) })
    const { sessions, visitor, events } = await attacked(data, schema, 'throw')
    await assert.rejects(
      visitor.visit(sessions, (session) => session.get('kept')),
      (error: unknown) => error instanceof Error && error.message.length < 5000 && !error.message.includes('\n'),
    )
    const [text] = events.filter((event) => event.type === 'misfit').map((event) => JSON.stringify(event))
    assert.ok(text !== undefined && text.length < 5000)
  })
})

async function edit(store: SessionStore, data: string): Promise<void> {
  const [record] = await store.listBySubject('visitor')
  assert.ok(record)
  assert.equal(
    await store.update({ ...record, data, revision: Number(record.revision) + 1 }, record.revision),
    'updated',
  )
}
