import type { Committer } from '../../core/commit.ts'
import type { Core } from '../../core/context.ts'
import type { SessionServices, Unit } from '../../core/session.ts'
import type { DjangoUser } from '../tables/users.ts'
import type { DjangoEngine } from './engine.ts'
import type { ExpiryRules } from '../wire/expiry.ts'
import type { Guesses } from './guesses.ts'
import type { IdentityRules } from './identify.ts'
import type { DjangoLive, DjangoRecord } from './record.ts'

/** What the settings decide. */
export interface Rules {
  readonly identity: IdentityRules
  readonly expiry: ExpiryRules
  /** `SESSION_SAVE_EVERY_REQUEST` */
  readonly saveEveryRequest: boolean
  /** `CSRF_USE_SESSIONS` */
  readonly csrfInSession: boolean
}

/** The parts for sessions that are shared with a Django. */
export interface DjangoContext extends Core {
  readonly rules: Rules
  readonly engine: DjangoEngine
  readonly committer: Committer<DjangoRecord>
  readonly services: SessionServices<DjangoLive>
  readonly guesses: Guesses
  /** Who is behind a session, where this request has asked. */
  readonly users: WeakMap<Unit<DjangoLive>, DjangoUser>
}
