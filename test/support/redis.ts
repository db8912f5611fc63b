import { execFileSync } from 'node:child_process'
import { after } from 'node:test'
import { Cluster, Redis as IoRedis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { IoRedis as IoRedisClient, NodeRedis, RedisClient } from '../../src/redis/client.ts'
import { newId } from '../../src/testing/records.ts'
import { startRedis, type OwnServer } from './servers.ts'
import { until } from './until.ts'

/** One of the packages that may bring us to Redis. */
export interface Library {
  readonly name: 'node-redis' | 'ioredis'
  /** Connected, and closed after the tests of this file. */
  connect(port: number): Promise<NodeRedis | IoRedisClient>
  connectCluster(ports: readonly number[]): Promise<RedisClient>
}

export const LIBRARIES: readonly Library[] = [
  {
    name: 'node-redis',
    async connect(port) {
      const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 20 } })
      client.on('error', () => {})
      await client.connect()
      after(() => client.destroy())
      return client
    },
    async connectCluster(ports) {
      const rootNodes = ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
      const client = createCluster({ rootNodes })
      client.on('error', () => {})
      await client.connect()
      after(() => client.destroy())
      return client
    },
  },
  {
    name: 'ioredis',
    async connect(port) {
      const client = new IoRedis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => 20 })
      client.on('error', () => {})
      await client.connect()
      after(() => client.disconnect())
      return client
    },
    async connectCluster(ports) {
      const client = new Cluster(
        ports.map((port) => ({ host: '127.0.0.1', port })),
        { lazyConnect: true },
      )
      client.on('error', () => {})
      await client.connect()
      after(() => client.disconnect())
      return client
    },
  },
]

/**
 * The port of the Redis of `HOLDFAST_TEST_REDIS`, of one that runs on this machine, or of one that is started for it.
 * Undefined when there is none. It may hold what is not ours: a test takes a prefix of its own.
 */
export async function useRedis(): Promise<number | undefined> {
  const given = Number(process.env['HOLDFAST_TEST_REDIS'] ?? 6379)
  return (await answers(given)) ? given : (await useOwnRedis())?.port
}

/** A server of a test's own, which may be frozen, killed and emptied. */
export async function useOwnRedis(settings: readonly string[] = []): Promise<OwnServer | undefined> {
  const server = await startRedis(settings)
  if (server === undefined) return refuseOnCI()
  after(() => server.remove())
  return server
}

/** The ports of a cluster of three. */
export async function useRedisCluster(): Promise<readonly number[] | undefined> {
  const servers = await Promise.all(
    Array.from({ length: 3 }, () => useOwnRedis(['cluster-enabled yes', 'cluster-node-timeout 5000'])),
  )
  const ports = servers.flatMap((server) => (server === undefined ? [] : [server.port]))
  if (ports.length < 3) return undefined
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'pipe' })
  const isUp = async (port: number): Promise<boolean> =>
    String(await command(port, 'CLUSTER', 'INFO')).includes('cluster_state:ok')
  for (const port of ports) await until(() => isUp(port))
  return ports
}

export const NO_REDIS = 'skipped: no Redis on 127.0.0.1:6379, and none to start. apt-get install redis-server'

export function newPrefix(): string {
  return `holdfast-test:${newId()}:`
}

/** One command, on a connection of its own. */
export async function command(port: number, ...args: readonly string[]): Promise<unknown> {
  const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: false } })
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.sendCommand(args)
  } finally {
    client.destroy()
  }
}

async function answers(port: number): Promise<boolean> {
  return (await command(port, 'PING').catch(() => undefined)) === 'PONG'
}

function refuseOnCI(): undefined {
  if (process.env['CI'] !== undefined) throw new Error(NO_REDIS)
}
