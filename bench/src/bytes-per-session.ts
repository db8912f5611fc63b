import { randomBytes, randomUUID } from 'node:crypto'
import { migratePostgres, postgresStore, redisCache, redisStore, type SessionRecord } from 'holdfast'
import pg from 'pg'
import { createClient } from 'redis'
import { sessionData } from './session-data.ts'

// What a session takes in PostgreSQL, in Redis and in the near cache, and what each change of it writes to PostgreSQL's
// log. POSTGRES_URL and REDIS_URL name servers on which nobody else is at work. Run with --expose-gc, for the near cache.
const IN_POSTGRES = Number(process.env['IN_POSTGRES'] ?? 500_000)
const IN_REDIS = Number(process.env['IN_REDIS'] ?? 100_000)
const NEAR = Number(process.env['NEAR'] ?? 50_000)
const CALLS = 5000
const HOUR = 3_600_000

const example = makeRecord()
console.log(
  `A session: ${example.data.length} bytes of data, ${example.security.length} of security, ` +
    `a subject of ${example.subject?.length}.\n`,
)
const { POSTGRES_URL, REDIS_URL, FILL_FACTOR } = process.env
if (POSTGRES_URL !== undefined) await measurePostgres(POSTGRES_URL)
if (REDIS_URL !== undefined) await measureRedis(REDIS_URL)

async function measurePostgres(url: string): Promise<void> {
  const schema = `holdfast_bench_${randomBytes(8).toString('hex')}`
  const own = new URL(url)
  own.searchParams.set('options', `-c search_path=${schema} -c synchronous_commit=off`)
  const pool = new pg.Pool({ connectionString: own.href, max: 4 })
  await pool.query(`CREATE SCHEMA ${schema}`)
  await migratePostgres(pool)
  if (FILL_FACTOR !== undefined)
    await pool.query(`ALTER TABLE holdfast_sessions SET (fillfactor = ${Number(FILL_FACTOR)})`)
  const ids: string[] = []
  while (ids.length < IN_POSTGRES) ids.push(...(await insert(pool, Math.min(10_000, IN_POSTGRES - ids.length))))

  console.log(
    `| PostgreSQL, ${IN_POSTGRES} sessions | bytes each, new | after each was used three times |\n|---|---|---|`,
  )
  const before = await sizesOf(pool)
  const store = postgresStore(pool)
  for (let turn = 1; turn <= 3; turn++) {
    const shuffled = shuffle(ids)
    const batches = Array.from({ length: Math.ceil(ids.length / 100) }, (_, index) =>
      shuffled.slice(index * 100, (index + 1) * 100).map((id) => ({ id, seenAt: Date.now() + turn * 180_000 })),
    )
    await Promise.all(
      [0, 1, 2, 3].map(async (lane) => {
        for (let next = lane; next < batches.length; next += 4) await store.touch(batches[next] ?? [])
      }),
    )
    await pool.query('VACUUM holdfast_sessions') // As autovacuum does, sooner or later.
  }
  const after = await sizesOf(pool)
  for (const [name, bytes] of Object.entries(before)) {
    console.log(`| ${name} | ${each(bytes, IN_POSTGRES)} | ${each(after[name] ?? NaN, IN_POSTGRES)} |`)
  }

  console.log(`\nUses that changed no index (HOT): ${await hotOf(pool)}`)

  console.log('\n| PostgreSQL, bytes of its log for each | just after a checkpoint | the same pages again |')
  console.log('|---|---|---|')
  const fresh = Array.from({ length: 2 * CALLS }, makeRecord)
  const chosen = shuffle(ids)
  const verbs: Record<string, (index: number, half: number) => Promise<unknown>> = {
    'touch, one of a hundred': async (index, half) => {
      if (index % 100 > 0) return
      const seenAt = Date.now() + 3_000_000 + half
      await store.touch(chosen.slice(index, index + 100).map((id) => ({ id, seenAt })))
    },
    'touch, by itself': (index, half) =>
      store.touch([{ id: chosen[CALLS + index] ?? '', seenAt: Date.now() + 3_000_000 + half }]),
    update: async (index) => {
      const record = await store.find(chosen[index] ?? '')
      if (record === undefined) throw new Error('A session is missing')
      await store.update({ ...record, revision: Number(record.revision) + 1 }, record.revision)
    },
    create: (index, half) => store.create(fresh[half * CALLS + index] ?? makeRecord()),
    delete: (index, half) => store.delete(fresh[half * CALLS + index]?.id ?? ''),
  }
  for (const [name, verb] of Object.entries(verbs)) {
    await pool.query('CHECKPOINT')
    const costs: number[] = []
    for (const half of [0, 1]) {
      const from = await writtenBy(pool)
      for (let index = 0; index < CALLS; index++) await verb(index, half)
      costs.push(((await writtenBy(pool)) - from) / CALLS)
    }
    console.log(`| ${name} | ${costs.map((cost) => cost.toFixed(0)).join(' | ')} |`)
  }
  await pool.query(`DROP SCHEMA ${schema} CASCADE`)
  await pool.end()
}

async function insert(pool: pg.Pool, count: number): Promise<string[]> {
  const records = Array.from({ length: count }, makeRecord)
  const columns = (['id', 'subject', 'data', 'security'] as const).map((name) => records.map((record) => record[name]))
  const now = Date.now()
  await pool.query(
    `INSERT INTO holdfast_sessions
     (id, revision, subject, data, created_at, seen_at, idle_seconds, absolute_at, security, due_at)
     SELECT id, 1, subject, data, $5, $5, 43200, $5::bigint + 43200000, security, $5::bigint + 43200000 + n
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS s (id, subject, data, security, n)`,
    [...columns, now],
  )
  return records.map(({ id }) => id)
}

async function sizesOf(pool: pg.Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string; bytes: string }>(
    `SELECT 'the table' AS name, pg_table_size('holdfast_sessions') AS bytes
     UNION ALL SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index
     WHERE indrelid = 'holdfast_sessions'::regclass
     UNION ALL SELECT 'together', pg_total_relation_size('holdfast_sessions')`,
  )
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes)]))
}

/** How far the server's log has come. */
async function writtenBy(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>("SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes")
  return Number(rows[0]?.bytes)
}

async function hotOf(pool: pg.Pool): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1500)) // Until every backend has told of itself.
  const { rows } = await pool.query<{ hot: string }>(
    `SELECT round(100.0 * n_tup_hot_upd / n_tup_upd) AS hot FROM pg_stat_user_tables
     WHERE relid = 'holdfast_sessions'::regclass`,
  )
  return `${rows[0]?.hot} %`
}

async function measureRedis(url: string): Promise<void> {
  const client = await createClient({ url, commandOptions: { timeout: 60_000 } }).connect()
  const memory = async (): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1])
  const prefix = `bench:${randomBytes(6).toString('base64url')}:`
  const records = Array.from({ length: IN_REDIS }, makeRecord)
  console.log(`\n| Redis, ${IN_REDIS} sessions | bytes each |\n|---|---|`)

  const cache = redisCache(client, { prefix: `${prefix}cache:`, near: false })
  const empty = await memory()
  await lanes(records, async (record) => {
    const lease = await cache.lease(record.id)
    if (lease !== undefined) await cache.fill({ record, confirmedAt: Date.now() + 600_000 }, lease)
  })
  console.log(`| redisCache: a copy | ${each((await memory()) - empty, IN_REDIS)} |`)

  const full = await memory()
  const store = redisStore(client, { prefix: `${prefix}store:` })
  await lanes(records, (record) => store.create(record))
  console.log(`| redisStore: a session, and its subject's list of one | ${each((await memory()) - full, IN_REDIS)} |`)

  const near = redisCache(client, { prefix: `${prefix}cache:`, near: { maxBytes: 4 * 1024 ** 3 } })
  while (!near.near) await new Promise((resolve) => setImmediate(resolve))
  const ids = records.slice(0, NEAR).map(({ id }) => id)
  const heapBefore = heap()
  for (let pass = 0; pass < 2; pass++) await lanes(ids, (id) => Promise.resolve(near.get(id)))
  console.log(`\nNear cache: ${each(heap() - heapBefore, NEAR)} bytes of heap for each of ${NEAR} copies.`)
  await near.close?.()
  await client.sendCommand(['FLUSHDB'])
  client.destroy()
}

/** A hundred at once. */
async function lanes<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item)
  }
  await Promise.all(Array.from({ length: 100 }, lane))
}

function makeRecord(): SessionRecord {
  const now = Date.now()
  const security = JSON.stringify({
    current: { verifier: randomBytes(32).toString('base64url'), generation: 0, issuedAt: now },
    authenticatedAt: now,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    mac: randomBytes(16).toString('base64url'),
  })
  const data = JSON.stringify({ user: sessionData, csrf: randomBytes(24).toString('base64url'), visits: 7 })
  const times = { createdAt: now, seenAt: now, idleSeconds: 43_200, absoluteAt: now + 12 * HOUR }
  return { id: randomBytes(16).toString('base64url'), revision: 1, subject: randomUUID(), data, security, ...times }
}

function shuffle(ids: readonly string[]): string[] {
  return ids
    .map((id) => [Math.random(), id] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, id]) => id)
}

function each(bytes: number, count: number): string {
  return (bytes / count).toFixed(0)
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
