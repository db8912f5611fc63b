import { describeDevice } from '../theft/client.ts'
import type { KeyRing } from '../token/key-ring.ts'
import { createTokenReader } from '../token/reader.ts'
import { createCommitter } from './commit.ts'
import type { Context, Core } from './context.ts'
import { endSession, ownerOf } from './end.ts'
import type { StoredEngine } from './engine.ts'
import { finishSession } from './finish.ts'
import { inspectOptions } from './inspect-options.ts'
import type { Life, SessionInfo } from './life.ts'
import { openSession } from './open.ts'
import { expiresAt, type SessionRecord } from './record.ts'
import { openSecurity } from './security.ts'
import { createServices } from './services.ts'
import { createTouches } from './touches.ts'
import { versionsOf } from './versions.ts'

/** Sessions whose record is in a store, and whose cookie is a token for it. */
export function createStoredLife(core: Core, ring: KeyRing, engine: StoredEngine): Life {
  const { policy, emit } = core
  engine.attach?.(emit, policy.clock)
  const touches = createTouches(engine, emit)
  const context: Context = {
    ...core,
    ring,
    readToken: createTokenReader(core.cookie.name, ring),
    engine,
    committer: createCommitter({
      versions: versionsOf(engine),
      shape: core.shape,
      onConflict: policy.onConflict,
      emit,
    }),
    touches,
    services: createServices(() => context),
  }

  return {
    open: (request) => openSession(request, context),
    finish: (session, status) => finishSession(session, status, context),
    async list(subject) {
      return (await engine.listBySubject(subject)).map((record) => describe(record, ring))
    },
    async revoke(id, subject) {
      if (subject !== undefined) {
        const owner = await ownerOf(id, context)
        // What ended a moment ago is ended again, because a cache may not have heard of it.
        const isOver = owner === undefined && (await engine.findEnding(id)) !== undefined
        if (owner !== subject && !isOver) return { revoked: false, propagated: true }
      }
      const { ended, propagated } = await endSession(id, subject ?? null, 'revoke', context)
      return { revoked: ended, propagated }
    },
    async revokeAll(subject, except) {
      const { ids, propagated } = await engine.endAll(subject, except)
      for (const id of ids) emit({ type: 'ended', id, subject, reason: 'revoke-all', propagated })
      return { revoked: ids.length, propagated }
    },
    epoch: (subject) => engine.epoch(subject),
    clearExpired: (limit) => engine.clearExpired(limit),
    migrate: (options) => engine.migrate(options),
    inspect: async () => [inspectOptions(core, engine.name, 'kept'), ...(await engine.inspect())],
    async close() {
      await touches.flush()
      await engine.close()
    },
  }
}

function describe(record: SessionRecord, ring: KeyRing): SessionInfo {
  return {
    id: record.id,
    subject: record.subject,
    device: describeDevice(openSecurity(record, ring)?.userAgent ?? ''),
    createdAt: new Date(record.createdAt),
    lastSeenAt: new Date(record.seenAt),
    expiresAt: new Date(expiresAt(record)),
  }
}
