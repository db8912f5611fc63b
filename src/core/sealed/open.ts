import { arrive, type Arrival } from '../arrival.ts'
import { findCookie } from '../find-cookie.ts'
import { newSession } from '../new-session.ts'
import { isExpired } from '../record.ts'
import type { RequestLike } from '../request.ts'
import type { Origin, Session } from '../session.ts'
import type { SealedContext } from './context.ts'
import type { Standing } from './endings.ts'
import { readSealed, type Sealed, type SealedLive } from './sealed-cookie.ts'

/**
 * Opens the session in a request's cookie. A value that no key of ours sealed for this cookie, or whose deadlines have
 * passed, ends here: the endings are asked only about what would otherwise be a living session.
 */
export function openSealed<Data>(request: RequestLike, context: SealedContext): Session<Data> | Promise<Session<Data>> {
  const { policy, cookie, cipher } = context
  const { clock } = policy
  const arrival = arrive(clock)
  const found = findCookie(request, (value) => readSealed(value, cookie.name, cipher), context)?.opened
  if (found === undefined) return newSession<Data, SealedLive>({ kind: 'none' }, arrival, request, context)
  const open = (): Session<Data> | Promise<Session<Data>> => openFound(found, arrival, request, context)
  return clock.settle()?.then(open) ?? open()
}

function openFound<Data>(
  found: Found,
  arrival: Arrival,
  request: RequestLike,
  context: SealedContext,
): Session<Data> | Promise<Session<Data>> {
  const { endings, policy } = context
  const begin = (origin: Origin<SealedLive>): Session<Data> =>
    newSession<Data, SealedLive>(origin, arrival, request, context)
  if (isExpired(found.record, arrival.at)) {
    // That is for the clock of the endings to say. If it cannot be read, they have failed.
    const unsure = policy.clock.sure()
    return unsure?.then(() => openFound<Data>(found, arrival, request, context)) ?? begin(dead(found, context))
  }
  if (endings === undefined) return begin({ kind: 'live', ...found, epochNow: undefined })
  return endings
    .standing(found.record, found.security.epoch)
    .then((standing) => begin(originOf(found, standing, context)))
}

type Found = Sealed & Pick<SealedLive, 'sealedBy'>

function originOf(found: Found, standing: Standing, context: SealedContext): Origin<SealedLive> {
  switch (standing.kind) {
    case 'alive':
      return { kind: 'live', ...found, epochNow: standing.epoch }
    case 'ended':
      return dead(found, context)
    case 'store-behind': {
      const { id, subject } = found.record
      context.emit({ type: 'store-behind', id, subject })
      return { kind: 'none' }
    }
  }
}

function dead({ record: { id, subject, absoluteAt } }: Found, { emit }: SealedContext): Origin<SealedLive> {
  emit({ type: 'unknown', id })
  return { kind: 'dead', id, subject, absoluteAt }
}
