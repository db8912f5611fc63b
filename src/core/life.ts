import type { Outgoing } from './finish.ts'
import type { InspectedPart } from './inspection.ts'
import type { RequestLike } from './request.ts'
import type { AnySession, Session } from './session.ts'
import type { MigrateOptions, Migration } from './store.ts'

/** How sessions are opened, committed and ended: in a store, or in their cookie. The engine decides which. */
export interface Life {
  open<Data>(request: RequestLike): Session<Data> | Promise<Session<Data>>
  finish(session: AnySession, status: number): Outgoing | Promise<Outgoing>
  list(subject: string): Promise<SessionInfo[]>
  revoke(id: string, subject: string | undefined): Promise<{ revoked: boolean; propagated: boolean }>
  revokeAll(subject: string, except: string | undefined): Promise<{ revoked: number; propagated: boolean }>
  epoch(subject: string): Promise<number>
  clearExpired(limit: number): Promise<number>
  migrate(options: MigrateOptions | undefined): Promise<readonly Migration[]>
  /** The application's own options first. */
  inspect(): Promise<readonly InspectedPart[]>
  close(): Promise<void>
}

/** One line of "where you are signed in". */
export interface SessionInfo {
  /** What `revoke` takes. It opens nothing. */
  readonly id: string
  readonly subject: string | null
  /** "Firefox on Linux". What the browser said of itself at the login. */
  readonly device: string
  readonly createdAt: Date
  /** Exact to a tenth of the idle limit. */
  readonly lastSeenAt: Date
  readonly expiresAt: Date
}
