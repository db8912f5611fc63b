import { HoldfastError } from '../../core/errors.ts'
import { createAttempt } from '../../redis/attempt.ts'
import { identify, redisOf, script, textOf, type Redis, type RedisClient } from '../../redis/client.ts'
import { createMemo, type Memo } from '../wire/memo.ts'
import { jsonFromPickle, PickleError, pickleFromJson } from '../wire/pickle.ts'
import type { Cached, DjangoCache, DjangoCacheServer } from './cache.ts'

export interface DjangoRedisOptions {
  /** `KEY_PREFIX` of the entry in `CACHES`. Default: what `CACHES` of the settings says, or `''`. */
  readonly keyPrefix?: string
  /** Its `VERSION`. Default: what `CACHES` of the settings says, or 1. */
  readonly version?: number
  /** Milliseconds Redis may take. After that it is an error, and what was asked may still happen. Default 1000. */
  readonly timeout?: number
}

/**
 * The Redis of a Django site: the keys and values of Django's `RedisCache` and of `django-redis`, also in a cluster.
 * Values are pickles, which are read and written here without running anything. What a `COMPRESSOR` or another
 * `SERIALIZER` of `django-redis` wrote, and a `KEY_FUNCTION` of your own, is not understood.
 *
 * @param client Of the package `redis` or `ioredis`, connected to the database (`/1`) of Django's `LOCATION`, and closed
 * by you.
 * @example
 * const cache = djangoRedis(await createClient({ url: process.env.REDIS_URL ?? '' }).connect(), { keyPrefix: 'mysite' })
 */
export function djangoRedis(client: RedisClient, options: DjangoRedisOptions = {}): DjangoCacheServer {
  const { keyPrefix, version, timeout = 1000 } = options
  const wrong = (detail: string): HoldfastError => new HoldfastError('ERR_OPTION', `djangoRedis: ${detail}`)
  if (keyPrefix !== undefined && typeof keyPrefix !== 'string') throw wrong('keyPrefix is a text, as KEY_PREFIX')
  if (version !== undefined && !Number.isSafeInteger(version)) throw wrong('version is a whole number, as VERSION')
  if (!(timeout > 0)) throw wrong('timeout is a number of milliseconds')
  const redis = redisOf(identify(client), 'sender')
  return {
    name: 'Redis',
    open: (defaults) => openCache(redis, `${keyPrefix ?? defaults.keyPrefix}:${version ?? defaults.version}:`, timeout),
  }
}

function openCache(redis: Redis, prefix: string, timeout: number): DjangoCache {
  const attempt = createAttempt(timeout)
  const known = createMemo()
  const keyOf = (key: string): string => prefix + key

  return {
    async get(key) {
      const stored = await attempt(() => redis.sendForBytes(keyOf(key), ['GET', keyOf(key)]))
      return Buffer.isBuffer(stored) ? read(stored, known) : undefined
    },
    async set(key, json, ttl) {
      const seconds = Math.floor(ttl)
      if (seconds <= 0) return void (await remove(key))
      const value = pickle(json)
      await attempt(() => redis.send(keyOf(key), ['SET', keyOf(key), value, 'EX', String(seconds)]))
    },
    async add(key, json, ttl) {
      const seconds = Math.floor(ttl)
      const given =
        seconds <= 0 ? ['EXISTS', keyOf(key)] : ['SET', keyOf(key), pickle(json), 'EX', String(seconds), 'NX']
      const answer = await attempt(() => redis.send(keyOf(key), given))
      return seconds <= 0 ? Number(answer) === 0 : textOf(answer) === 'OK'
    },
    async swap(key, stored, json, ttl) {
      const args = [stored, pickle(json), String(Math.floor(ttl))]
      const answer = await attempt((isAwaited) => redis.run(SWAP, [keyOf(key)], args, isAwaited))
      return textOf(answer) as 'updated' | 'stale' | 'gone'
    },
    delete: remove,
  }

  async function remove(key: string): Promise<boolean> {
    return Number(await attempt(() => redis.send(keyOf(key), ['DEL', keyOf(key)]))) === 1
  }
}

const SWAP = script(`
  local there = redis.call('GET', KEYS[1])
  if not there then return 'gone' end
  if there ~= ARGV[1] then return 'stale' end
  if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) else redis.call('DEL', KEYS[1]) end
  return 'updated'`)

function read(stored: Buffer, known: Memo): Cached | undefined {
  const text = stored.toString('latin1') // A character for each byte.
  const met = known.get(text)
  if (met !== undefined) return { json: met, stored }
  try {
    const json = jsonFromPickle(stored)
    known.set(text, json)
    return { json, stored }
  } catch (error) {
    if (error instanceof PickleError) return undefined
    throw error
  }
}

function pickle(json: string): Buffer {
  return Buffer.from(pickleFromJson(json))
}
