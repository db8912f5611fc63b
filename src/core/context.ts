import type { CookieWriter } from '../cookie/write.ts'
import type { KeyRing } from '../token/key-ring.ts'
import type { TokenReader } from '../token/reader.ts'
import type { Committer } from './commit.ts'
import type { StoredEngine } from './engine.ts'
import type { Emit } from './events.ts'
import type { Policy } from './options.ts'
import type { SessionServices } from './session.ts'
import type { Shape } from './shape.ts'
import type { Touches } from './touches.ts'

/** The parts of one `createSessions` that every engine needs, handed down so that nothing has to reach up. */
export interface Core {
  readonly policy: Policy
  readonly shape: Shape
  readonly cookie: CookieWriter
  readonly emit: Emit
  /** At most once per event type: for what is true of the deployment, not of one request. */
  readonly emitOnce: Emit
}

/** With the parts for sessions in a store. */
export interface Context extends Core {
  readonly ring: KeyRing
  readonly readToken: TokenReader
  readonly engine: StoredEngine
  readonly committer: Committer
  readonly touches: Touches
  readonly services: SessionServices
}
