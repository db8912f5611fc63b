import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { djangoRedis } from '../../src/django.ts'
import { redisCache, redisStore } from '../../src/index.ts'

// Nothing here runs: it must compile, and each line under an @ts-expect-error must not.

export async function accepted(): Promise<void> {
  redisCache(createClient())
  redisCache(await createClient({ url: 'redis://127.0.0.1', RESP: 2 }).connect())
  redisCache(createClient({ RESP: 3, name: 'sessions', socket: { tls: true } }), { prefix: 'app:', near: false })
  redisCache(createCluster({ rootNodes: [{ url: 'redis://127.0.0.1' }] }))
  redisCache(new Redis(), { near: { maxBytes: 1024 } })
  redisCache(new Redis({ sentinels: [{ host: '127.0.0.1', port: 26379 }], name: 'main' }))
  redisCache(new Cluster([{ host: '127.0.0.1', port: 7000 }]))
  redisStore(await createClient().connect(), { prefix: 'app:' })
  redisStore(new Redis())
  djangoRedis(await createClient({ RESP: 3 }).connect(), { keyPrefix: 'mysite', version: 2, timeout: 250 })
  djangoRedis(createCluster({ rootNodes: [{ url: 'redis://127.0.0.1' }] }))
  djangoRedis(new Redis())
  djangoRedis(new Cluster([]))
}

export function refused(): void {
  // @ts-expect-error -- a client, not where it is
  redisCache('redis://127.0.0.1')
  // @ts-expect-error -- a pool tells of no reconnect
  redisCache(createClientPool())
  // @ts-expect-error -- and this client of a Sentinel neither
  redisCache(createSentinel({ name: 'main', sentinelRootNodes: [] }))
  // @ts-expect-error -- a store needs one server
  redisStore(createCluster({ rootNodes: [] }))
  // @ts-expect-error -- and this is a cluster too
  redisStore(new Cluster([]))
  // @ts-expect-error -- VERSION is a number
  djangoRedis(new Redis(), { version: '1' })
  // @ts-expect-error -- a pool tells of no reconnect
  djangoRedis(createClientPool())
  // @ts-expect-error -- off is false
  redisCache(new Redis(), { near: true })
}
