import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { redisCache } from 'holdfast/caches/redis'
import { createClient } from 'redis'

// How long after a burial the near cache of another process still shows the copy; the target is 1 ms for 99 of 100,
// counted from the call. Both processes read the same clock of the machine. It needs a Redis, at REDIS_URL or on this one.
const BURIALS = 3000
const PREFIX = `bench:${randomBytes(9).toString('base64url')}:`

if (process.send === undefined) await bury()
else await watch()

async function bury(): Promise<void> {
  const child = fork(import.meta.filename)
  const hear = async <T>(): Promise<T> => ((await once(child, 'message')) as [T])[0]
  child.send(PREFIX)
  await hear()
  const client = await createClient(place()).connect()
  const cache = redisCache(client, { prefix: PREFIX, near: false })
  const delays: { readonly afterCall: number; readonly afterAnswer: number }[] = []
  for (let count = 0; count < BURIALS; count++) {
    const id = randomBytes(16).toString('base64url')
    await fill(id)
    child.send(id)
    await hear()
    const called = now()
    await cache.bury(id, 'buried')
    const answered = now()
    const gone = await hear<number>()
    delays.push({ afterCall: gone - called, afterAnswer: gone - answered })
  }
  child.kill()
  console.log(
    `Node ${process.versions.node}, ${BURIALS} burials. Milliseconds until another process has dropped the copy.\n`,
  )
  console.log('| counted from | median | p99 | longest |\n|---|---|---|---|')
  report(
    'the call',
    delays.map(({ afterCall }) => afterCall),
  )
  report(
    'its answer',
    delays.map(({ afterAnswer }) => afterAnswer),
  )
  await client.close()

  async function fill(id: string): Promise<void> {
    const confirmedAt = Date.now()
    const times = {
      createdAt: confirmedAt,
      seenAt: confirmedAt,
      idleSeconds: 1800,
      absoluteAt: confirmedAt + 43_200_000,
    }
    const record = { id, revision: 1, subject: 'ann', data: '{}', security: '{}', ...times }
    const lease = await cache.lease(id)
    if (lease !== undefined) await cache.fill({ record, confirmedAt }, lease)
  }
}

/**
 * Says when it has a copy, and then when it has it no more. It sleeps meanwhile: a process that looks again and again
 * would be measured itself. So it listens where the near cache does, behind it.
 */
async function watch(): Promise<void> {
  const [prefix] = (await once(process, 'message')) as [string]
  let followed = ''
  const cache = redisCache(await overheard(heard), { prefix })
  const isNear = (id: string): boolean => !(cache.get(id) instanceof Promise)
  while (!cache.near) await turn()
  process.on('message', (id: string) => void follow(id))
  process.send?.('ready')

  async function follow(id: string): Promise<void> {
    while (!isNear(id)) await cache.get(id)
    followed = id
    process.send?.('near')
  }

  function heard(key: unknown): void {
    if (String(key) !== prefix + followed) return
    const at = now()
    if (isNear(followed)) throw new Error('the near cache has not heard yet')
    followed = ''
    process.send?.(at)
  }
}

/** Each duplicate of it tells of invalidations here, too, after whoever made it. */
function overheard(heard: (key: unknown) => void) {
  const client = createClient(place())
  const duplicate = client.duplicate.bind(client)
  client.duplicate = ((...overrides: Parameters<typeof duplicate>) => {
    const line = duplicate(...overrides)
    setImmediate(() => line.on('invalidate', heard))
    return line
  }) as typeof duplicate
  return client.connect()
}

function report(from: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.ceil(share * sorted.length) - 1] ?? NaN).toFixed(2)
  console.log(`| ${from} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`)
}

function place(): { readonly url: string } {
  return { url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Milliseconds by the clock that all processes of a machine share. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
