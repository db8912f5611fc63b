import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryCache, sqliteStore, type SessionRecord, type SessionStore } from 'holdfast'
import { sessionData } from './session-data.ts'

// What many sessions cost: memory of the cache, and time in SQLite. Run with --expose-gc.
const HOUR = 3_600_000
const CACHED = 100_000
const SMALL = 10_000
const LARGE = Number(process.env['LARGE'] ?? 1_000_000)
const SAMPLES = 20_000
const EXPIRED = 10_000

await measureCache()
const small = await measureStore(SMALL)
const large = await measureStore(LARGE)
console.log(`\n| SQLite, µs each | ${SMALL} sessions | ${LARGE} sessions | ratio |\n|---|---|---|---|`)
for (const name of ['find', 'update', 'clearExpired'] as const) {
  const ratio = large[name] / small[name]
  console.log(`| ${name} | ${small[name].toFixed(1)} | ${large[name].toFixed(1)} | ${ratio.toFixed(2)} |`)
}

async function measureCache(): Promise<void> {
  const cache = memoryCache()
  const before = heap()
  for (let index = 0; index < CACHED; index++) {
    const record = makeRecord(`user-${index}`, Date.now())
    const lease = await cache.lease(record.id)
    if (lease !== undefined) await cache.fill({ record, confirmedAt: Date.now() }, lease)
  }
  const taken = heap() - before
  console.log(`${CACHED} sessions put into the cache: ${cache.size} stay, ${megabytes(cache.bytes)} by its own count,`)
  console.log(`${megabytes(taken)} of heap in truth. Its limit is 64 MiB.`)
}

async function measureStore(size: number): Promise<Record<'find' | 'update' | 'clearExpired', number>> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-scale-'))
  // One write is one transaction here, so the disk's syncs would hide what the size of the table costs.
  const store = sqliteStore(join(folder, 'sessions.sqlite'), { synchronous: 'normal' })
  try {
    const records = await fill(store, size, Date.now())
    const chosen = Array.from({ length: SAMPLES }, () => records[Math.floor(Math.random() * size)] as SessionRecord)
    const find = await timed(SAMPLES, async () => {
      for (const { id } of chosen) await store.find(id)
    })
    const distinct = [...new Set(chosen)]
    const update = await timed(distinct.length, async () => {
      for (const record of distinct) await store.update({ ...record, revision: 2 }, 1)
    })
    await fill(store, EXPIRED, Date.now() - 2 * HOUR)
    const clearExpired = await timed(EXPIRED, async () => {
      while ((await store.clearExpired(500)) > 0);
    })
    return { find, update, clearExpired }
  } finally {
    await store.close?.()
    rmSync(folder, { recursive: true })
  }
}

async function fill(store: SessionStore, size: number, seenAt: number): Promise<SessionRecord[]> {
  const records: SessionRecord[] = []
  while (records.length < size) {
    const batch = Array.from({ length: Math.min(5000, size - records.length) }, (_, index) =>
      makeRecord(`user-${records.length + index}`, seenAt),
    )
    await Promise.all(batch.map((record) => store.create(record)))
    records.push(...batch)
  }
  return records
}

/** Microseconds for each of `count` things. */
async function timed(count: number, work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  return ((performance.now() - begun) * 1000) / count
}

function makeRecord(subject: string, seenAt: number): SessionRecord {
  const data = JSON.stringify({ user: { ...sessionData, userId: subject } })
  const security = JSON.stringify({
    current: { verifier: randomBytes(32).toString('base64url'), generation: 0, issuedAt: seenAt },
    authenticatedAt: seenAt,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    mac: randomBytes(16).toString('base64url'),
  })
  const id = randomBytes(16).toString('base64url')
  return {
    id,
    revision: 1,
    subject,
    data,
    createdAt: seenAt,
    seenAt,
    idleSeconds: 1800,
    absoluteAt: seenAt + 12 * HOUR,
    security,
  }
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
