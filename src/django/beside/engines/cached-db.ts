import type { Emit } from '../../../core/events.ts'
import type { Clock } from '../../../core/clock.ts'
import type { DjangoCache } from '../../caches/cache.ts'
import type { DjangoEngine, Fresh, Kept, Loaded } from '../engine.ts'
import { createForgetting } from '../forgetting.ts'

export interface CachedDbRules {
  readonly confirmHits: boolean
  readonly clock: Clock
}

/**
 * Django's `cached_db`: each session is a row, and a copy of it is in the cache that Django reads first.
 *
 * Django fills its cache without asking whether the session has ended meanwhile. So a hit proves nothing, and is
 * confirmed by its row. The row comes whole with that answer; then there is nothing left to ask the cache for. Only who
 * does without the confirmation reads from it.
 */
export function cachedDbEngine(rows: DjangoEngine, cache: DjangoCache, rules: CachedDbRules): DjangoEngine {
  const forgetting = createForgetting(cache, entryOf)
  let emit: Emit = () => {}

  return {
    ...rows,
    name: 'cached_db',
    load: rules.confirmHits ? (key, guess) => rows.load(key, guess) : loadUnconfirmed,
    async create(fresh) {
      const kept = await rows.create(fresh)
      if (kept !== 'exists') await publish(kept, fresh)
      return kept
    },
    async swap(next, base) {
      const outcome = await orForget(next.key, rows.swap(next, base))
      if (typeof outcome === 'object') await publish(outcome, next)
      if (outcome === 'gone') await forgetting.forget(next.key)
      return outcome
    },
    async replace(base, next) {
      const outcome = await orForget(base.key, rows.replace(base, next))
      if (typeof outcome === 'object' || outcome === 'gone') await forgetting.forget(base.key)
      if (typeof outcome === 'object') await publish(outcome, next)
      return outcome
    },
    async end(key) {
      const { ended } = await orForget(key, rows.end(key))
      return { ended, propagated: await forgetting.forget(key) }
    },
    forget: (key) => forgetting.forget(key, 'anybody'),
    attach(listener) {
      emit = listener
      rows.attach?.(listener)
      forgetting.attach(listener)
    },
    async close() {
      forgetting.close()
      await rows.close()
    },
  }

  /** What failed may have been done all the same. Without a copy Django asks the row, too. */
  async function orForget<Outcome>(key: string, done: Promise<Outcome>): Promise<Outcome> {
    try {
      return await done
    } catch (error) {
      await forgetting.forget(key)
      throw error
    }
  }

  async function loadUnconfirmed(key: string, guess: string | undefined): Promise<Loaded | undefined> {
    const json = await read(key)
    if (json !== undefined) return { key, data: json, version: UNKNOWN }
    const loaded = await rows.load(key, guess)
    if (loaded !== undefined) await fill(loaded)
    return loaded
  }

  /** As in Django a cache that fails is a miss. */
  async function read(key: string): Promise<string | undefined> {
    try {
      return (await cache.get(entryOf(key)))?.json
    } catch (error) {
      emit({ type: 'cache-failed', operation: 'get', error })
      return undefined
    }
  }

  async function fill({ key, data, version, expireDate }: Loaded): Promise<void> {
    const seconds = Math.floor(((expireDate ?? 0) - rules.clock.now()) / 1000)
    if (seconds > 0) await tell(key, version, () => cache.add(entryOf(key), data, seconds))
  }

  /** For Django's next read. A copy that could not be told of would be an old one, so it is taken away. */
  async function publish({ key, data, version }: Kept, { ageSeconds }: Fresh): Promise<void> {
    await tell(key, version, () => cache.set(entryOf(key), data, ageSeconds))
  }

  /**
   * The row is asked once more when the copy is there: whoever ends or changes the session from now on takes the copy
   * away after the row, and whoever did so before is seen in the row.
   */
  async function tell(key: string, version: Kept['version'], put: () => Promise<unknown>): Promise<void> {
    try {
      await put()
      if ((await rows.loadFresh(key))?.version === version) return
    } catch (error) {
      emit({ type: 'cache-failed', operation: 'set', error })
    }
    await forgetting.forget(key)
  }
}

function entryOf(key: string): string {
  return `django.contrib.sessions.cached_db${key}`
}

/** No row has this text, so a swap finds the copy stale and reads the row. */
const UNKNOWN = ''
