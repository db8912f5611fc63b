import type { Versions } from './commit.ts'
import type { StoredEngine } from './engine.ts'
import type { Revision, SessionRecord } from './record.ts'
import { alter } from './security.ts'

/** An engine's records, as a committer takes them. */
export function versionsOf(engine: Pick<StoredEngine, 'loadFresh' | 'update'>): Versions<SessionRecord> {
  return {
    reload: ({ id }) => engine.loadFresh(id),
    async swap(next, base) {
      const record = alter(next, { revision: nextRevision(base.revision) })
      const outcome = await engine.update(record, base.revision)
      return outcome === 'updated' ? record : outcome
    },
    withData: (record, data) => alter(record, { data }),
  }
}

/** Ours are numbers. A store with revisions of its own kind puts its own in place of this one. */
function nextRevision(revision: Revision): Revision {
  return typeof revision === 'number' ? revision + 1 : revision
}
