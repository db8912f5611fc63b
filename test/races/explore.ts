import type { TestContext } from 'node:test'
import fc from 'fast-check'
import { play } from './play.ts'
import type { Scenario } from './scenario.ts'
import type { MakeWorld } from './world.ts'

/** For a long run: `HOLDFAST_RACES=100 node --test test/races/*.test.ts` explores a hundred times as many schedules. */
const FACTOR = Number(process.env['HOLDFAST_RACES'] ?? 1)

export interface Exploration {
  readonly scenarios: fc.Arbitrary<Scenario>
  readonly world: MakeWorld
  readonly sealed?: boolean
  readonly runs: number
}

/** Explores that many schedules, says so, and shows the shortest one that breaks a promise. */
export async function explore(t: TestContext, { runs, ...exploration }: Exploration): Promise<void> {
  const details = await check(exploration, { numRuns: Math.ceil(runs * FACTOR) })
  t.diagnostic(`${details.numRuns} schedules explored`)
  if (details.failed) throw new Error(`${String(details.errorInstance)}\n${fc.defaultReportMessage(details)}`)
}

/** Answers what the shortest counterexample broke, or undefined when there was none in so many schedules. */
export async function refute(t: TestContext, { runs, ...exploration }: Exploration): Promise<string | undefined> {
  const details = await check(exploration, { numRuns: runs, seed: 1 })
  t.diagnostic(`refuted after ${details.numRuns} schedules, shortened ${details.numShrinks} times`)
  return details.failed ? String(details.errorInstance) : undefined
}

function check(
  { scenarios, world, sealed = false }: Omit<Exploration, 'runs'>,
  parameters: fc.Parameters<[Scenario, fc.Scheduler]>,
): Promise<fc.RunDetails<[Scenario, fc.Scheduler]>> {
  const property = fc.asyncProperty(scenarios, fc.scheduler(), (scenario, scheduler) =>
    play(scheduler, scenario, world, sealed),
  )
  return Promise.resolve(fc.check(property, parameters))
}
