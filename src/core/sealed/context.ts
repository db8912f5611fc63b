import type { Cipher } from '../../token/cipher.ts'
import type { Core } from '../context.ts'
import type { SessionServices } from '../session.ts'
import type { Endings } from './endings.ts'
import type { SealedLive } from './sealed-cookie.ts'

/** The parts for sessions in their cookies. */
export interface SealedContext extends Core {
  readonly cipher: Cipher
  readonly endings: Endings | undefined
  readonly services: SessionServices<SealedLive>
}
