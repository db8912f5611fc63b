import { randomBytes } from 'node:crypto'
import { cachedDb, memoryStore, redisCache, type SessionRecord, type StoredEngine } from 'holdfast'
import { createClient } from 'redis'

// What a read through `cachedDb` costs this process, from Redis and from a near copy. It needs a Redis, at REDIS_URL or
// on this machine.
const SESSIONS = 1000
const READS = 50_000
const TOGETHER = 32
const ROUNDS = 7

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const client = await createClient({ url }).connect()
const far = await prepare(false)
const near = await prepare({})
const rounds: { readonly far: number; readonly near: number }[] = []
for (let round = 0; round < ROUNDS; round++) rounds.push({ far: await read(far), near: await read(near) })

console.log(
  `Node ${process.versions.node}, ${ROUNDS} interleaved rounds of ${READS} reads, ${TOGETHER} at once, 500 bytes.\n`,
)
console.log('| copy | CPU of this process for a read, µs (median) |\n|---|---|')
console.log(`| in Redis | ${median(rounds.map((round) => round.far)).toFixed(2)} |`)
console.log(`| near | ${median(rounds.map((round) => round.near)).toFixed(2)} |`)
await Promise.all([far.engine.close(), near.engine.close()])
await client.close()

interface Prepared {
  readonly engine: StoredEngine
  readonly ids: readonly string[]
}

async function prepare(nearOptions: false | object): Promise<Prepared> {
  const cache = redisCache(client, { prefix: `bench:${randomBytes(9).toString('base64url')}:`, near: nearOptions })
  const engine = cachedDb(memoryStore(), cache, { timeout: 10_000 })
  const ids = Array.from({ length: SESSIONS }, () => randomBytes(16).toString('base64url'))
  for (const id of ids) await engine.create(recordOf(id))
  while (nearOptions !== false && !cache.near) await new Promise((resolve) => setImmediate(resolve))
  return { engine, ids }
}

function recordOf(id: string): SessionRecord {
  const now = Date.now()
  const times = { createdAt: now, seenAt: now, idleSeconds: 1800, absoluteAt: now + 43_200_000 }
  return { id, revision: 1, subject: 'ann', data: JSON.stringify({ text: 'x'.repeat(400) }), security: '{}', ...times }
}

/** Microseconds of CPU for one read, when all copies are where they belong. */
async function read({ engine, ids }: Prepared): Promise<number> {
  for (let pass = 0; pass < 3; pass++) for (const id of ids) await engine.load(id)
  const before = process.cpuUsage()
  let [next, missed] = [0, 0]
  const reader = async (): Promise<void> => {
    while (next < READS) if ((await engine.load(ids[next++ % SESSIONS] ?? ''))?.from !== 'cache') missed++
  }
  await Promise.all(Array.from({ length: TOGETHER }, reader))
  const { user, system } = process.cpuUsage(before)
  if (missed > READS / 100) throw new Error(`${missed} reads missed the cache`)
  return (user + system) / READS
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
