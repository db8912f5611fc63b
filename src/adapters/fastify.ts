import type { FastifyPluginCallback } from 'fastify'
// Under another name, because `Session` may be declared inside the module that is extended below.
import type { Session as HoldfastSession } from '../core/session.ts'
import type { DefaultData } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'
import { attachSession } from '../http/attach.ts'
import { openHeld } from '../http/open-held.ts'

declare module 'fastify' {
  interface FastifyRequest {
    session: HoldfastSession
  }
}

/**
 * Fastify 5: `request.session` from the first `onRequest` hook after it. The record is committed before the first
 * byte of headers leaves, after all `onSend` hooks, and also for `reply.raw` and `reply.hijack()`. A store that cannot
 * be read goes to the error handler.
 *
 * Say once what your sessions hold, and `request.session` is typed:
 *
 * @example
 * declare module 'holdfast' {
 *   interface SessionData { cart: string[] }
 * }
 * await app.register(fastifySessions(sessions))
 */
export function fastifySessions<Data = DefaultData>(sessions: Sessions<Data>): FastifyPluginCallback {
  const plugin: FastifyPluginCallback = (fastify, _options, done) => {
    fastify.decorateRequest('session')
    fastify.addHook('onRequest', (request, reply, next) => {
      const ready = (session: HoldfastSession<Data>): void => {
        attachSession(request, session)
        next()
      }
      void openHeld(sessions, { request: request.raw, response: reply.raw }, ready, (error) => next(error as Error))
    })
    done()
  }
  return Object.assign(plugin, OPEN_TO_THE_PARENT)
}

/** What `fastify-plugin` does: the hook counts where the plugin is registered, and not only inside it. */
const OPEN_TO_THE_PARENT = {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'holdfast',
}
