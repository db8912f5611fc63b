import type { SessionStore } from '../../src/index.ts'

export type Verb = Exclude<keyof SessionStore, 'changes' | 'close'>

/** A real store that notes every call, and fails where a test says so. */
export interface WatchedStore {
  readonly store: SessionStore
  /** Every verb that was called, in order, `poll` of the change feed included. */
  readonly calls: string[]
  /** From now on these verbs throw, before they take effect. */
  fail(...verbs: readonly Verb[]): void
  heal(): void
}

export function watchStore(real: SessionStore): WatchedStore {
  const calls: string[] = []
  const broken = new Set<string>()
  const { changes } = real
  const feed = changes && {
    poll() {
      calls.push('poll')
      return changes.poll()
    },
  }

  const store = new Proxy(real, {
    get(target, name) {
      if (name === 'changes') return feed
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function' || name === 'close') return member
      return async (...args: unknown[]): Promise<unknown> => {
        calls.push(String(name))
        if (broken.has(String(name))) throw new Error(`the database does not answer (${String(name)})`)
        return Reflect.apply(member, target, args)
      }
    },
  })
  return {
    store,
    calls,
    fail(...verbs) {
      for (const verb of verbs) broken.add(verb)
    },
    heal: () => broken.clear(),
  }
}
