import { median, overheads, quarters, undisturbed, type Round } from './report.ts'

interface Target {
  readonly name: string
  readonly most: number
  readonly cost: Cost
  /** Measured in units where it is missing. */
  readonly of?: Cost
}

type Cost = readonly [workload: string, server: string]

const OURS = 'node/holdfast'
const SAFE_FLOOR = 'node/floor + HMAC + data_version'
const EXPRESS_SESSION = 'express/express-session'
const READ: Cost = ['read', OURS]

/** What `node/holdfast` may cost. */
const targets: readonly Target[] = [
  { name: 'read, of the safe floor', most: 1.15, cost: READ, of: ['read', SAFE_FLOOR] },
  { name: 'read, of express-session', most: 0.2, cost: READ, of: ['read', EXPRESS_SESSION] },
  { name: 'read with sliding expiry, of read', most: 1.2, cost: ['read, sliding', OURS], of: READ },
  { name: 'write, of express-session', most: 1, cost: ['write', OURS], of: ['write', EXPRESS_SESSION] },
  { name: 'anonymous, units', most: 0.2, cost: ['anonymous', OURS] },
  { name: 'forged cookie, units', most: 0.3, cost: ['forged cookie', OURS] },
]

export function reportTargets(rounds: readonly Round[]): void {
  console.log('\n| target | at most | median | quarters | undisturbed |\n|---|---|---|---|---|')
  for (const { name, most, cost, of } of targets) {
    const below = of && overheads(rounds, ...of)
    const values = overheads(rounds, ...cost).map((value, round) => value / (below?.[round] ?? 1))
    const calm = undisturbed(rounds, ...cost) / (of === undefined ? 1 : undisturbed(rounds, ...of))
    const cells = [name, most.toFixed(2), median(values).toFixed(2), quarters(values), calm.toFixed(2)]
    console.log(`| ${cells.join(' | ')} |`)
  }
}
