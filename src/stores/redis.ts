import { systemClock, type Clock } from '../core/clock.ts'
import { HoldfastError } from '../core/errors.ts'
import type { Inspection } from '../core/inspection.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Created, Guard, SessionStore } from '../core/store.ts'
import { createAttempt } from '../redis/attempt.ts'
import { identify, redisOf, textOf, type IoRedis, type NodeRedis, type Script } from '../redis/client.ts'
import { inspectRedis } from '../redis/inspect.ts'
import { readRow, writeRow } from './redis/row.ts'
import * as scripts from './redis/scripts.ts'

export interface RedisStoreOptions {
  /** What its keys begin with, so that several applications may share a Redis. Default `holdfast:`. */
  readonly prefix?: string
  /** Milliseconds Redis may take. After that it is an error, and what was asked may still happen. Default 5000. */
  readonly timeout?: number
  /** Where time is read; for tests. Default: the clock of the Redis server. */
  readonly clock?: Clock
}

/**
 * A store in Redis 6.2 or newer or Valkey, on one server, for any number of processes on any number of machines. What it
 * keeps through a crash is for that server to say: docs/stores.md names the settings. Expired sessions go by themselves.
 *
 * @param client Of the package `redis` or `ioredis`, connected and closed by you. Not a cluster: what concerns a
 * subject and two sessions at once is one step on one server.
 * @example
 * const store = redisStore(await createClient({ url: process.env.REDIS_URL }).connect())
 */
export function redisStore(client: NodeRedis | IoRedis, options: RedisStoreOptions = {}): SessionStore {
  const { prefix = 'holdfast:', timeout = 5000 } = options
  const attempt = createAttempt(timeout, late)
  const known = identify(client)
  if (known.kind === 'node-redis cluster' || known.kind === 'ioredis cluster') {
    throw new HoldfastError('ERR_OPTION', 'redisStore needs one Redis server, and this client is of a cluster')
  }
  const redis = redisOf(known)

  return {
    async create(record, guard) {
      return (await begin(record, guard)) as Created
    },
    replace: (oldId, expected, record, guard) => begin(record, guard, { oldId, expected: String(expected) }),
    async find(id) {
      const row = await run(scripts.FIND, [id])
      return row === null ? undefined : readRow(row)
    },
    async update(record, expected) {
      const changed = writeRow(record, ['revision', 'data', 'idleSeconds', 'security'])
      const answer = await run(scripts.UPDATE, [record.id, String(expected), String(record.seenAt), ...changed])
      return textOf(answer) as 'updated' | 'stale' | 'gone'
    },
    async touch(touches) {
      if (touches.length === 0) return []
      return textsOf(
        await run(
          scripts.TOUCH,
          touches.flatMap(({ id, seenAt }) => [id, String(seenAt)]),
        ),
      )
    },
    async delete(id) {
      return Number(await run(scripts.DELETE, [id])) === 1 ? 'deleted' : 'gone'
    },
    async listBySubject(subject) {
      return listOf(await run(scripts.LIST, [subject])).map(readRow)
    },
    async deleteBySubject(subject, except) {
      return textsOf(await run(scripts.END_SUBJECT, [subject, ...optional(except)]))
    },
    async epoch(subject) {
      const key = `${prefix}epoch:${subject}`
      return Number(textOf(await attempt(() => redis.send(key, ['GET', key]))) ?? 0)
    },
    async findEnding(id) {
      const successor = textOf(await run(scripts.FIND_ENDING, [id]))
      return successor === undefined ? undefined : { successor: successor === '' ? null : successor }
    },
    now: async () => Number(textOf(await run(scripts.NOW, []))),
    // By its own clock Redis has already let go of them.
    clearExpired: async (limit) => (options.clock === undefined ? 0 : clear(limit)),
    async inspect() {
      return (await attempt(() => inspectRedis(known, redis, options.clock ?? systemClock))) as Inspection
    },
  }

  async function begin(record: SessionRecord, guard: Guard = {}, old?: Replaced): Promise<Begun> {
    const { id, createdAt, absoluteAt, subject } = record
    const { max, policy, epoch } = guard
    const [outcome, evicted] = listOf(
      await run(scripts.BEGIN, [
        ...(old === undefined ? ['', '', ''] : ['1', old.oldId, old.expected]),
        textOrNothing(max),
        policy === 'refuse' ? '1' : '',
        textOrNothing(epoch),
        id,
        String(createdAt),
        String(absoluteAt),
        ...optional(subject ?? undefined),
        ...writeRow(record),
      ]),
    )
    const said = textOf(outcome) as Outcome
    if (said === 'created') return { outcome: said, evicted: textsOf(evicted) }
    if (said === 'max' || said === 'epoch') return { outcome: 'refused', reason: said }
    return { outcome: said }
  }

  async function clear(limit: number): Promise<number> {
    let [cursor, cleared] = ['0', 0]
    const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, '\\$&')}session:*`
    do {
      const at = cursor
      const found = listOf(await attempt(() => redis.send('', ['SCAN', at, 'MATCH', pattern, 'COUNT', '1000'])))
      const ids = textsOf(found[1]).map((key) => key.slice(`${prefix}session:`.length))
      if (ids.length > 0) cleared += Number(await run(scripts.CLEAR, [String(limit - cleared), ...ids]))
      cursor = textOf(found[0]) ?? '0'
    } while (cursor !== '0' && cleared < limit)
    return cleared
  }

  function run(script: Script, args: readonly string[]): Promise<unknown> {
    const now = String(options.clock?.now() ?? '')
    return attempt((isAwaited) => redis.run(script, [prefix], [prefix, now, ...args], isAwaited))
  }
}

function late(ms: number): HoldfastError {
  return new HoldfastError('ERR_STORE', `Redis did not answer within ${ms} ms, and may still do what it was asked`)
}

type Begun = Awaited<ReturnType<SessionStore['replace']>>
type Outcome = 'created' | 'exists' | 'stale' | 'gone' | 'max' | 'epoch'

interface Replaced {
  readonly oldId: string
  readonly expected: string
}

/** Whether there is one, and which: an empty text is one too. */
function optional(text: string | undefined): [string, string] {
  return text === undefined ? ['', ''] : ['1', text]
}

function textOrNothing(number: number | undefined): string {
  return number === undefined ? '' : String(number)
}

function listOf(answer: unknown): unknown[] {
  return Array.isArray(answer) ? answer : []
}

function textsOf(answer: unknown): string[] {
  return listOf(answer).flatMap((item) => textOf(item) ?? [])
}
