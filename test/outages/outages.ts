import { setTimeout as sleep } from 'node:timers/promises'
import { memoryCache, memoryStore } from '../../src/index.ts'
import { operationsOf } from '../support/faults.ts'
import { command } from '../support/redis.ts'
import type { Rig } from './rig.ts'

/** Something that goes wrong for a while. */
export interface Outage {
  readonly title: string
  /** What fails meanwhile, if it is more than slower. */
  readonly breaks?: 'store' | 'cache' | 'processes'
  /** Resolves when it is mended. */
  readonly happens: (rig: Rig, seconds: number) => Promise<void>
}

const CACHE_OPERATIONS = operationsOf(memoryCache()).filter((operation) => operation !== 'forget')
const STORE_OPERATIONS = operationsOf(memoryStore())

export const OUTAGES: readonly Outage[] = [
  { title: 'nothing goes wrong', happens: (_, seconds) => sleep(seconds * 1000) },
  {
    title: 'Redis is killed, and comes back empty',
    breaks: 'cache',
    async happens({ redis }, seconds) {
      await redis.kill()
      await sleep(seconds * 1000)
      await redis.start()
    },
  },
  {
    title: 'Redis is killed, and comes back as it was a while ago',
    breaks: 'cache',
    async happens({ redis }, seconds) {
      await command(redis.port, 'SAVE')
      await sleep(seconds * 500)
      await redis.kill()
      await sleep(seconds * 500)
      await redis.start()
    },
  },
  {
    title: 'Redis is frozen',
    breaks: 'cache',
    async happens({ redis }, seconds) {
      redis.freeze()
      await sleep(seconds * 1000)
      redis.thaw()
    },
  },
  {
    title: 'Redis is full, and keeps what it has (`noeviction`)',
    happens: ({ redis: { port } }, seconds) => fill(port, 'noeviction', 0, seconds),
  },
  {
    title: 'Redis is full, and evicts (`allkeys-lru`)',
    happens: ({ redis: { port } }, seconds) => fill(port, 'allkeys-lru', 20_000, seconds),
  },
  {
    title: 'Redis is emptied again and again',
    happens: ({ redis: { port } }, seconds) => again(seconds, 20, async () => void (await command(port, 'FLUSHALL'))),
  },
  {
    title: 'the connections to Redis are cut, again and again',
    breaks: 'cache',
    happens: ({ wires }, seconds) => again(seconds, 100, async () => wires.redis.breakAll()),
  },
  {
    title: 'the cable to Redis is pulled',
    breaks: 'cache',
    async happens({ wires }, seconds) {
      wires.redis.cut()
      await sleep(seconds * 1000)
      wires.redis.mend()
    },
  },
  {
    title: 'PostgreSQL is killed, and comes back',
    breaks: 'store',
    async happens({ postgres }, seconds) {
      await postgres.kill()
      await sleep(seconds * 1000)
      await postgres.start()
    },
  },
  {
    title: 'PostgreSQL is frozen',
    breaks: 'store',
    async happens({ postgres }, seconds) {
      postgres.freeze()
      await sleep(seconds * 1000)
      postgres.thaw()
    },
  },
  {
    title: 'the connections to PostgreSQL are cut, again and again',
    breaks: 'store',
    happens: ({ wires }, seconds) => again(seconds, 100, async () => wires.postgres.breakAll()),
  },
  {
    title: 'the cable to PostgreSQL is pulled',
    breaks: 'store',
    async happens({ wires }, seconds) {
      wires.postgres.cut()
      await sleep(seconds * 1000)
      wires.postgres.mend()
    },
  },
  {
    title: 'PostgreSQL and Redis are killed, and come back',
    breaks: 'store',
    async happens({ postgres, redis }, seconds) {
      await Promise.all([postgres.kill(), redis.kill()])
      await sleep(seconds * 1000)
      await Promise.all([postgres.start(), redis.start()])
    },
  },
  {
    title: 'each operation of the store fails, before and after it took effect',
    breaks: 'store',
    happens: (rig, seconds) => failEach(rig, 'store', STORE_OPERATIONS, ['fails', 'fails-after'], seconds),
  },
  {
    title: 'each operation of the cache fails, before and after it took effect, and hangs',
    breaks: 'cache',
    happens: (rig, seconds) => failEach(rig, 'cache', CACHE_OPERATIONS, ['fails', 'fails-after', 'hangs'], seconds),
  },
  {
    title: 'each process of the application is killed, and started again',
    breaks: 'processes',
    async happens(rig, seconds) {
      for (const half of [
        [0, 1],
        [2, 3],
      ]) {
        await Promise.all(half.map((index) => rig.killProcess(index)))
        await sleep(seconds * 500)
        await Promise.all(half.map((index) => rig.startProcess(index)))
      }
    },
  },
]

async function fill(port: number, policy: string, room: number, seconds: number): Promise<void> {
  const memory = /^used_memory:(\d+)/m.exec(String(await command(port, 'INFO', 'memory')))?.[1]
  await command(port, 'CONFIG', 'SET', 'maxmemory-policy', policy, 'maxmemory', String(Number(memory) + room))
  await sleep(seconds * 1000)
  await command(port, 'CONFIG', 'SET', 'maxmemory', '0')
}

async function again(seconds: number, everyMs: number, deed: () => Promise<void>): Promise<void> {
  for (const until = performance.now() + seconds * 1000; performance.now() < until;) {
    await deed()
    await sleep(everyMs)
  }
}

/** One operation after the other, in one process after the other: the others work meanwhile. */
async function failEach(
  rig: Rig,
  part: 'store' | 'cache',
  operations: readonly string[],
  faults: readonly ('fails' | 'fails-after' | 'hangs')[],
  seconds: number,
): Promise<void> {
  const pairs = operations.flatMap((operation) =>
    faults.map((fault) => ({ kind: 'fail' as const, part, operation, fault })),
  )
  const ms = (seconds * 1000) / pairs.length
  for (const [index, order] of pairs.entries()) {
    await rig.tell(order, index % 4)
    await rig.tell(order, (index + 1) % 4)
    await sleep(ms)
    await rig.tell({ ...order, fault: 'none' })
  }
}
