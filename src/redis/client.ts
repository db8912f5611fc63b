import { hash } from 'node:crypto'
import { HoldfastError } from '../core/errors.ts'

/** A client of the package `redis` (node-redis 5 and 6): one server, or a cluster. */
export type NodeRedis = NodeRedisClient | NodeRedisCluster

export interface NodeRedisClient {
  readonly isReady: boolean
  readonly options?: { readonly socket?: object | undefined } | undefined
  sendCommand(args: readonly string[]): Promise<unknown>
  duplicate(overrides: { RESP: 3; emitInvalidate: true; socket: object }): NodeRedisClient & NodeRedisLine
}

interface NodeRedisLine {
  on(event: 'invalidate' | 'error', listener: (what: unknown) => void): unknown
  connect(): Promise<unknown>
  destroy(): void
}

interface NodeRedisCluster {
  readonly isOpen: boolean
  readonly masters: readonly unknown[]
  sendCommand(firstKey: string, isReadonly: boolean, args: readonly string[]): Promise<unknown>
}

/** A client of the package `ioredis`: one server, or a cluster. */
export interface IoRedis {
  readonly status: string
  call(command: string, ...args: string[]): Promise<unknown>
  duplicate(overrides: IoRedisLineOptions): IoRedis & IoRedisLine
}

interface IoRedisLineOptions {
  readonly protocol: 2
  readonly lazyConnect: true
  readonly keyPrefix: ''
  readonly retryStrategy: () => null
}

interface IoRedisLine {
  on(event: 'message', listener: (channel: string, message: unknown) => void): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
  connect(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  disconnect(): void
}

/** What a store or cache needs of Redis, whichever package serves it. */
export interface Redis {
  /** Fails at once while there is no connection: a command that waits in a queue arrives as an old one. */
  send(key: string, args: readonly string[]): Promise<unknown>
  run(script: Script, key: string, args: readonly string[]): Promise<unknown>
}

/** A Lua script on one key, sent by its SHA-1 and in full only to a server that does not know it yet. */
export interface Script {
  readonly source: string
  readonly sha: string
}

export function script(source: string): Script {
  return { source, sha: hash('sha1', source) }
}

/** @throws HoldfastError ERR_OPTION when it is no client. */
export function redisOf(client: NodeRedis | IoRedis): Redis {
  const send = senderOf(client)
  return {
    send,
    async run({ source, sha }, key, args) {
      try {
        return await send(key, ['EVALSHA', sha, '1', key, ...args])
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
        return send(key, ['EVAL', source, '1', key, ...args])
      }
    },
  }
}

function senderOf(client: NodeRedis | IoRedis): Redis['send'] {
  if (typeof client !== 'object' || client === null) throw notAClient()
  if ('masters' in client)
    return whenReady(
      () => client.isOpen,
      (key, args) => client.sendCommand(key, false, args),
    )
  if ('sendCommand' in client && 'isReady' in client)
    return whenReady(
      () => client.isReady,
      (_, args) => client.sendCommand(args),
    )
  if ('call' in client && 'status' in client) {
    return whenReady(
      () => client.status === 'ready',
      (_, [command = '', ...args]) => client.call(command, ...args),
    )
  }
  throw notAClient()
}

function whenReady(ready: () => boolean, send: Redis['send']): Redis['send'] {
  return (key, args) => (ready() ? send(key, args) : Promise.reject(new Error('There is no connection to Redis')))
}

function notAClient(): HoldfastError {
  return new HoldfastError(
    'ERR_OPTION',
    "the client must be one of the packages 'redis' or 'ioredis', connected by you",
  )
}
