import { CACHE_SECONDS, LEASE_SECONDS, type Copy, type Mark, type SessionCache } from '../core/cache.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import { randomBytes } from '../core/random.ts'
import { identify, redisOf, textOf, type RedisClient } from '../redis/client.ts'
import { lineOpener } from '../redis/lines.ts'
import { orderOf, readEntry, writeCopy, writeLease, writeMark } from './redis/entry.ts'
import { createNear, type Near, type NearOptions } from './redis/near.ts'
import { FILL, LEASE, PUT } from './redis/scripts.ts'

export type { RedisClient } from '../redis/client.ts'
export type { NearOptions } from './redis/near.ts'

export interface RedisCacheOptions {
  /** What its keys begin with, so that several applications may share a Redis. Default `holdfast:cache:`. */
  readonly prefix?: string
  /**
   * The near cache: copies inside this process, which Redis keeps right by telling of every change (client tracking) on
   * a connection of its own, a duplicate of the client's. When that connection is silent for a second nothing near is
   * used. Default: on, but in a cluster.
   */
  readonly near?: NearOptions | false
  readonly clock?: Clock
}

export interface RedisCache extends SessionCache {
  /** Whether copies inside this process are used just now. */
  readonly near: boolean
}

/**
 * One cache for all processes, in Redis 6.2 or newer or Valkey, also in a cluster. Every operation is one round trip,
 * and a read is a plain `GET`. Its entries need no persistence, and may be evicted: what is lost is read from the store
 * again.
 *
 * Nothing waits in the client's queue: while there is no connection every operation fails at once, and `cachedDb` asks
 * the store.
 *
 * @param client Of the package `redis` or `ioredis`, connected and closed by you.
 * @example
 * const redis = await createClient({ url: process.env.REDIS_URL }).connect()
 * const engine = cachedDb(postgresStore(pool), redisCache(redis))
 */
export function redisCache(client: RedisClient, options: RedisCacheOptions = {}): RedisCache {
  const { prefix = 'holdfast:cache:', clock = systemClock } = options
  const known = identify(client)
  const redis = redisOf(known, 'sender')
  const near = openNear(options.near ?? {})
  /** What was confirmed before may have missed a logout: the server before this one may have died with it. */
  let connectedAt = clock.now()
  const forgetReconnects = redis.onReconnect(() => {
    connectedAt = clock.now()
    near?.restart()
  })

  return {
    scope: 'shared',
    get near() {
      return near?.isOn() ?? false
    },
    get(id) {
      const found = near === undefined ? ask(id) : near.get(id, () => ask(id))
      return found instanceof Promise ? found : usable(found)
    },
    async lease(id) {
      near?.drop(id)
      const now = clock.now()
      const nonce = `${now + LEASE_MS} ${randomBytes(8).toString('base64url')}`
      const lease = { id, nonce }
      const given = await redis.run(LEASE, [keyOf(id)], [String(now), writeLease(lease), String(LEASE_MS)])
      return Number(given) === 1 ? lease : undefined
    },
    async fill(copy, lease) {
      near?.drop(copy.record.id)
      const now = clock.now()
      if (Number.parseInt(lease.nonce) <= now) return
      const until = endOf(copy)
      await redis.run(FILL, [keyOf(copy.record.id)], [writeLease(lease), writeCopy(copy, until), lifeOf(until, now)])
    },
    async put(copy) {
      const { id, revision, seenAt } = copy.record
      near?.drop(id)
      const now = clock.now()
      const until = endOf(copy)
      await redis.run(
        PUT,
        [keyOf(id)],
        [
          String(now),
          writeCopy(copy, until),
          lifeOf(until, now),
          orderOf(revision),
          String(seenAt),
          String(copy.confirmedAt),
        ],
      )
    },
    async bury(id, mark) {
      near?.drop(id)
      const text = writeMark(mark, clock.now() + CACHE_MS)
      await redis.send(keyOf(id), ['SET', keyOf(id), text, 'PX', String(CACHE_MS)])
    },
    async close() {
      forgetReconnects()
      near?.close()
    },
  }

  function keyOf(id: string): string {
    return prefix + id
  }

  async function ask(id: string): Promise<Copy | Mark | undefined> {
    const text = textOf(await redis.send(keyOf(id), ['GET', keyOf(id)]))
    return text === undefined ? undefined : usable(readEntry(id, text, clock.now()))
  }

  /** What is near may have come a while ago. */
  function usable(found: Copy | Mark | undefined): Copy | Mark | undefined {
    if (typeof found !== 'object') return found
    return endOf(found) > clock.now() && found.confirmedAt >= connectedAt ? found : undefined
  }

  function openNear(settings: NearOptions | false): Near | undefined {
    const open = settings === false ? undefined : lineOpener(known)
    if (settings === false || open === undefined) return undefined
    const change = (key: string): Promise<unknown> => redis.send(key, ['SET', key, '', 'PX', '1000'])
    return createNear(settings, { prefix, open, change })
  }
}

const CACHE_MS = CACHE_SECONDS * 1000
const LEASE_MS = LEASE_SECONDS * 1000

function endOf({ confirmedAt }: Copy): number {
  return confirmedAt + CACHE_MS
}

/** Redis measures it by itself, so that clocks which disagree lengthen no life. At least one: it takes no less. */
function lifeOf(until: number, now: number): string {
  return String(Math.max(1, until - now))
}
