import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { explore, refute } from './explore.ts'
import { exactly, scenarios } from './scenario.ts'
import { makeWorld, ONE_MEMORY_STORE, type Mutation, type WorldKind } from './world.ts'

// A cache that does not hear of an end: the answer says so (`propagated: false`), and it is told again until it knows,
// long before its copies are over. Five seconds after the last failure nobody may be accepted.

const FAILING = scenarios({
  deeds: ['read', 'read', 'write', 'logout', 'flush', 'revoke'],
  happenings: ['time passes'],
  faults: { most: 3, parts: ['cache'], upTo: 30 },
  limits: [undefined],
})
/** Both burials of one end are lost, or the question before them. */
const LOST_BURIALS = exactly([['read', 'logout']]).chain((scenario) =>
  fc.constantFrom(2, 3, 4).map((at) => {
    const faults = [at, at + 1].map((turn) => ({ at: turn, part: 'cache', kind: 'lost' }) as const)
    return { ...scenario, faults }
  }),
)
const KIND: WorldKind = { engine: 'shared cache', stores: ONE_MEMORY_STORE, heals: true }
const ACCEPTED = /had ended, and a later request was accepted/

describe('an end that a cache did not hear', () => {
  test('is told again, in every schedule', (t) => explore(t, { runs: 150, scenarios: FAILING, world: makeWorld(KIND) }))

  const mutants: readonly { title: string; scenarios: typeof FAILING; mutation: Mutation }[] = [
    { title: 'nothing is told again', scenarios: FAILING, mutation: { isForgetful: true } },
    {
      title: 'a failure is taken for done',
      scenarios: LOST_BURIALS,
      mutation: {
        face: (cache) => ({
          scope: 'shared',
          get: (id) => cache.get(id),
          lease: (id) => cache.lease(id),
          fill: (copy, lease) => cache.fill(copy, lease),
          put: (copy) => cache.put(copy),
          bury: (id, mark) => Promise.resolve(cache.bury(id, mark)).catch(() => {}),
        }),
      },
    },
  ]
  for (const { title, mutation, ...one } of mutants) {
    test(`and the exploration refutes an engine in which ${title}`, async (t) => {
      const broken = await refute(t, { runs: 300, seed: 1, ...one, world: makeWorld({ ...KIND, mutation }) })
      assert.match(broken ?? 'nothing', ACCEPTED)
    })
  }
})
