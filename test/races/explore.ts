import type { TestContext } from 'node:test'
import fc from 'fast-check'
import { play } from './play.ts'
import type { Scenario } from './scenario.ts'
import type { MakeWorld } from './world.ts'

/** For a long run: `HOLDFAST_RACES=100` explores a hundred times as many schedules. */
const FACTOR = Number(process.env['HOLDFAST_RACES'] ?? 1)

export interface Exploration {
  readonly scenarios: fc.Arbitrary<Scenario>
  readonly world: MakeWorld
  readonly sealed?: boolean
  readonly runs: number
}

/** Explores that many schedules, says so, and shows the shortest one that breaks a promise. */
export async function explore(t: TestContext, { runs, ...exploration }: Exploration): Promise<void> {
  const { failed, numRuns, seed, counterexamplePath } = await check(exploration, {
    numRuns: Math.ceil(runs * FACTOR),
    endOnFailure: true,
  })
  t.diagnostic(`${numRuns} schedules explored`)
  if (!failed) return
  const again = { seed, path: counterexamplePath ?? '' }
  const shortest = await check(exploration, { ...again, interruptAfterTimeLimit: SHORTENING_MS })
  throw new Error(`${String(shortest.errorInstance)}\n${fc.defaultReportMessage(shortest)}`)
}

const SHORTENING_MS = 20_000

/** Answers what broke, or undefined when nothing did in so many schedules. Always the same ones. */
export async function refute(
  t: TestContext,
  { runs, seed, ...exploration }: Exploration & { readonly seed: number },
): Promise<string | undefined> {
  const { failed, numRuns, errorInstance } = await check(exploration, { numRuns: runs, seed, endOnFailure: true })
  t.diagnostic(`refuted after ${numRuns} schedules`)
  return failed ? String(errorInstance) : undefined
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
