import { fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ask, disconnect } from './cost/client.ts'
import { preparePlace } from './servers/distributed/place.ts'
import type { Listener } from './servers/kind.ts'

// What 1, 2 and 4 processes behind one port read, in PostgreSQL and Redis, each with a near cache and then without. The
// load comes from processes of their own, and everything shares the cores of this machine: so what more processes could
// do on more cores is what they do for a second of their own CPU. It needs the servers that `npm run bench -- distributed`
// needs.
const SESSIONS = 64
const REQUESTS = Number(process.env['REQUESTS'] ?? 40_000)
/** For each process, until its code has been compiled for good. */
const WARM_UP = Number(process.env['WARM_UP'] ?? 15_000)
const ROUNDS = Number(process.env['ROUNDS'] ?? 3)
const GENERATORS = 2
const COUNTS = [1, 2, 4]

const [role = 'measure', name = ''] = process.argv.slice(2)
if (cluster.isWorker) await serve()
else if (role === 'generate') generate()
else await measure()

interface Result {
  readonly perSecond: number
  /** Microseconds for each request: of the servers, and of those who ask. */
  readonly served: number
  readonly asked: number
}

async function measure(): Promise<void> {
  const place = await preparePlace()
  try {
    for (const server of ['near', 'Redis only']) {
      const results = new Map<number, Result[]>(COUNTS.map((count) => [count, []]))
      for (let round = 0; round < ROUNDS; round++) {
        for (const count of COUNTS) results.get(count)?.push(await measureOne(server, count))
      }
      report(server, results)
    }
  } finally {
    await place.leave()
  }
  disconnect()
}

function report(server: string, results: ReadonlyMap<number, readonly Result[]>): void {
  console.log(`\n| read, ${server} | requests a second | CPU of the servers, µs each | of who asks, µs each |`)
  console.log('|---|---|---|---|')
  const medianOf = (count: number, what: keyof Result): number =>
    (results.get(count) ?? []).map((result) => result[what]).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN
  for (const count of COUNTS) {
    const [perSecond, served, asked] = (['perSecond', 'served', 'asked'] as const).map((what) => medianOf(count, what))
    const cells = [count, perSecond?.toFixed(0), served?.toFixed(1), asked?.toFixed(1)]
    console.log(`| ${cells.join(' | ')} |`)
  }
  const ratio = (4 * medianOf(1, 'served')) / medianOf(4, 'served')
  console.log(`\nFor its own CPU, 4 processes read ${ratio.toFixed(2)} times what one does (target: 3).`)
}

async function measureOne(server: string, count: number): Promise<Result> {
  cluster.setupPrimary({ args: ['serve', server] })
  const workers = Array.from({ length: count }, () => cluster.fork())
  const [first] = await Promise.all(workers.map((worker) => once(worker, 'message') as Promise<[{ port: number }]>))
  const port = first?.[0].port ?? 0
  const begun = await Promise.all(Array.from({ length: SESSIONS }, () => ask(port, 'POST', '/begin')))
  const cookies = begun.map(({ cookie }) => cookie ?? '')
  disconnect() // Else its connections would keep a worker from going.
  const cpuOfAll = async (): Promise<number> => {
    const answers = workers.map((worker) => {
      const answer = once(worker, 'message') as Promise<[{ cpu: number }]>
      worker.send('cpu')
      return answer
    })
    return (await Promise.all(answers)).reduce((sum, [{ cpu }]) => sum + cpu, 0)
  }
  const generators = Array.from({ length: GENERATORS }, () => fork(import.meta.filename, ['generate']))
  const load = async (requests: number) => {
    const answers = generators.map((generator) => {
      const answer = once(generator, 'message') as Promise<[{ cpu: number }]>
      generator.send({ port, cookies, requests: requests / GENERATORS })
      return answer
    })
    return sum((await Promise.all(answers)).map(([{ cpu }]) => cpu))
  }
  await load(WARM_UP * count)
  const [before, begunAt] = [await cpuOfAll(), performance.now()]
  const asked = (await load(REQUESTS)) / REQUESTS
  const perSecond = (REQUESTS * 1000) / (performance.now() - begunAt)
  const served = ((await cpuOfAll()) - before) / REQUESTS
  for (const generator of generators) generator.disconnect()
  const gone = workers.map((worker) => once(worker, 'exit'))
  for (const worker of workers) worker.kill()
  await Promise.all(gone)
  return { perSecond, served, asked }
}

async function serve(): Promise<void> {
  const { farHoldfast, nearHoldfast } = await import('./servers/distributed/holdfast.ts')
  const chosen: Listener = name === 'near' ? nearHoldfast : farHoldfast
  const prefix = `${process.env['BENCH_PREFIX']}processes:`
  const server = createServer(await chosen.start({ sliding: false, prefix }))
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
  process.on('message', (message) => {
    if (message === 'cpu') process.send?.({ cpu: cpuOf() })
  })
}

interface Order {
  readonly port: number
  readonly cookies: readonly string[]
  readonly requests: number
}

/** Asks as fast as it is answered, on as many connections as there are sessions. */
function generate(): void {
  process.on('message', (order: Order) => void carryOut(order))
  process.on('disconnect', () => process.exit())
}

async function carryOut({ port, cookies, requests }: Order): Promise<void> {
  const before = cpuOf()
  let left = requests
  await Promise.all(
    cookies.map(async (cookie) => {
      while (left-- > 0) {
        const { body } = await ask(port, 'GET', '/', cookie)
        if (body === '') throw new Error('a session is gone')
      }
    }),
  )
  process.send?.({ cpu: cpuOf() - before })
}

function cpuOf(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0)
}
