import type { Context } from './context.ts'
import type { EventOf } from './events.ts'

/**
 * Ends a session, and when a login or cycle has just replaced it, its successor: who signs out with yesterday's
 * token means the session, whatever it is called now. The pointer can end a session, never open one.
 */
export async function endSession(
  id: string,
  subject: string | null,
  reason: EventOf<'ended'>['reason'],
  { engine, emit }: Context,
): Promise<{ ended: boolean; propagated: boolean }> {
  const first = await engine.end(id)
  if (first.outcome === 'deleted') {
    emit({ type: 'ended', id, subject, reason, propagated: first.propagated })
    return { ended: true, propagated: first.propagated }
  }
  let propagated = first.propagated
  let next = (await engine.findEnding(id))?.successor ?? null
  for (let step = 0; next !== null && step < LONGEST_CHAIN; step++) {
    const result = await engine.end(next)
    propagated &&= result.propagated
    if (result.outcome === 'deleted') {
      emit({ type: 'ended', id: next, subject, reason: 'successor', propagated: result.propagated })
      return { ended: true, propagated }
    }
    next = (await engine.findEnding(next))?.successor ?? null
  }
  return { ended: false, propagated }
}

/** Whose session it is, under this id or under the one that a login or cycle has just given it. */
export async function ownerOf(id: string, { engine }: Context): Promise<string | null | undefined> {
  let named: string | null = id
  for (let step = 0; named !== null && step <= LONGEST_CHAIN; step++) {
    const record = await engine.loadFresh(named)
    if (record !== undefined) return record.subject
    named = (await engine.findEnding(named))?.successor ?? null
  }
  return undefined
}

/** Nobody honest signs in more often than this within a minute. */
const LONGEST_CHAIN = 8
