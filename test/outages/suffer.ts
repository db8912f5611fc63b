import { setTimeout as sleep } from 'node:timers/promises'
import { CACHE_SECONDS } from '../../src/core/cache.ts'
import { createMemory, type Counts } from './memory.ts'
import type { Outage } from './outages.ts'
import { PATIENCE_MS } from './plan.ts'
import type { Rig } from './rig.ts'

const PEOPLE = 12
const ACTORS = 16
const LIFE_OF_COPIES_MS = CACHE_SECONDS * 1000

export interface Suffered extends Counts {
  readonly title: string
  readonly seconds: number
  readonly events: Readonly<Record<string, number>>
  /** Failures of the engines in all processes that lived to tell. */
  readonly failures: Readonly<Record<string, number>>
}

/** Puts the application under load, lets something go wrong, and says what came of it. */
export async function suffer(rig: Rig, outage: Outage, seconds: number): Promise<Suffered> {
  const before = await report(rig)
  const memory = createMemory(rig.ports)
  await memory.signIn(PEOPLE)
  // From now on every session is due for a new secret: they are renewed while things go wrong.
  await rig.tell({ kind: 'advance', ms: LIFE_OF_COPIES_MS })
  const load = memory.load(ACTORS)
  await sleep(50)
  await outage.happens(rig, seconds)
  await sleep(500)
  await load.stop()
  await recovers(rig)
  await memory.settle(rig.store, async () => void (await rig.tell({ kind: 'advance', ms: LIFE_OF_COPIES_MS })))
  const after = await report(rig)
  const { events, failures } = {
    events: minus(after.events, before.events),
    failures: minus(after.failures, before.failures),
  }
  return { ...memory.counts, title: outage.title, seconds, events, failures }
}

async function report(rig: Rig): Promise<Pick<Suffered, 'events' | 'failures'>> {
  const tallies = await rig.tell({ kind: 'report' })
  return {
    events: total(tallies.map(({ events }) => events)),
    failures: total(tallies.map(({ failures }) => failures)),
  }
}

/** Every process answers again, out of a copy too. */
async function recovers(rig: Rig): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const answers = await Promise.all(
      rig.ports().map((port) => fetch(`http://127.0.0.1:${port}/login?subject=nobody`, { method: 'POST' })),
    )
    const tallies = await rig.tell({ kind: 'report' })
    if (answers.every(({ ok }) => ok) && tallies.every(({ near }) => near)) return
    if (performance.now() > until) {
      const statuses = answers.map(({ status }) => status).join()
      throw new Error(`It does not recover: ${statuses}, near ${tallies.map(({ near }) => near).join()}`)
    }
    await sleep(50)
  }
}

function total(tallies: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const tally of tallies) for (const [name, count] of Object.entries(tally)) sum[name] = (sum[name] ?? 0) + count
  return sum
}

/** A process that was killed counts from nothing. */
function minus(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  const rest = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
  return Object.fromEntries(rest.filter(([, count]) => count > 0))
}
