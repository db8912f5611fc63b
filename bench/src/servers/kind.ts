import type { RequestListener } from 'node:http'

/**
 * One way to keep sessions. Every server answers
 * - `POST /begin` with a cookie for a new session that holds `sessionData`,
 * - `POST /count` with one more than the time before,
 * - anything else with one field of its session, or with nothing where there is none.
 */
export interface Server {
  /** The framework it stands on, without sessions: what it costs more than that is overhead. */
  readonly bare: string
  start(options: ServerOptions): RequestListener | Promise<RequestListener>
}

export interface ServerOptions {
  /** Every request lengthens the session's life. */
  readonly sliding: boolean
}

/** Signs and seals in every server that does. */
export const KEY = 'a key for measuring only, never used elsewhere: 0123456789'
