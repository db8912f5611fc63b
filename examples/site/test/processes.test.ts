import assert from 'node:assert/strict'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { startPostgres, startRedis } from '../../../test/support/servers.ts'
import { until } from '../../../test/support/until.ts'
import { CATALOGUE } from '../src/catalogue.ts'
import { newConnection, openLines, type Line } from './support/lines.ts'
import { ANN } from './support/people.ts'
import { startProcess, type SiteProcess } from './support/process.ts'
import { visit, type Visitor } from './support/visitor.ts'

// Several processes of the site behind one port, on servers of their own, as compose.yaml starts them.
const postgres = await startPostgres()
const redis = await startRedis(['maxmemory 64mb', 'maxmemory-policy allkeys-lru'])
const folder = await mkdtempDisposable(`${tmpdir()}/chandlery-`)
after(async () => {
  await postgres?.remove()
  await redis?.remove()
  await folder.remove()
})
const PROCESSES = 2
const DATABASE_URL = `postgres://postgres@127.0.0.1:${postgres?.port}/postgres`
const REDIS_URL = `redis://127.0.0.1:${redis?.port}`
const ENV = {
  PORT: '0',
  SITE_PROCESSES: String(PROCESSES),
  SESSION_KEY: 'hB1Pq8sZ0rWm4tXv6yKc2dNf7gJa9eLu3oTi5wRx1sE',
  DATA_DIR: folder.path,
}

const isMissing = postgres === undefined || redis === undefined
if (isMissing && process.env['CI'] !== undefined) throw new Error('PostgreSQL and Redis are needed here')
const skip = isMissing && 'skipped: apt-get install postgresql redis-server'

// What hangs is one test that fails, and not the whole file.
const timeout = 120_000

describe('several processes on PostgreSQL alone', { skip, timeout }, () => {
  keepTogether('postgres-alone', { DATABASE_URL })
})

describe('several processes on one SQLite file', { timeout }, () => {
  keepTogether('sqlite', {})
})

describe('several processes on PostgreSQL and Redis', { skip, timeout }, () => {
  const place = { DATABASE_URL, REDIS_URL }
  const running = keepTogether('postgres-and-redis', place)

  // These hurt the processes, then the servers.
  test('go on when one of them is killed, and another one takes its place', async () => {
    const { site, address } = running
    const ann = await newCustomerOf(address, 'ann@killed.example')
    const [{ process: killed }] = (await openLines(address, PROCESSES)) as [Line]
    process.kill(killed, 'SIGKILL')
    await until(() => site.output().includes('A process ended (SIGKILL). Another one is started'))
    for (let turn = 0; turn < 2 * PROCESSES; turn++) assert.match(await accountOf(ann), /Good to see you/)
    const now = await openLines(address, PROCESSES)
    assert.ok(now.every((line) => line.process !== killed))
    for (const { send } of now) assert.match(await accountOf(visit(address, {}, ann.jar, send)), /Good to see you/)
  })

  test('answer a request with an error, and keep everyone signed in, while PostgreSQL is down', async () => {
    const ann = await newCustomerOf(running.address, 'ann@database.example')
    for (let turn = 0; turn < 2; turn++) assert.equal((await ann.get('/basket')).status, 200) // There is a copy now.
    await postgres?.kill()
    assert.match((await ann.get('/basket')).body, /Sign out|Account/, 'what is read needs no PostgreSQL')
    const broken = await ann.submit('/basket', { article: 'ships-bell' })
    assert.equal(broken.status, 500)
    assert.doesNotMatch(broken.body, /ECONNREFUSED|postgres/i)
    assert.equal((await ann.get('/health')).status, 200)
    assert.equal((await ann.submit('/sign-out')).status, 503, 'a logout that did not happen says so')
    await postgres?.start()
    assert.match(await accountOf(ann), /Good to see you, Ann Bonny/)

    // A server that stands still answers nothing, and the request ends all the same.
    postgres?.freeze()
    assert.ok((await ann.submit('/basket', { article: 'ships-bell' })).status >= 500)
    postgres?.thaw()
    await until(async () => (await accountOf(ann)).includes('Good to see you, Ann Bonny'))
  })

  test('keep people signed in over a restart, of Redis too', async () => {
    const { site: first, address: was } = running
    const ann = await newCustomerOf(was, 'ann@restarted.example')
    await ann.submit('/basket', { article: 'ships-bell' })
    first.signal('SIGTERM')
    assert.equal(await first.ended, 0)
    await redis?.kill()

    // Redis is down when the site starts.
    await using second = startProcess({ ...ENV, ...place })
    const address = await second.address()
    const again = visit(address, {}, ann.jar, newConnection)
    assert.match(await accountOf(again), /Good to see you, Ann Bonny/)
    assert.match(second.output(), /Redis at 127\.0\.0\.1:\d+ does not serve, so all is read from PostgreSQL/)
    await redis?.start()
    await until(() => /Redis at 127\.0\.0\.1:\d+ serves again/.test(second.output()))
    assert.match((await again.get('/basket')).body, /<option selected>1</)
    assert.doesNotMatch(second.output(), /SESSION_KEY|hB1Pq8/)
  })
})

interface Running {
  site: SiteProcess
  address: string
}

/** Starts them for the tests of a `describe`, and tests what every place has to keep. */
function keepTogether(name: string, place: Readonly<Record<string, string>>): Running {
  const running = {} as Running
  const person = (who: string) => ({ ...ANN, email: `${who}@${name}.example` })
  let address: string
  let lines: Line[]
  before(async () => {
    running.site = startProcess({ ...ENV, ...place })
    running.address = address = await running.site.address()
    lines = await openLines(address, PROCESSES)
  })
  after(() => running.site[Symbol.asyncDispose]())

  test('know who signed in on one of them, and at once who signed out on another', async () => {
    const [first = NOBODY, second = NOBODY] = lines
    const ann = visit(address, {}, new Map(), first.send)
    assert.equal((await ann.submit('/sign-up', person('ann'))).path, '/account')
    // Each process reads the account, and keeps a copy if it keeps copies.
    const tabs = lines.map(({ send }) => visit(address, {}, new Map(ann.jar), send))
    for (const tab of tabs) assert.match(await accountOf(tab), /Good to see you, Ann Bonny/)
    const signingOut = visit(address, {}, new Map(ann.jar), second.send)
    assert.equal((await signingOut.submit('/sign-out')).path, '/signed-out')
    for (const tab of tabs) assert.equal((await tab.get('/account')).status, 303)
  })

  test('lose nothing of a basket that all of them add to', async () => {
    const first = visit(address, {}, new Map(), newConnection)
    await first.submit('/basket', { article: 'ships-bell' })
    const adds = CATALOGUE.flatMap(({ slug }) => Array.from({ length: slug === 'ships-bell' ? 5 : 6 }, () => slug))
    await Promise.all(
      adds.map(async (article, index) => {
        const { send } = lines[index % lines.length] ?? NOBODY
        const tab = visit(address, { 'sec-fetch-site': 'same-origin' }, new Map(first.jar), send)
        assert.equal((await tab.post('/basket', { article })).status, 303)
      }),
    )
    for (const { send } of lines) {
      const { body } = await visit(address, {}, first.jar, send).get('/basket')
      const rows = body.matchAll(/<select id="quantity-([^"]+)".*?<option selected>(\d+)</gs)
      const found = Object.fromEntries([...rows].map(([, slug, quantity]) => [slug, Number(quantity)]))
      assert.deepEqual(found, Object.fromEntries(CATALOGUE.map(({ slug }) => [slug, 6])))
    }
  })

  test('show the lab without a live page, which only one of them could show', async () => {
    const learner = visit(address, {}, new Map(), newConnection)
    assert.equal((await learner.get('/lab')).status, 200)
    const reply = await fetch(`${address}/lab/api/attack`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ attack: 'xss', defence: 'off' }),
    })
    const report = (await reply.json()) as { outcome?: string; page?: unknown }
    assert.deepEqual([reply.status, report.outcome, report.page], [200, 'succeeded', undefined])
  })

  test('count wrong passwords together', async () => {
    const wrong = { email: person('guess').email, password: 'not the right one' }
    const guess = async ({ send }: Line): Promise<number> =>
      (await visit(address, {}, new Map(), send).submit('/sign-in', wrong)).status
    const guesses = Array.from({ length: 6 }, (_, index) => guess(lines[index % lines.length] ?? NOBODY))
    const statuses = await Promise.all(guesses)
    assert.deepEqual(
      statuses.filter((status) => status !== 422),
      [429],
    )
    for (const line of lines) assert.equal(await guess(line), 429)
  })

  return running
}

async function newCustomerOf(address: string, email: string): Promise<Visitor> {
  const visitor = visit(address, {}, new Map(), newConnection)
  assert.equal((await visitor.submit('/sign-up', { ...ANN, email })).path, '/account')
  return visitor
}

async function accountOf(visitor: Visitor): Promise<string> {
  return (await visitor.get('/account')).body
}

const NOBODY: Line = { process: 0, send: () => Promise.reject(new Error('There is no such process')) }
