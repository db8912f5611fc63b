import type { EventOf } from '../events.ts'
import type { SealedContext } from './context.ts'
import type { Endable, Endings, Named } from './endings.ts'

/**
 * Ends a session: the marker is written before this answers, and when that fails the session counts as alive. Without
 * endings the browser is merely told to forget its cookie: `propagated: false`.
 */
export async function endSealed(
  session: Endable,
  reason: EventOf<'ended'>['reason'],
  { endings, emit }: SealedContext,
): Promise<{ ended: boolean; propagated: boolean }> {
  const { id, subject } = session
  if (endings === undefined || (await endings.end(session))) {
    const propagated = endings !== undefined
    emit({ type: 'ended', id, subject, reason, propagated })
    return { ended: true, propagated }
  }
  return { ended: await endSuccessor(session, endings, emit), propagated: true }
}

/** Who signs out with the cookie that a login or cycle has just replaced means the session, whatever it is called now. */
async function endSuccessor(session: Named, endings: Endings, emit: SealedContext['emit']): Promise<boolean> {
  let next = (await endings.lately(session))?.successor
  for (let step = 0; next !== undefined && step < LONGEST_CHAIN; step++) {
    if (await endings.end(next)) {
      emit({ type: 'ended', id: next.id, subject: next.subject, reason: 'successor', propagated: true })
      return true
    }
    next = (await endings.lately(next))?.successor
  }
  return false
}

/** Nobody honest signs in more often than this within a minute. */
const LONGEST_CHAIN = 8
