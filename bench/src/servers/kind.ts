import type { RequestListener } from 'node:http'

/**
 * One way to keep sessions. Every server answers
 * - `POST /begin` with a cookie for a new session that holds `sessionData`,
 * - `POST /count` with one more than the time before,
 * - anything else with one field of its session, or with nothing where there is none.
 */
export type Server = Listener | Program

export type Servers = Readonly<Record<string, Server>>

interface Kind {
  /** The framework it stands on, without sessions: what it costs more than that is overhead. */
  readonly bare: string
}

/** Served by Node, in the process that starts it. */
export interface Listener extends Kind {
  start(options: ServerOptions): RequestListener | Promise<RequestListener>
}

/** Processes of its own. */
export interface Program extends Kind {
  launch(options: ServerOptions): Promise<Launched>
}

export interface Launched {
  readonly port: number
  /** Microseconds of CPU so far, of all its processes. */
  cpu(): number
  stop(): void
}

export interface ServerOptions {
  /** Every request lengthens the session's life. */
  readonly sliding: boolean
  /** What keys in a shared Redis begin with. The same for all processes of one server. */
  readonly prefix: string
}

/** Signs and seals in every server that does. */
export const KEY = 'a key for measuring only, never used elsewhere: 0123456789'
