import { hash } from 'node:crypto'
import { HoldfastError } from '../core/errors.ts'
import { untimed, type UntimedCommand } from './untimed.ts'

/** A client of the package `redis` or `ioredis`: one server, or a cluster. */
export type RedisClient = NodeRedis | NodeRedisCluster | IoRedis | IoRedisCluster

/** `createClient()` of the package `redis`. */
export interface NodeRedis extends Connected {
  readonly isReady: boolean
  sendCommand(args: readonly Argument[], options?: Partial<InBytes & UntimedCommand>): Promise<unknown>
  duplicate(overrides: NodeRedisOverrides): NodeRedisDuplicate
}

/** `createCluster()` of the package `redis`. */
export interface NodeRedisCluster {
  readonly isReady: boolean
  readonly masters: readonly unknown[]
  sendCommand(firstKey: string, isReadonly: boolean, args: Argument[], options?: InBytes): Promise<unknown>
}

/** `new Redis()` of the package `ioredis`. */
export interface IoRedis extends Connected {
  readonly status: string
  readonly stream: unknown
  call(command: string, ...args: Argument[]): Promise<unknown>
  callBuffer(command: string, ...args: Argument[]): Promise<unknown>
  duplicate(overrides: IoRedisOverrides): IoRedisDuplicate
}

/** `new Cluster()` of the package `ioredis`. */
export interface IoRedisCluster {
  readonly status: string
  call(command: string, ...args: Argument[]): Promise<unknown>
  callBuffer(command: string, ...args: Argument[]): Promise<unknown>
  nodes(): readonly unknown[]
}

export type Argument = string | Buffer

/** How the package `redis` is told to hand out strings (which are type 36 of the protocol) as bytes. */
interface InBytes {
  readonly typeMapping: { readonly 36: BufferConstructor }
}

interface Connected {
  on(event: 'ready' | 'reconnecting', listener: () => void): unknown
  off(event: 'ready', listener: () => void): unknown
}

interface NodeRedisOverrides {
  readonly RESP: 3
  readonly emitInvalidate: true
  readonly socket: object
}

interface NodeRedisDuplicate {
  on(event: 'invalidate' | 'error', listener: (what: unknown) => void): unknown
  connect(): Promise<unknown>
  sendCommand(args: readonly string[]): Promise<unknown>
  destroy(): void
}

interface IoRedisOverrides {
  readonly protocol: 2
  readonly lazyConnect: true
  readonly retryStrategy: () => null
}

interface IoRedisDuplicate {
  on(event: 'messageBuffer', listener: (channel: unknown, message: unknown) => void): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
  connect(): Promise<unknown>
  call(command: string, ...args: string[]): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  disconnect(): void
}

export type KnownClient =
  | { readonly kind: 'node-redis'; readonly client: NodeRedis }
  | { readonly kind: 'node-redis cluster'; readonly client: NodeRedisCluster }
  | { readonly kind: 'ioredis'; readonly client: IoRedis }
  | { readonly kind: 'ioredis cluster'; readonly client: IoRedisCluster }

/** @throws HoldfastError ERR_OPTION when it is no client, or one that changes keys or asks replicas. */
export function identify(client: RedisClient): KnownClient {
  const known = recognize(client)
  if (known === undefined)
    throw refused("must be made by createClient or createCluster of 'redis', or be a Redis or Cluster of 'ioredis'")
  const { keyPrefix, redisOptions, scaleReads } = optionsOf(client)
  if (isSet(keyPrefix) || isSet(optionsOf({ options: redisOptions }).keyPrefix)) {
    throw refused(
      "has a 'keyPrefix', which scripts and invalidations do not know; give the option 'prefix' here instead",
    )
  }
  if (known.kind === 'ioredis cluster' && isSet(scaleReads) && scaleReads !== 'master') {
    throw refused("has 'scaleReads', but a replica may not have heard of a logout; leave it at 'master'")
  }
  return known
}

function recognize(client: RedisClient): KnownClient | undefined {
  if (typeof client !== 'object' || client === null) return undefined
  if ('masters' in client) return { kind: 'node-redis cluster', client }
  if ('isReady' in client && 'sendCommand' in client) return { kind: 'node-redis', client }
  if (!('call' in client && 'status' in client)) return undefined
  return 'nodes' in client ? { kind: 'ioredis cluster', client } : { kind: 'ioredis', client }
}

/** What the application gave the client. Its types do not promise these, so they are looked at as unknown. */
export function optionsOf(client: object): Readonly<Record<string, unknown>> {
  const options: unknown = 'options' in client ? client.options : undefined
  return typeof options === 'object' && options !== null ? { ...options } : {}
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function refused(why: string): HoldfastError {
  return new HoldfastError('ERR_OPTION', `the Redis client ${why}`)
}

/** What a store or cache needs of Redis, whichever package serves it. */
export interface Redis {
  /** Fails at once while there is no connection: a command that waits in a queue arrives as an old one. */
  send(key: string, args: readonly Argument[]): Promise<unknown>
  /** The same, and a string in the answer is a `Buffer` of its bytes. */
  sendForBytes(key: string, args: readonly Argument[]): Promise<unknown>
  /** Not sent in full once nobody awaits it: it would arrive as an old one. */
  run(
    script: Script,
    keys: readonly [string, ...string[]],
    args: readonly Argument[],
    isAwaited?: () => boolean,
  ): Promise<unknown>
  /**
   * Calls back whenever the client has connected anew, perhaps to another server or to one that forgot, and answers how
   * to stop that. Never for a cluster, which does not tell.
   */
  onReconnect(listener: () => void): () => void
}

/** A Lua script, sent by its SHA-1 and in full only to a server that does not know it yet. */
export interface Script {
  readonly source: string
  readonly sha: string
}

export function script(source: string): Script {
  return { source, sha: hash('sha1', source) }
}

/** What Redis answered with a string, however the client was told to hand it out; undefined for nil. */
export function textOf(answer: unknown): string | undefined {
  if (typeof answer === 'string') return answer
  return Buffer.isBuffer(answer) ? answer.toString() : undefined
}

/** @param limits Whose time limit ends a command that was not sent yet: the client's, or that of who sends it. */
export function redisOf(known: KnownClient, limits: 'client' | 'sender' = 'client'): Redis {
  const ask = quietly(senderOf(known, limits))
  const send: Redis['send'] = (key, args) => ask(key, args, false)
  return {
    send,
    sendForBytes: (key, args) => ask(key, args, true),
    async run({ source, sha }, keys, args, isAwaited = () => true) {
      const rest = [String(keys.length), ...keys, ...args]
      try {
        return await send(keys[0], ['EVALSHA', sha, ...rest])
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT') || !isAwaited()) throw error
        return send(keys[0], ['EVAL', source, ...rest])
      }
    },
    onReconnect(listener) {
      if (known.kind !== 'node-redis' && known.kind !== 'ioredis') return () => {}
      const { client } = known
      client.on('ready', listener)
      return () => void client.off('ready', listener)
    },
  }
}

type Ask = (key: string, args: readonly Argument[], bytes: boolean) => Promise<unknown>

/** Clients and servers repeat in their errors what they were asked: keys, and the data of sessions. */
function quietly(ask: Ask): Ask {
  return (...asked) => ask(...asked).catch((error: unknown) => Promise.reject(withoutArguments(error)))
}

function withoutArguments(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const message = error.message.replace(/, with args beginning with:.*/s, '')
  if (message === error.message && !('command' in error)) return error
  const shown = new Error(message)
  shown.name = error.name
  return shown
}

function senderOf(known: KnownClient, limits: 'client' | 'sender'): Ask {
  const whenReady =
    (isReady: () => boolean, ask: Ask): Ask =>
    (key, args, bytes) =>
      isReady() ? ask(key, args, bytes) : Promise.reject(new Error('There is no connection to Redis'))
  switch (known.kind) {
    case 'node-redis': {
      const { client } = known
      const optionsOfCommand = limits === 'sender' ? untimed(client) : () => undefined
      return whenReady(
        () => client.isReady,
        (_, args, bytes) =>
          client.sendCommand(args, bytes ? { ...IN_BYTES, ...optionsOfCommand() } : optionsOfCommand()),
      )
    }
    case 'node-redis cluster': {
      const { client } = known
      return whenReady(
        () => client.isReady,
        (key, args, bytes) => client.sendCommand(key, false, [...args], bytes ? IN_BYTES : undefined),
      )
    }
    case 'ioredis': {
      const { client } = known
      return whenReady(
        () => client.status === 'ready',
        async (_, args, bytes) => {
          const { stream } = client
          const answer = await call(client, args, bytes)
          // The client sends again what was not answered, and the second answer does not say what the first time did.
          if (client.stream !== stream) throw new Error('The connection to Redis was lost before it answered')
          return answer
        },
      )
    }
    case 'ioredis cluster': {
      const { client } = known
      return whenReady(
        () => client.status === 'ready',
        (_, args, bytes) => call(client, args, bytes),
      )
    }
  }
}

function call(client: IoRedis | IoRedisCluster, args: readonly Argument[], bytes: boolean): Promise<unknown> {
  const [command = '', ...rest] = args
  return bytes ? client.callBuffer(String(command), ...rest) : client.call(String(command), ...rest)
}

const IN_BYTES: InBytes = { typeMapping: { 36: Buffer } }
