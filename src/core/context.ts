import type { CookieWriter } from '../cookie/write.ts'
import type { KeyRing } from '../token/key-ring.ts'
import type { Committer } from './commit.ts'
import type { SessionEngine } from './engine.ts'
import type { Emit } from './events.ts'
import type { Policy } from './options.ts'
import type { SessionServices } from './session.ts'
import type { Touches } from './touches.ts'

/** The parts of one `createSessions`, handed down so that nothing has to reach up. */
export interface Context {
  readonly policy: Policy
  readonly ring: KeyRing
  readonly cookie: CookieWriter
  readonly engine: SessionEngine
  readonly committer: Committer
  readonly touches: Touches
  readonly emit: Emit
  /** At most once per event type: for what is true of the deployment, not of one request. */
  readonly emitOnce: Emit
  readonly services: SessionServices
}
