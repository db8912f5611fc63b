import { HoldfastError } from '../core/errors.ts'
import { within } from '../core/within.ts'
import { noAnswer } from './within.ts'

/** What is sent in steps learns whether somebody still awaits it. */
export type Attempt = (ask: (isAwaited: () => boolean) => Promise<unknown>) => Promise<unknown>

/** Whatever fails is an ERR_STORE, and so is what does not answer in time. */
export function createAttempt(timeout: number, late: (ms: number) => Error = noAnswer): Attempt {
  return async (ask) => {
    let over = false
    try {
      const answer = ask(() => !over)
      return await within(timeout, answer, () => late(timeout))
    } catch (error) {
      if (error instanceof HoldfastError) throw error
      throw new HoldfastError('ERR_STORE', 'Redis did not do what it was asked', { cause: error })
    } finally {
      over = true
    }
  }
}
