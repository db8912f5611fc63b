import type { Progress } from 'holdfast-lab/shared/api'
import type { Basket } from './basket.ts'

/** What this site keeps in a session. From here on `req.session` knows it everywhere. */
declare module 'holdfast' {
  interface SessionData {
    basket: Basket
    /** A message for the next page, shown once. */
    flash: string
    /** How far the visitor has come in the lab. */
    lab: Progress
  }
}
