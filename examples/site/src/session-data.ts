// Where the lab declares what it keeps, under the key `lab`.
import type {} from 'holdfast-lab/server/progress'
import type { Basket } from './basket.ts'

/** What this site keeps in a session. From here on `req.session` knows it everywhere. */
declare module 'holdfast' {
  interface SessionData {
    basket: Basket
    /** A message for the next page, shown once. */
    flash: string
  }
}
