import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Place } from '../concurrency/processes.ts'
import { NO_MYSQL, useMysql } from '../support/mysql.ts'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'
import { newPrefix, NO_REDIS, useOwnRedis } from '../support/redis.ts'
import { createSteps } from '../support/stepped.ts'
import { startGated, type Deed, type GatedProcess } from './two-processes.ts'

// Two processes with one database, driven in lockstep: the schedule lets each operation of a store or cache through, in
// the one process or the other, and so comes to orders that a race of real time hardly meets.

const RUNS = 30 * Number(process.env['HOLDFAST_RACES'] ?? 1)

const LOSING = ['write', 'write', 'write', 'read', 'cycle'] as const
const ENDING = ['write', 'write', 'read', 'cycle', 'logout'] as const
let subjects = 0

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))
const [postgres, mysql, redis] = [await usePostgres(), await useMysql(), await useOwnRedis()]
const inRedis = redis && { port: redis.port, prefix: newPrefix() }

const PLACES: Readonly<Record<string, Place | string>> = {
  'cachedDb(sqliteStore, memoryCache)': { store: 'sqlite', path: join(folder, 'sessions.sqlite') },
  'db(postgresStore)': postgres ? { store: 'postgres', url: postgres.url } : NO_POSTGRES,
  'db(mysqlStore)': mysql ? { store: 'mysql', url: mysql.url } : NO_MYSQL,
  'cachedDb(postgresStore, redisCache)':
    postgres && inRedis ? { store: 'postgres', url: postgres.url, behind: inRedis } : NO_REDIS,
  'cachedDb(redisStore, redisCache)': inRedis ? { store: 'redis', ...inRedis } : NO_REDIS,
}

for (const [engine, place] of Object.entries(PLACES)) {
  if (typeof place === 'string') test(engine, { skip: place })
  else describe(`two processes on ${engine}`, { timeout: 240_000 }, () => races(place))
}

if (postgres !== undefined) {
  describe('two processes on a store whose last write wins', { timeout: 240_000 }, () => {
    const { explore } = pair({ store: 'postgres', url: postgres.url }, 'write over')
    test('are refuted', () => assert.rejects(explore(LOSING, 300), /Property failed/))
  })
}

function races(place: Place): void {
  const { explore } = pair(place)
  test('lose no write, whatever the order', () => explore(LOSING, RUNS))
  test('let nothing of a session come back, whatever the order', () => explore(ENDING, RUNS))
}

function pair(place: Place, mutant?: 'write over') {
  let processes: readonly GatedProcess[] = []
  before(async () => {
    processes = await Promise.all([startGated('A', place, mutant), startGated('B', place, mutant)])
  })
  after(() => Promise.all(processes.map((one) => one.stop())))

  return { explore }

  async function explore(deeds: readonly Exclude<Deed['does'], 'login'>[], numRuns: number): Promise<void> {
    const acts = fc.array(fc.array(fc.constantFrom(...deeds), { minLength: 1, maxLength: 2 }), {
      minLength: 2,
      maxLength: 4,
    })
    const pauses = fc.array(fc.constantFrom(0, 0, 0, 3, 10), { maxLength: 7 })
    await fc.assert(
      fc.asyncProperty(acts, pauses, fc.scheduler(), (actors, waits, scheduler) => race(actors, waits, scheduler)),
      { numRuns, endOnFailure: true },
    )
  }

  async function race(
    actors: readonly (readonly Exclude<Deed['does'], 'login'>[])[],
    pauses: readonly number[],
    scheduler: fc.Scheduler,
  ): Promise<void> {
    const steps = createSteps(scheduler, pauses)
    for (const one of processes) one.follow(steps)
    const at = (index: number): GatedProcess => processes[index % 2] ?? assert.fail()
    steps.racing = false
    const cookies = [(await at(0).ask({ does: 'login', subject: `ann${subjects++}` }, '')).cookie]
    for (const one of processes) await one.ask({ does: 'read' }, cookies[0] ?? '')
    steps.racing = true

    const written: string[] = []
    let isOver = false
    const perform = async (deeds: (typeof actors)[number], actor: number): Promise<void> => {
      for (const [index, does] of deeds.entries()) {
        const wasOver = isOver
        const key = `k${actor}.${index}`
        const { status, cookie, subject } = await at(actor).ask(
          does === 'write' ? { does, key } : { does },
          cookies.at(-1) ?? '',
        )
        assert.ok(status === 200 || status === 400, `${status}`)
        const accepted = status === 200 && typeof subject === 'string'
        assert.ok(!(wasOver && accepted), 'a request after the logout was accepted')
        if (does === 'write' && accepted) written.push(key)
        if (does === 'cycle' && accepted && cookie !== '') cookies.push(cookie)
        if (does === 'logout' && status === 200) isOver = true
      }
    }
    await scheduler.waitFor(Promise.all(actors.map(perform)))
    await scheduler.waitIdle()

    steps.racing = false
    let living = 0
    for (const cookie of new Set(cookies)) {
      const seen = await Promise.all(processes.map((one) => one.ask({ does: 'read' }, cookie)))
      for (const { subject, data = {} } of seen) {
        if (typeof subject !== 'string') continue
        living++
        const { count = 0, ...keys } = data
        assert.deepEqual(Object.keys(keys).toSorted(), written.toSorted())
        assert.equal(count, written.length)
      }
    }
    assert.equal(living, isOver ? 0 : processes.length, 'both processes know one session, or none after a logout')
  }
}
