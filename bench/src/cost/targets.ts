import type { Servers } from '../servers/kind.ts'
import { median, overheads, quarters, undisturbed, type Round } from './report.ts'

export interface Target {
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
export const localTargets: readonly Target[] = [
  { name: 'read, of the safe floor', most: 1.15, cost: READ, of: ['read', SAFE_FLOOR] },
  { name: 'read, of express-session', most: 0.2, cost: READ, of: ['read', EXPRESS_SESSION] },
  { name: 'read with sliding expiry, of read', most: 1.2, cost: ['read, sliding', OURS], of: READ },
  { name: 'write, of express-session', most: 1, cost: ['write', OURS], of: ['write', EXPRESS_SESSION] },
  { name: 'anonymous, units', most: 0.2, cost: ['anonymous', OURS] },
  { name: 'forged cookie, units', most: 0.3, cost: ['forged cookie', OURS] },
]

const NEAR = 'node/holdfast, near'
const FLOOR = 'node/floor, near + PostgreSQL'
const NEAR_READ: Cost = ['read', NEAR]
const FAR_READ: Cost = ['read', 'node/holdfast, Redis only']

/** What sessions in PostgreSQL and Redis may cost. The units are those of the floors, on another machine. */
export const distributedTargets: readonly Target[] = [
  { name: 'read, near, units', most: 0.9, cost: NEAR_READ },
  { name: 'read, near, of its floor', most: 1, cost: NEAR_READ, of: ['read', FLOOR] },
  { name: 'read, Redis only, units', most: 1.8, cost: FAR_READ },
  { name: 'read, Redis only, of its floor', most: 1.2, cost: FAR_READ, of: ['read', 'node/floor, Redis only'] },
  { name: 'read, Redis only, of connect-redis', most: 0.32, cost: FAR_READ, of: ['read', 'express/connect-redis'] },
  { name: 'read with sliding expiry, of read', most: 1.2, cost: ['read, sliding', NEAR], of: NEAR_READ },
  { name: 'write, units', most: 7.7, cost: ['write', NEAR] },
  { name: 'write, of its floor', most: 1, cost: ['write', NEAR], of: ['write', FLOOR] },
]

export function reportTargets(rounds: readonly Round[], servers: Servers, targets: readonly Target[]): void {
  console.log('\n| target | at most | median | quarters | undisturbed |\n|---|---|---|---|---|')
  for (const { name, most, cost, of } of targets) {
    if (!(cost[1] in servers) || (of !== undefined && !(of[1] in servers))) continue
    const below = of && overheads(rounds, servers, ...of)
    const values = overheads(rounds, servers, ...cost).map((value, round) => value / (below?.[round] ?? 1))
    const calm = undisturbed(rounds, servers, ...cost) / (of === undefined ? 1 : undisturbed(rounds, servers, ...of))
    const cells = [name, most.toFixed(2), median(values).toFixed(2), quarters(values), calm.toFixed(2)]
    console.log(`| ${cells.join(' | ')} |`)
  }
}
