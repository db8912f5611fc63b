import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import {
  migrateMysql,
  migratePostgres,
  mysqlStore,
  postgresStore,
  type SessionRecord,
  type SessionStore,
} from 'holdfast'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { sessionData } from './session-data.ts'

// What each verb costs in PostgreSQL and MySQL, with few sessions and with many, and what a session takes on disk. Then,
// in PostgreSQL, what other layouts of the table would cost. One call after another, commits not waiting for the disk.
// POSTGRES_URL and MYSQL_URL name servers on this machine, on which databases may be made and nobody else is at work.
// Without one of them that one is left out. CPU is the server's own, from /proc, so it bears other work beside it.
const HOUR = 3_600_000
const SMALL = 10_000
const LARGE = Number(process.env['LARGE'] ?? 1_000_000)
const ROUNDS = 25
const CALLS = 200
const LAYOUT_SESSIONS = 20_000

interface Table {
  readonly store: SessionStore
  /** Straight into the table, because a million logins take their time. Answers their ids. */
  readonly fill: (count: number, seenAt: number, subject: string) => Promise<string[]>
  bytes(): Promise<number>
  /** The process whose threads do the work. */
  readonly pid: number
  close(): Promise<void>
}

const { POSTGRES_URL, MYSQL_URL } = process.env
if (POSTGRES_URL !== undefined) await compare('PostgreSQL', () => openPostgres(POSTGRES_URL))
if (MYSQL_URL !== undefined) await compare('MySQL', () => openMysql(MYSQL_URL))
if (POSTGRES_URL !== undefined) await compareLayouts(POSTGRES_URL)

async function compare(name: string, open: () => Promise<Table>): Promise<void> {
  const tables = [await open(), await open()]
  const sizes = [SMALL, LARGE]
  const ids: string[][] = []
  for (const [index, table] of tables.entries()) {
    const empty = await table.bytes()
    ids.push(await table.fill(sizes[index] ?? 0, Date.now(), 'user'))
    const taken = ((await table.bytes()) - empty) / (sizes[index] ?? 0)
    console.log(`${name}: ${sizes[index]} sessions take ${taken.toFixed(0)} bytes each, indexes included.`)
  }
  const costs: Record<string, [Cost[], Cost[]]> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, table] of tables.entries()) {
      for (const [verb, cost] of Object.entries(await timeVerbs(table, ids[index] ?? [], round))) {
        const columns = (costs[verb] ??= [[], []])
        columns[index]?.push(cost)
      }
    }
  }
  console.log(`\n| ${name} | CPU, µs, ${SMALL} sessions | ${LARGE} sessions | ratio | ratio of times |`)
  console.log('|---|---|---|---|---|')
  for (const [verb, columns] of Object.entries(costs)) {
    const [cpu, time] = (['cpu', 'time'] as const).map((of) =>
      columns.map((column) => median(column.map((cost) => cost[of]))),
    )
    const ratios = [cpu, time].map(([small = NaN, large = NaN] = []) => (large / small).toFixed(2))
    console.log(`| ${[verb, ...(cpu ?? []).map((one) => one.toFixed(0)), ...ratios].join(' | ')} |`)
  }
  console.log()
  for (const table of tables) await table.close()
}

/** Microseconds. */
interface Cost {
  readonly time: number
  readonly cpu: number
}

/** Microseconds of one call, or of one session where a call takes many. */
async function timeVerbs({ store, fill, pid }: Table, ids: readonly string[], round: number) {
  const now = Date.now()
  const chosen = pick(ids, CALLS)
  const fresh = Array.from({ length: CALLS }, () => makeRecord(`fresh-${round}`, now))
  const logins = Array.from({ length: CALLS }, (_, index) => makeRecord(`login-${round}-${index}`, now))
  const next = logins.map(({ subject }) => makeRecord(subject ?? '', now))
  const guard = { max: 10, epoch: 0 }
  const found = await Promise.all(chosen.map((id) => store.find(id)))
  const records = found.filter((record) => record !== undefined)
  const each = (work: (index: number) => Promise<unknown>) =>
    timed(pid, CALLS, async () => {
      for (let index = 0; index < CALLS; index++) await work(index)
    })
  const of = <T>(list: readonly T[], index: number): T => list[index % list.length] as T

  await store.clearExpired(1)
  const times = {
    find: await each((index) => store.find(of(chosen, index))),
    update: await each((index) => {
      const record = of(records, index)
      return store.update({ ...record, revision: Number(record.revision) + 1, seenAt: now + 1 }, record.revision)
    }),
    'touch of 1': await each((index) => store.touch([{ id: of(chosen, index), seenAt: now + 2 }])),
    'touch of 100, for each': await timed(pid, CALLS, async () => {
      for (const half of [chosen.slice(0, CALLS / 2), chosen.slice(CALLS / 2)]) {
        await store.touch(half.map((id) => ({ id, seenAt: now + 3 })))
      }
    }),
    create: await each((index) => store.create(of(fresh, index))),
    'create with max and epoch': await each((index) => store.create(of(logins, index), guard)),
    'replace with max and epoch': await each((index) => store.replace(of(logins, index).id, 1, of(next, index), guard)),
    listBySubject: await each((index) => store.listBySubject(of(next, index).subject ?? '')),
    delete: await each((index) => store.delete(of(fresh, index).id)),
    deleteBySubject: await each((index) => store.deleteBySubject(of(next, index).subject ?? '')),
  }
  await fill(2000, now - 2 * HOUR, 'expired')
  const clearExpired = await timed(pid, 2000, async () => {
    for (let batch = 0; batch < 4; batch++) await store.clearExpired(500)
  })
  return { ...times, 'clearExpired(500), for each': clearExpired }
}

async function compareLayouts(url: string): Promise<void> {
  const layouts: Record<string, string> = {
    'as it is (fill factor 90)': '',
    'fill factor 100': 'ALTER TABLE holdfast_sessions SET (fillfactor = 100)',
    'fill factor 80': 'ALTER TABLE holdfast_sessions SET (fillfactor = 80)',
    'an index on expires_at': 'CREATE INDEX ON holdfast_sessions (expires_at)',
    'an index on the hour of expires_at': `ALTER TABLE holdfast_sessions
      ADD hour bigint GENERATED ALWAYS AS (least(seen_at + idle_seconds * 1000, absolute_at) / ${HOUR}) STORED;
      CREATE INDEX ON holdfast_sessions (hour)`,
  }
  console.log(`| layout, ${LAYOUT_SESSIONS} sessions | CPU of a touch, µs | HOT | bytes each before | after |`)
  console.log('|---|---|---|---|---|')
  for (const [name, change] of Object.entries(layouts)) {
    const table = await openPostgres(url, change)
    const ids = await table.fill(LAYOUT_SESSIONS, Date.now(), 'user')
    const before = await table.bytes()
    // Each session is used ten times, three minutes apart, as in half an hour of clicks.
    const { cpu } = await timed(table.pid, 10 * LAYOUT_SESSIONS, async () => {
      for (let turn = 1; turn <= 10; turn++) {
        const shuffled = pick(ids, ids.length)
        for (let done = 0; done < ids.length; done += 100) {
          const seenAt = Date.now() + turn * 180_000
          await table.store.touch(shuffled.slice(done, done + 100).map((id) => ({ id, seenAt })))
        }
      }
    })
    const sizes = [before, await table.bytes()].map((bytes) => (bytes / LAYOUT_SESSIONS).toFixed(0))
    console.log(`| ${name} | ${cpu.toFixed(1)} | ${await table.hot()} | ${sizes.join(' | ')} |`)
    await table.close()
  }
}

async function openPostgres(url: string, change = ''): Promise<Table & { hot(): Promise<string> }> {
  const schema = `holdfast_bench_${randomBytes(8).toString('hex')}`
  const own = new URL(url)
  own.searchParams.set('options', `-c search_path=${schema} -c synchronous_commit=off`)
  const pool = new pg.Pool({ connectionString: own.href, max: 1, idleTimeoutMillis: 0 })
  await pool.query(`CREATE SCHEMA ${schema}`)
  await migratePostgres(pool)
  if (change !== '') await pool.query(change)
  const { rows: backends } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return {
    store: postgresStore(pool),
    pid: backends[0]?.pid ?? 0,
    async fill(count, seenAt, subject) {
      const record = makeRecord(subject, seenAt)
      const { rows } = await pool.query<{ id: string }>(
        `INSERT INTO holdfast_sessions
         (id, revision, subject, data, created_at, seen_at, idle_seconds, absolute_at, security, due_at)
         SELECT translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/=', '-_'), 1, $1 || '-' || n,
           $2, $3, $3, 1800, $4, $5, $3::bigint + 1800000 FROM generate_series(1, $6) AS n RETURNING id`,
        [subject, record.data, seenAt, record.absoluteAt, record.security, count],
      )
      await pool.query('ANALYZE holdfast_sessions')
      return rows.map(({ id }) => id)
    },
    async bytes() {
      const { rows } = await pool.query<{ bytes: string }>(
        "SELECT pg_total_relation_size('holdfast_sessions') AS bytes",
      )
      return Number(rows[0]?.bytes)
    },
    async hot() {
      await pool.query('SELECT pg_stat_force_next_flush()')
      await new Promise((resolve) => setTimeout(resolve, 1500))
      const { rows } = await pool.query<{ hot: string }>(
        `SELECT round(100.0 * n_tup_hot_upd / n_tup_upd) || ' %' AS hot FROM pg_stat_user_tables
         WHERE relid = 'holdfast_sessions'::regclass`,
      )
      return String(rows[0]?.hot)
    },
    async close() {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`)
      await pool.end()
    },
  }
}

async function openMysql(url: string): Promise<Table> {
  const name = `holdfast_bench_${randomBytes(8).toString('hex')}`
  const admin = mysql.createPool(url)
  await admin.query(`CREATE DATABASE ${name}`)
  const pool = mysql.createPool(Object.assign(new URL(url), { pathname: name }).href)
  await migrateMysql(pool)
  const [files] = await pool.query<({ file: string } & mysql.RowDataPacket)[]>('SELECT @@pid_file AS file')
  return {
    store: mysqlStore(pool),
    pid: Number(readFileSync(files[0]?.file ?? '', 'utf8')),
    async fill(count, seenAt, subject) {
      const ids = Array.from({ length: count }, () => randomBytes(16).toString('base64url'))
      const { data, security, absoluteAt } = makeRecord(subject, seenAt)
      for (let done = 0; done < count; done += 1000) {
        const rows = ids.slice(done, done + 1000).map((id, index) => {
          const times = [seenAt, seenAt, 1800, absoluteAt]
          return [id, 1, `${subject}-${done + index}`, data, ...times, security, seenAt + 1_800_000]
        })
        await pool.query(
          `INSERT INTO holdfast_sessions
           (id, revision, subject, data, created_at, seen_at, idle_seconds, absolute_at, security, due_at) VALUES ?`,
          [rows],
        )
      }
      await pool.query('ANALYZE TABLE holdfast_sessions')
      return ids
    },
    async bytes() {
      const [rows] = await pool.query<({ bytes: string } & mysql.RowDataPacket)[]>(
        `SELECT data_length + index_length AS bytes FROM information_schema.tables
         WHERE table_schema = ? AND table_name = 'holdfast_sessions'`,
        [name],
      )
      return Number(rows[0]?.bytes)
    },
    async close() {
      await pool.end()
      await admin.query(`DROP DATABASE ${name}`)
      await admin.end()
    },
  }
}

function makeRecord(subject: string, seenAt: number): SessionRecord {
  const verifier = randomBytes(32).toString('base64url')
  const security = JSON.stringify({
    current: { verifier, generation: 0, issuedAt: seenAt },
    authenticatedAt: seenAt,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    mac: randomBytes(16).toString('base64url'),
  })
  return {
    id: randomBytes(16).toString('base64url'),
    revision: 1,
    subject,
    data: JSON.stringify({ user: sessionData }),
    createdAt: seenAt,
    seenAt,
    idleSeconds: 1800,
    absoluteAt: seenAt + 12 * HOUR,
    security,
  }
}

/** So many of them, each at most once, in a random order. */
function pick(ids: readonly string[], count: number): string[] {
  const all = [...ids]
  for (let index = 0; index < count; index++) {
    const other = index + Math.floor(Math.random() * (all.length - index))
    ;[all[index], all[other]] = [all[other] as string, all[index] as string]
  }
  return all.slice(0, count)
}

/** For each of `count` things. */
async function timed(pid: number, count: number, work: () => Promise<void>): Promise<Cost> {
  const begun = { time: performance.now(), cpu: cpuOf(pid) }
  await work()
  return { time: ((performance.now() - begun.time) * 1000) / count, cpu: (cpuOf(pid) - begun.cpu) / count }
}

function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((id) =>
    Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1000
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
