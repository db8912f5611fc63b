import type { Actor, Exchange, Moment } from '../../shared/api.ts'
import type { WoundClock } from './clock.ts'

/** What happened, in order. Only what was really done is noted. */
export interface Timeline {
  readonly moments: readonly Moment[]
  /** @param good What it means for the session's owner; left out when it means nothing yet. */
  note(actor: Actor, says: string, seen?: { readonly exchange?: Exchange; readonly good?: boolean }): void
}

export function createTimeline(clock: WoundClock): Timeline {
  const moments: Moment[] = []
  return {
    moments,
    note(actor, says, { exchange, good } = {}) {
      moments.push({ at: clock.elapsed(), actor, says, exchange, good })
    },
  }
}
