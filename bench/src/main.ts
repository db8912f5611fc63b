import { disconnect } from './cost/client.ts'
import { reportCost, type Round } from './cost/report.ts'
import { reportTargets } from './cost/targets.ts'
import { startVariant, type Variant } from './cost/variant.ts'
import { workloads, type Workload } from './cost/workloads.ts'
import { reportIntegrity } from './integrity/report.ts'
import { servers } from './servers/all.ts'

// Many short rounds, because other work on the machine comes in bursts: few rounds meet one, and the medians none.
const ROUNDS = Number(process.env['ROUNDS'] ?? 25)
const REQUESTS = Number(process.env['REQUESTS'] ?? 1000)
/** Until the code has been compiled for good. */
const WARM_UP = 9000

const costs = await measureCost()
reportCost(costs, REQUESTS)
reportTargets(costs)
await reportIntegrity()
disconnect()

async function measureCost(): Promise<Round[]> {
  const variants: Variant[] = []
  for (const name of Object.keys(servers)) {
    variants.push(await startVariant(name, false))
    if (!name.endsWith('/bare')) variants.push(await startVariant(name, true))
  }
  const pairs = workloads.flatMap((workload) =>
    variants.filter((variant) => serves(variant, workload)).map((variant) => ({ workload, variant })),
  )
  for (const { workload, variant } of pairs) await variant.measure(workload, WARM_UP)
  const rounds: Round[] = []
  for (let number = 1; number <= ROUNDS; number++) {
    const round: Round = {}
    for (const { workload, variant } of pairs) {
      const costs = (round[workload.name] ??= {})
      costs[variant.name] = await variant.measure(workload, REQUESTS)
    }
    rounds.push(round)
    console.error(`round ${number} of ${ROUNDS}`)
  }
  for (const variant of variants) variant.stop()
  return rounds
}

/** A framework without sessions has no expiry: one process serves both. */
function serves({ name, sliding }: Variant, workload: Workload): boolean {
  return name.endsWith('/bare') || sliding === workload.sliding
}
