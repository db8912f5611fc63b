import type { StoredEngine } from '../core/engine.ts'
import type { SessionStore } from '../core/store.ts'

/**
 * Sessions in a store, read from it at every request. Django's `db` engine.
 *
 * @example
 * createSessions({ keys, engine: db(sqliteStore('sessions.sqlite')) })
 */
export function db(store: SessionStore): StoredEngine {
  return {
    kind: 'stored',
    name: 'db',
    time: store,
    async load(id) {
      const record = await store.find(id)
      return record && { record, from: 'store' }
    },
    loadFresh: (id) => store.find(id),
    create: (record, guard) => store.create(record, guard),
    replace: (oldId, expected, record, guard) => store.replace(oldId, expected, record, guard),
    update: (record, expected) => store.update(record, expected),
    touch: (touches) => store.touch(touches),
    end: async (id) => ({ outcome: await store.delete(id), propagated: true }),
    endAll: async (subject, except) => ({ ids: await store.deleteBySubject(subject, except), propagated: true }),
    findEnding: (id) => store.findEnding(id),
    listBySubject: (subject) => store.listBySubject(subject),
    epoch: (subject) => store.epoch(subject),
    clearExpired: (limit) => store.clearExpired(limit),
    migrate: async (options) => store.migrate?.(options) ?? [],
    close: async () => store.close?.(),
  }
}
