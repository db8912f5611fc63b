import { createCommitter } from '../../core/commit.ts'
import type { Core } from '../../core/context.ts'
import { HoldfastError } from '../../core/errors.ts'
import { inspectOptions } from '../../core/inspect-options.ts'
import type { Life } from '../../core/life.ts'
import type { DjangoContext, Rules } from './context.ts'
import type { DjangoEngine } from './engine.ts'
import { finishDjango } from './finish.ts'
import { createGuesses } from './guesses.ts'
import { openDjango } from './open.ts'
import { recordOf } from './record.ts'
import { createDjangoServices } from './services.ts'
import { besideDjangos } from './shape.ts'
import { listOf, revokeAll, revokeOne } from './subjects.ts'
import { rememberContext } from './users.ts'
import { freshOf } from './write.ts'

/** Sessions that a Django has too: its keys, its data, its cookie. */
export function createDjangoLife(given: Core, rules: Rules, engine: DjangoEngine): Life {
  const core: Core = { ...given, shape: besideDjangos(given.shape, given.policy) }
  engine.attach?.(core.emit)
  const context: DjangoContext = {
    ...core,
    rules,
    engine,
    committer: createCommitter({
      versions: {
        async reload({ key, subject }) {
          const kept = await engine.loadFresh(key)
          return kept && recordOf(kept, subject)
        },
        async swap(next, base) {
          const outcome = await engine.swap(freshOf(next.key, next.data, context), base)
          return typeof outcome === 'object' ? recordOf(outcome, next.subject) : outcome
        },
        withData: (record, data) => recordOf({ ...record, data }, record.subject),
      },
      shape: core.shape,
      onConflict: core.policy.onConflict,
      emit: core.emit,
    }),
    services: createDjangoServices(() => context),
    guesses: createGuesses(),
    users: new WeakMap(),
  }
  rememberContext(context)
  return {
    open: (request) => openDjango(request, context),
    finish: (session, status) => finishDjango(session, status, context),
    list: (subject) => listOf(subject, context),
    revoke: (id, subject) => revokeOne(id, subject, context),
    revokeAll: (subject, except) => revokeAll(subject, except, context),
    async epoch() {
      throw new HoldfastError('ERR_ENGINE', NO_EPOCH)
    },
    clearExpired: (limit) => engine.clearExpired(limit),
    migrate: async () => [], // The tables are Django's.
    inspect: async () => [inspectOptions(core, engine.name, engine.remembersNothing ? 'none' : 'kept')],
    close: () => engine.close(),
  }
}

const NO_EPOCH =
  'epoch() has nowhere to be kept in the tables of Django; a new password ends the sessions of the old one'
