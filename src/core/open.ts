import { judge } from '../theft/renewal.ts'
import type { GenuineToken } from '../token/reader.ts'
import { arrive, type Arrival } from './arrival.ts'
import type { Context } from './context.ts'
import type { Loaded } from './engine.ts'
import { findCookie, type FoundCookie } from './find-cookie.ts'
import { openGenuine } from './genuine.ts'
import { newSession } from './new-session.ts'
import { isExpired, type SessionRecord } from './record.ts'
import type { RequestLike } from './request.ts'
import { openSecurity } from './security.ts'
import type { Origin, Session } from './session.ts'

/**
 * Finds the session behind a request's cookie. Without a cookie that a key of ours sealed there is no I/O and no
 * work: a forged, malformed or foreign cookie gets what no cookie gets.
 */
export function openSession<Data>(request: RequestLike, context: Context): Session<Data> | Promise<Session<Data>> {
  const { clock } = context.policy
  const arrival = arrive(clock)
  const found = findCookie(request, context.readToken, context)
  if (found === undefined) return newSession({ kind: 'none' }, arrival, request, context)
  const open = (): Session<Data> | Promise<Session<Data>> => openFound(found, arrival, request, context)
  return clock.settle()?.then(open) ?? open()
}

function openFound<Data>(
  found: FoundCookie<GenuineToken>,
  arrival: Arrival,
  request: RequestLike,
  context: Context,
): Session<Data> | Promise<Session<Data>> {
  const begin = (origin: Origin): Session<Data> => newSession(origin, arrival, request, context)
  const loaded = context.engine.load(found.opened.id)
  if (!(loaded instanceof Promise)) {
    const origin = settle(loaded, found, arrival.at, context)
    if (origin !== undefined) return begin(origin)
  }
  return settleWithStore(loaded, found, arrival, context).then(begin)
}

/** Undefined when the store has to be asked: only its record may refuse a secret. */
function settle(
  loaded: Loaded | undefined,
  { value, opened: token }: FoundCookie<GenuineToken>,
  arrivedAt: number,
  context: Context,
): Origin | undefined {
  if (loaded === undefined) return dead(token.id, context)
  const { record, from } = loaded
  // The store knows by its own clock what has expired.
  if (from === 'cache' && isExpired(record, arrivedAt)) return undefined
  const security = from === 'cache' ? openSecurity(record, context.ring) : openGenuine(record, context)
  if (security === undefined) return from === 'cache' ? undefined : { kind: 'none' }
  const presented = judge(security, token, arrivedAt)
  if (presented === 'reuse' || presented === 'store-behind') return undefined
  return { kind: 'live', record, security, token, value, presented, sealedBy: token.sealedBy }
}

async function settleWithStore(
  loading: Loaded | undefined | Promise<Loaded | undefined>,
  found: FoundCookie<GenuineToken>,
  arrival: Arrival,
  context: Context,
): Promise<Origin> {
  const loaded = await loading
  const origin = settle(loaded, found, arrival.at, context)
  if (origin !== undefined) return origin
  const { engine, policy } = context
  const fresh = await engine.loadFresh(found.opened.id)
  const judged = settle(fresh && { record: fresh, from: 'store' }, found, arrival.at, context)
  if (judged !== undefined) return judged
  const unsure = policy.clock.sure()
  if (unsure === undefined) return refuse(fresh as SessionRecord, found.opened, arrival.at, context)
  // Whether the grace time is over is for the store's clock to say. If that cannot be read, the store has failed.
  await unsure
  return settleWithStore(loaded, found, arrival, context)
}

function dead(id: string, { emit }: Context): Origin {
  emit({ type: 'unknown', id })
  return { kind: 'dead', id }
}

/** The store's own record knows this genuine token, and knows it is not the one in force. */
async function refuse(
  record: SessionRecord,
  token: GenuineToken,
  arrivedAt: number,
  context: Context,
): Promise<Origin> {
  const { emit, engine, ring, policy } = context
  const { id, subject } = record
  const security = openSecurity(record, ring)
  if (security === undefined || judge(security, token, arrivedAt) === 'store-behind') {
    emit({ type: 'store-behind', id, subject })
    return { kind: 'none' }
  }
  emit({ type: 'reuse', id, subject, policy: policy.onReuse })
  if (policy.onReuse === 'report') return { kind: 'none' }
  const { propagated } = await engine.end(id)
  emit({ type: 'ended', id, subject, reason: 'reuse', propagated })
  return { kind: 'dead', id }
}
