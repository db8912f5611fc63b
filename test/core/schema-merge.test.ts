import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import * as z from 'zod'
import {
  createSessions,
  db,
  memoryStore,
  type SessionRecord,
  type SessionStore,
  type StandardSchema,
} from '../../src/index.ts'
import { allOf, createVisitor, type Anything } from '../support/visitor.ts'

// Requests of one session, in two processes of the new version, meet on a session that an old version left behind.

const KEY = 'a key of forty characters, 0123456789 abc'

interface Data {
  n: number
  list: string[]
  spare?: number
}

const SCHEMAS: Readonly<Record<string, StandardSchema<Data>>> = {
  zod: z.object({ n: z.number(), list: z.array(z.string()), spare: z.number().exactOptional() }),
  valibot: v.object({ n: v.number(), list: v.array(v.string()), spare: v.exactOptional(v.number()) }),
  arktype: type({ n: 'number', list: 'string[]', 'spare?': 'number' }),
}

const acts = fc.array(
  fc.record({
    process: fc.nat(1),
    deed: fc.constantFrom('count', 'append', 'count twice', 'read', 'spoil', 'spoil and count', 'spoil in place'),
  }),
  { minLength: 2, maxLength: 12 },
)

for (const [library, schema] of Object.entries(SCHEMAS)) {
  describe(`${library}: concurrent requests`, () => {
    for (const [before, began] of [
      [{ n: 0, list: [], theirs: 1 }, 'on data that fits'],
      [{ n: '0', list: '', theirs: 1 }, 'on data to be migrated'],
    ] as [Anything, string][]) {
      test(`${began}: lose nothing, and never store what does not fit`, async () => {
        await fc.assert(
          fc.asyncProperty(acts, async (all) => {
            const written: string[] = []
            const engine = db(watch(memoryStore(), ({ data }) => written.push(data)))
            const visitor = createVisitor()
            const old = createSessions<Anything>({ keys: [KEY], engine })
            await visitor.visit(old, (session) => {
              for (const [key, value] of Object.entries(before)) session.set(key, value)
            })
            written.length = 0

            const onMisfit = (data: object): Data => ({ ...data, n: 0, list: [] })
            const processes = [0, 1].map(() => createSessions({ keys: [KEY], engine, schema, onMisfit }))
            const results = await Promise.allSettled(
              all.map(async ({ process, deed }, index) => {
                await visitor.copy().visit(processes[process] ?? assert.fail(), async (session) => {
                  if (deed === 'read') session.get('n')
                  if (deed.includes('count')) session.update('n', (n = 0) => n + 1)
                  if (deed === 'count twice') session.update('n', (n = 0) => n + 1)
                  if (deed === 'append') session.update('list', (list = []) => [...list, String(index)])
                  if (deed.startsWith('spoil')) session.set('spare', '' as unknown as number)
                  if (deed === 'spoil in place') session.get('list')?.push(7 as unknown as string)
                  await Promise.resolve()
                })
              }),
            )

            for (const [index, { status }] of results.entries()) {
              assert.equal(status, all[index]?.deed.startsWith('spoil') ? 'rejected' : 'fulfilled')
            }
            for (const data of written) {
              const verdict = schema['~standard'].validate(JSON.parse(data))
              assert.ok(!(verdict instanceof Promise) && verdict.issues === undefined, data)
            }
            const counted = all.filter(({ deed }) => deed === 'count').length
            const twice = all.filter(({ deed }) => deed === 'count twice').length
            const appended = all.flatMap(({ deed }, index) => (deed === 'append' ? [String(index)] : []))
            if (all.every(({ deed }) => deed.startsWith('spoil'))) return
            const { n, list, theirs } = await visitor.visit(old, allOf)
            assert.deepEqual([n, (list as string[]).toSorted(), theirs], [counted + 2 * twice, appended.toSorted(), 1])
          }),
          { numRuns: 60 },
        )
      })
    }
  })
}

/** A real store that tells what is written to it. */
function watch(store: SessionStore, tell: (record: SessionRecord) => void): SessionStore {
  return {
    ...store,
    create: async (record, guard) => {
      tell(record)
      return store.create(record, guard)
    },
    update: async (record, expected) => {
      tell(record)
      return store.update(record, expected)
    },
  }
}
