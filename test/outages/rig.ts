import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type pg from 'pg'
import { migratePostgres, postgresStore, type SessionStore } from '../../src/index.ts'
import { openPool } from '../support/postgres.ts'
import { startPostgres, startRedis, type OwnServer } from '../support/servers.ts'
import { layWire, type Wire } from '../support/wire.ts'
import type { Order, SitePlan, Tally } from './plan.ts'

const PROCESSES = 4

/** A PostgreSQL, a Redis, the network before each, and four processes of an application. All of it may be broken. */
export interface Rig {
  readonly postgres: OwnServer
  readonly redis: OwnServer
  readonly wires: { readonly postgres: Wire; readonly redis: Wire }
  readonly store: SessionStore
  /** The processes that run. */
  readonly ports: () => readonly number[]
  /** To one process, or to all that run. */
  tell(order: Order, process?: number): Promise<readonly Tally[]>
  killProcess(index: number): Promise<void>
  startProcess(index: number): Promise<void>
  close(): Promise<void>
}

/** Undefined where PostgreSQL or Redis is not installed. */
export async function buildRig(): Promise<Rig | undefined> {
  const postgres = await startPostgres(['max_connections=60'])
  const redis = await startRedis()
  if (postgres === undefined || redis === undefined) {
    await Promise.all([postgres?.remove(), redis?.remove()])
    return undefined
  }
  const wires = { postgres: await layWire(() => postgres.port), redis: await layWire(() => redis.port) }
  const pool: pg.Pool = openPool(`postgresql://postgres@127.0.0.1:${postgres.port}/postgres`, { max: 2 })
  await migratePostgres(pool)
  let plan: SitePlan = { postgresPort: wires.postgres.port, redisPort: wires.redis.port, ahead: 0 }
  const sites: (Site | undefined)[] = await Promise.all(Array.from({ length: PROCESSES }, () => startSite(plan)))
  const running = (): Site[] => sites.filter((site) => site !== undefined)

  return {
    postgres,
    redis,
    wires,
    store: postgresStore(pool),
    ports: () => running().map(({ port }) => port),
    tell(order, process) {
      if (order.kind === 'advance') plan = { ...plan, ahead: plan.ahead + order.ms }
      return Promise.all(
        (process === undefined ? running() : [sites[process]]).flatMap((site) => site?.tell(order) ?? []),
      )
    },
    async killProcess(index) {
      const site = sites[index]
      sites[index] = undefined
      await site?.kill()
    },
    async startProcess(index) {
      sites[index] = await startSite(plan)
    },
    async close() {
      await Promise.all(running().map((site) => site.kill()))
      await pool.end()
      await Promise.all([wires.postgres.close(), wires.redis.close()])
      await Promise.all([postgres.remove(), redis.remove()])
    },
  }
}

interface Site {
  readonly port: number
  tell(order: Order): Promise<Tally>
  kill(): Promise<void>
}

async function startSite(plan: SitePlan): Promise<Site> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'site.ts'), [JSON.stringify(plan)])
  const exited = once(child, 'exit')
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  let last: Promise<unknown> = Promise.resolve()
  return {
    port,
    tell(order) {
      const answer = last.then(async () => {
        child.send(order)
        const [tally] = (await once(child, 'message')) as [Tally]
        return tally
      })
      last = answer.catch(() => {})
      return answer
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
