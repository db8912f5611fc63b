import type { Servers } from '../servers/kind.ts'

/** Microseconds of CPU per request, by workload and server. */
export type Round = Record<string, Record<string, number>>

/**
 * Overheads in units of a bare `node:http` request. Other work on the machine only ever adds to a cost, so beside the
 * medians stands what the lower quarters of the costs say: as undisturbed as the run was.
 */
export function reportCost(rounds: readonly Round[], servers: Servers): void {
  const unit = quantile(costs(rounds, 'read', 'node/bare'), 0.25)
  console.log(`1 unit = one bare node:http request = ${unit.toFixed(1)} µs of CPU, undisturbed.`)
  for (const workload of Object.keys(rounds[0] ?? {})) {
    console.log(`\n| ${workload} | CPU µs | overhead, units | quarters | undisturbed |\n|---|---|---|---|---|`)
    for (const name of Object.keys(servers)) {
      if (name.endsWith('/bare')) continue
      const units = overheads(rounds, servers, workload, name)
      const cells = [
        name,
        quantile(costs(rounds, workload, name), 0.25).toFixed(1),
        median(units).toFixed(2),
        quarters(units),
        undisturbed(rounds, servers, workload, name).toFixed(2),
      ]
      console.log(`| ${cells.join(' | ')} |`)
    }
  }
}

/** In each round. */
export function overheads(rounds: readonly Round[], servers: Servers, workload: string, name: string): number[] {
  return rounds.map((round) => overhead((server) => costs([round], workload, server)[0] ?? NaN, servers, name))
}

export function undisturbed(rounds: readonly Round[], servers: Servers, workload: string, name: string): number {
  return overhead((server) => quantile(costs(rounds, workload, server), 0.25), servers, name)
}

function overhead(cost: (server: string) => number, servers: Servers, name: string): number {
  return (cost(name) - cost(servers[name]?.bare ?? '')) / cost('node/bare')
}

function costs(rounds: readonly Round[], workload: string, name: string): number[] {
  return rounds.map((round) => round[workload]?.[name] ?? NaN)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quarters(values: readonly number[]): string {
  return `${quantile(values, 0.25).toFixed(2)} to ${quantile(values, 0.75).toFixed(2)}`
}

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round(at * (sorted.length - 1))] ?? NaN
}
