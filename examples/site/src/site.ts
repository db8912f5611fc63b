import type { Sessions } from 'holdfast'
import type { Users } from './users.ts'

/** What the application works with. */
export interface Site {
  readonly sessions: Sessions
  readonly users: Users
  /** The addresses under which browsers know this site, such as `https://chandlery.example`. */
  readonly origins: readonly string[]
}
