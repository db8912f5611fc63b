import type { Servers } from '../servers/kind.ts'
import type { Round } from './report.ts'
import { startVariant, type Suite, type Variant } from './variant.ts'
import { workloads, type Workload } from './workloads.ts'

// Many short rounds, because other work on the machine comes in bursts: few rounds meet one, and the medians none.
const ROUNDS = Number(process.env['ROUNDS'] ?? 25)
const REQUESTS = Number(process.env['REQUESTS'] ?? 1000)
/** Until the code has been compiled for good. Python compiles nothing. */
const WARM_UP = Number(process.env['WARM_UP'] ?? 9000)
const PYTHON_WARM_UP = 500

export async function measureCost(suite: Suite, servers: Servers, names: readonly string[]): Promise<Round[]> {
  const chosen = workloads.filter(({ name }) => names.includes(name))
  const slides = chosen.some(({ sliding }) => sliding)
  const variants: Variant[] = []
  for (const name of Object.keys(servers)) {
    variants.push(await startVariant(suite, name, false))
    if (slides && !name.endsWith('/bare')) variants.push(await startVariant(suite, name, true))
  }
  // What is compared is measured together: both kinds of reads of a server, and then what they must not be mixed with.
  const isRead = ({ name }: Workload): boolean => name.startsWith('read')
  const pairs = [chosen.filter(isRead), chosen.filter((workload) => !isRead(workload))].flatMap((group) =>
    variants.flatMap((variant) =>
      group.filter((workload) => serves(variant, workload)).map((workload) => ({ workload, variant })),
    ),
  )
  for (const { workload, variant } of pairs) {
    await variant.measure(workload, 'launch' in (servers[variant.name] ?? {}) ? PYTHON_WARM_UP : WARM_UP)
  }
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
  console.log(`Node ${process.versions.node}, ${ROUNDS} interleaved rounds of ${REQUESTS} requests.`)
  return rounds
}

/** A framework without sessions has no expiry: one process serves both. */
function serves({ name, sliding }: Variant, workload: Workload): boolean {
  return name.endsWith('/bare') || sliding === workload.sliding
}
