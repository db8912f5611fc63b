import { LONGEST_MAX_AGE } from '../../cookie/write.ts'
import { createCipher } from '../../token/cipher.ts'
import type { Core } from '../context.ts'
import type { CookieEngine } from '../engine.ts'
import { inspectOptions } from '../inspect-options.ts'
import { inspectPart } from '../inspection.ts'
import type { Life } from '../life.ts'
import type { SessionsOptions } from '../options.ts'
import type { SealedContext } from './context.ts'
import { endSealed } from './end.ts'
import { createEndings } from './endings.ts'
import { finishSealed } from './finish.ts'
import { openSealed } from './open.ts'
import { refusal, refuseOptions, withoutEndings } from './refusals.ts'
import { createSealedServices } from './services.ts'

/** Sessions sealed into their cookies. Each response carries the next state; there is nothing to compare it with. */
export function createSealedLife(core: Core, options: SessionsOptions, { name, endings: store }: CookieEngine): Life {
  refuseOptions(options)
  const { clock, absoluteSeconds } = core.policy
  const endings = store && createEndings(store, clock)
  if (endings === undefined) process.emitWarning(NO_ENDINGS, { type: 'HoldfastWarning', code: 'HOLDFAST_NO_ENDINGS' })
  const context: SealedContext = {
    ...core,
    cipher: createCipher(options.keys),
    endings,
    services: createSealedServices(() => context),
  }
  return {
    open: (request) => openSealed(request, context),
    finish: (session, status) => finishSealed(session, status, context),
    async list() {
      throw refusal('list() has nothing to list: the sessions are with their browsers')
    },
    async revoke(id, subject) {
      if (endings === undefined) throw withoutEndings('revoke()')
      if (subject === undefined) {
        throw refusal('revoke() cannot look up whose session an id is, so it needs { subject } as well')
      }
      // The session's own limit is in its cookie. A shorter absoluteTimeout than when it began must not revive it.
      const absoluteAt = clock.now() + 1000 * Math.max(absoluteSeconds, LONGEST_MAX_AGE)
      const { ended, propagated } = await endSealed({ id, subject, absoluteAt }, 'revoke', context)
      return { revoked: ended, propagated }
    },
    async revokeAll(subject, except) {
      if (endings === undefined) throw withoutEndings('revokeAll()')
      const until = clock.now() + 1000 * absoluteSeconds
      await endings.endAll(subject, except === undefined ? undefined : { id: except, until })
      return { revoked: Number.NaN, propagated: true }
    },
    async epoch(subject) {
      if (endings === undefined) throw withoutEndings('epoch()')
      return endings.epoch(subject)
    },
    clearExpired: async (limit) => store?.clearExpired(limit) ?? 0,
    async inspect() {
      if (store === undefined) return [inspectOptions(core, name, 'none')]
      return [inspectOptions(core, name, 'kept'), await inspectPart('endings', store)]
    },
    migrate: async (options) => store?.migrate?.(options) ?? [],
    close: async () => store?.close?.(),
  }
}

const NO_ENDINGS =
  'signedCookies() has no endings: signing out removes the cookie from one browser, and a copy of it stays signed in.'
