import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../core/clock.ts'
import { clockDifference, type Inspection } from '../core/inspection.ts'
import { optionsOf, textOf, type KnownClient, type Redis } from './client.ts'
import { within } from './within.ts'

/**
 * What one server is set to; of a cluster, one of its servers. Who runs Redis for others often refuses CONFIG and ACL:
 * then these are null.
 */
export async function inspectRedis({ client }: KnownClient, redis: Redis, clock: Clock): Promise<Inspection> {
  const info = linesOf(await asSoonAsReady(redis, () => ask(redis, ['INFO'])))
  const connection = pairsIn(textOf(await ask(redis, ['CLIENT', 'INFO'])) ?? '')
  const { answer: time, difference } = await clockDifference(clock, () => ask(redis, ['TIME']), timeIn)
  const config = async (name: string): Promise<string | null> =>
    fieldOf(await ask(redis, ['CONFIG', 'GET', name]), name)
  const yesNo = (flag: string | undefined): string | null => (flag === undefined ? null : flag === '0' ? 'no' : 'yes')
  return {
    system: 'Redis',
    settings: {
      redis_version: info.get('redis_version') ?? null,
      run_id: info.get('run_id') ?? null,
      appendonly: yesNo(info.get('aof_enabled')),
      appendfsync: await config('appendfsync'),
      'no-appendfsync-on-rewrite': await config('no-appendfsync-on-rewrite'),
      maxmemory: info.get('maxmemory') ?? null,
      'maxmemory-policy': info.get('maxmemory_policy') ?? null,
      replicas: info.get('connected_slaves') ?? null,
      'min-replicas-to-write': await config('min-replicas-to-write'),
      'protected-mode': await config('protected-mode'),
      password: passwordOf(await ask(redis, ['ACL', 'GETUSER', 'default'])),
      tls: speaksTls(optionsOf(client)) ? 'yes' : 'no',
      client: hostOf(connection.get('addr')),
      clock: time === undefined ? null : difference,
    },
  }
}

/** Undefined when the server refuses to say. */
async function ask(redis: Redis, command: readonly string[]): Promise<unknown> {
  try {
    return await within(LONGEST_WAIT_MS, redis.send('', command))
  } catch (error) {
    if (error instanceof Error && /^(?:ERR|NOPERM)\b/.test(error.message)) return undefined
    throw error
  }
}

/** A client may have been made a moment ago. The process stays for it, which may have nothing else to stay for. */
async function asSoonAsReady<T>(redis: Redis, work: () => Promise<T>): Promise<T> {
  const ready = new AbortController()
  const stop = redis.onReconnect(() => ready.abort())
  try {
    return await work().catch(async (error: unknown) => {
      await sleep(LONGEST_START_MS, undefined, { signal: ready.signal }).catch(() => {})
      if (!ready.signal.aborted) throw error
      return work()
    })
  } finally {
    stop()
  }
}

/** `name:value`, one a line. */
function linesOf(info: unknown): Map<string, string> {
  return new Map(
    Array.from((textOf(info) ?? '').matchAll(/^(\w+):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]),
  )
}

/** `name=value`, with blanks between. */
function pairsIn(line: string): Map<string, string> {
  return new Map(Array.from(line.matchAll(/(\S+?)=(\S*)/g), ([, name = '', value = '']) => [name, value]))
}

/** A map comes as a list in RESP2, and as an object or a Map in RESP3. */
function fieldIn(map: unknown, name: string): unknown {
  if (map instanceof Map) return map.get(name)
  if (!Array.isArray(map)) return typeof map === 'object' && map !== null ? Reflect.get(map, name) : undefined
  return map[map.findIndex((field, at) => at % 2 === 0 && textOf(field) === name) + 1 || map.length]
}

function fieldOf(map: unknown, name: string): string | null {
  return textOf(fieldIn(map, name)) ?? null
}

/** Whether who comes without a name has to bring one. Of the answer nothing else is kept: it holds hashes. */
function passwordOf(user: unknown): string | null {
  const flags: unknown = fieldIn(user, 'flags')
  if (!(Array.isArray(flags) || flags instanceof Set)) return null
  const named = new Set(Array.from(flags, textOf))
  return named.has('nopass') && !named.has('off') ? 'none' : 'needed'
}

function timeIn(answer: unknown): number {
  const [seconds, micros] = Array.isArray(answer) ? answer.map((part) => Number(textOf(part) ?? part)) : []
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
}

/** `127.0.0.1:6379`, `[::1]:6379`; a socket has port 0. */
function hostOf(address: string | undefined): string | null {
  if (address === undefined) return null
  const [, host = '', port] = /^(.*):(\d+)$/.exec(address) ?? []
  return port === '0' ? 'a socket' : host.replace(/^\[(.*)\]$/, '$1')
}

/** By what the client was told, because Redis does not tell. Those of a cluster are told it in one of these places. */
function speaksTls(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) return false
  const { url, socket, tls, defaults, redisOptions, rootNodes }: TlsOptions = options
  if ((tls ?? false) !== false || String(url).startsWith('rediss:')) return true
  return [socket, defaults, redisOptions, ...(Array.isArray(rootNodes) ? rootNodes : [])].some(speaksTls)
}

type TlsOptions = { readonly [name in 'url' | 'socket' | 'tls' | 'defaults' | 'redisOptions' | 'rootNodes']?: unknown }

const LONGEST_WAIT_MS = 5000
const LONGEST_START_MS = 3000
