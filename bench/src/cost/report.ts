import { servers } from '../servers/all.ts'

/** Microseconds of CPU per request, by workload and server. */
export type Round = Record<string, Record<string, number>>

/** Overheads in units of a bare `node:http` request of the same round: median, and the quarters around it. */
export function report(rounds: readonly Round[], requests: number): void {
  const unit = quantile(
    rounds.map((round) => round['read']?.['node/bare'] ?? NaN),
    0.5,
  )
  console.log(`Node ${process.versions.node}, ${rounds.length} interleaved rounds of ${requests} requests.`)
  console.log(`1 unit = one bare node:http request = ${unit.toFixed(1)} µs of CPU.`)
  for (const workload of Object.keys(rounds[0] ?? {})) {
    console.log(`\n| ${workload} | CPU µs | overhead, units | quarters | of node/holdfast |\n|---|---|---|---|---|`)
    const ours = overheads(rounds, workload, 'node/holdfast')
    for (const name of Object.keys(servers)) {
      if (name.endsWith('/bare')) continue
      const cost = quantile(
        rounds.map((round) => round[workload]?.[name] ?? NaN),
        0.5,
      )
      const units = overheads(rounds, workload, name)
      const ratios = units.map((value, index) => value / (ours[index] ?? NaN))
      const cells = [
        name,
        cost.toFixed(1),
        quantile(units, 0.5).toFixed(2),
        `${quantile(units, 0.25).toFixed(2)} to ${quantile(units, 0.75).toFixed(2)}`,
        quantile(ratios, 0.5).toFixed(2),
      ]
      console.log(`| ${cells.join(' | ')} |`)
    }
  }
}

function overheads(rounds: readonly Round[], workload: string, name: string): number[] {
  const bare = servers[name]?.bare ?? ''
  return rounds.map((round) => {
    const costs = round[workload] ?? {}
    return ((costs[name] ?? NaN) - (costs[bare] ?? NaN)) / (costs['node/bare'] ?? NaN)
  })
}

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round(at * (sorted.length - 1))] ?? NaN
}
