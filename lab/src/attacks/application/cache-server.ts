import { memoryCache, memoryStore, type Clock, type SessionCache, type SessionStore } from 'holdfast'

/** A cache beside the application, such as Redis would be: it can be emptied, and the way to it can be cut. */
export interface CacheServer {
  /** For `cached_db`, which keeps copies in it. */
  readonly cache: SessionCache
  /** For `cache`, which keeps the sessions themselves in it. */
  readonly store: SessionStore
  empty(): void
  cut(): void
  mend(): void
}

export function startCacheServer(clock: Clock): CacheServer {
  let isCut = false
  let cache = memoryCache({ clock, maxEntries: MOST })
  let store = memoryStore({ clock, maxEntries: MOST })
  const refuse = (): void => {
    if (isCut) throw new Error('the cache does not answer')
  }
  return {
    cache: reachable(cache, () => cache, refuse, 'shared'),
    store: reachable(store, () => store, refuse),
    empty() {
      cache = memoryCache({ clock, maxEntries: MOST })
      store = memoryStore({ clock, maxEntries: MOST })
    },
    cut() {
      isCut = true
    },
    mend() {
      isCut = false
    },
  }
}

/** Sessions of one run: a handful. */
const MOST = 100

/** What is real now, through a network: it may fail, it answers later, and its `close` only hangs up. */
function reachable<Part extends object>(shape: Part, now: () => Part, refuse: () => void, scope?: 'shared'): Part {
  return new Proxy(shape, {
    get(_shape, name) {
      if (name === 'scope' && scope !== undefined) return scope
      if (name === 'close') return async () => {}
      const member: unknown = Reflect.get(now(), name)
      if (typeof member !== 'function') return member
      return async (...args: readonly unknown[]): Promise<unknown> => {
        refuse()
        return Reflect.apply(member, now(), args)
      }
    },
  })
}
