import type { Sessions } from 'holdfast'
import type { Lab } from 'holdfast-lab/server/routes'
import type { Counters } from './counters.ts'
import type { Users } from './users.ts'

/** What the application works with. */
export interface Site {
  readonly sessions: Sessions
  readonly users: Users
  readonly counters: Counters
  readonly lab: Lab
  /** The addresses under which browsers know this site, such as `https://chandlery.example`. */
  readonly origins: readonly string[]
  /** How many proxies are before the site. */
  readonly proxies: number
}
