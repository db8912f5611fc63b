import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { servers } from './servers/servers.ts'

const ROUNDS = 7
const REQUESTS = 6000
const WARM_UP = 3000
const CONNECTIONS = 16

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
const variants = await Promise.all(Object.keys(servers).map(start))
for (const variant of variants) await load(variant, WARM_UP)
const rounds: Record<string, number>[] = []
for (let round = 0; round < ROUNDS; round++) {
  const costs: Record<string, number> = {}
  for (const variant of variants) costs[variant.name] = await measure(variant)
  rounds.push(costs)
  console.error(`round ${round + 1} of ${ROUNDS}`)
}
report()
for (const { child } of variants) child.disconnect()
agent.destroy()

interface Variant {
  readonly name: string
  readonly child: ChildProcess
  readonly port: number
  readonly cookie: string
}

async function start(name: string): Promise<Variant> {
  const child = fork(new URL('servers/main.ts', import.meta.url), [name])
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const cookie = await new Promise<string>((resolve, reject) => {
    request({ port, host: '127.0.0.1', method: 'POST', path: '/begin' }, (response) => {
      response.resume().on('end', () => resolve((response.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? ''))
    })
      .on('error', reject)
      .end()
  })
  return { name, child, port, cookie }
}

async function measure(variant: Variant): Promise<number> {
  const before = await cpu(variant)
  await load(variant, REQUESTS)
  return ((await cpu(variant)) - before) / REQUESTS
}

async function cpu({ child }: Variant): Promise<number> {
  const answer = once(child, 'message') as Promise<[{ cpu: number }]>
  child.send('cpu')
  return (await answer)[0].cpu
}

async function load(variant: Variant, requests: number): Promise<void> {
  let left = requests
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (left-- > 0) await read(variant)
    }),
  )
}

/** A variant that lost its session must not look fast. */
function read({ name, port, cookie }: Variant): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ agent, port, host: '127.0.0.1', path: '/', headers: cookie === '' ? {} : { cookie } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => (body === 'user-0001' ? resolve() : reject(new Error(`${name} answered '${body}'`))))
    })
      .on('error', reject)
      .end()
  })
}

function report(): void {
  const unit = median(rounds.map((costs) => costs['node/bare'] ?? NaN))
  console.log(
    `node ${process.versions.node}, ${ROUNDS} interleaved rounds of ${REQUESTS} reads; 1 unit = ${unit.toFixed(1)} µs of CPU`,
  )
  console.log('\n| server | CPU per request, µs | overhead, units |\n|---|---|---|')
  for (const { name } of variants) {
    const bare = `${name.split('/')[0] ?? ''}/bare`
    const cost = median(rounds.map((costs) => costs[name] ?? NaN))
    const overhead = median(
      rounds.map((costs) => ((costs[name] ?? NaN) - (costs[bare] ?? NaN)) / (costs['node/bare'] ?? NaN)),
    )
    console.log(`| ${name} | ${cost.toFixed(1)} | ${overhead.toFixed(2)} |`)
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
