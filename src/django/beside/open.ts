import { readCookie } from '../../cookie/read.ts'
import { arrive } from '../../core/arrival.ts'
import { newSession } from '../../core/new-session.ts'
import { readHeader, type RequestLike } from '../../core/request.ts'
import { unitOf, type Origin, type Session } from '../../core/session.ts'
import type { DjangoUser } from '../tables/users.ts'
import type { DjangoContext } from './context.ts'
import type { Loaded } from './engine.ts'
import { claimedSubject, identify, type Identified } from './identify.ts'
import { PROVED_AT } from './names.ts'
import { publicId, recordOf, type DjangoLive } from './record.ts'

/** The session behind a request's cookie, with whose it is. Without a cookie there is no I/O. */
export function openDjango<Data>(request: RequestLike, context: DjangoContext): Session<Data> | Promise<Session<Data>> {
  const arrival = arrive(context.policy.clock)
  const begin = ({ origin, user }: Found): Session<Data> => {
    const session = newSession<Data, DjangoLive>(origin, arrival, request, context)
    if (user !== undefined) context.users.set(unitOf<DjangoLive>(session), user)
    return session
  }
  const header = readHeader(request, 'cookie')
  const values = header === undefined ? [] : readCookie(header, context.cookie.name)
  return values.length === 0 ? begin(NONE) : find(values, context).then(begin)
}

interface Found {
  readonly origin: Origin<DjangoLive>
  readonly user?: DjangoUser | undefined
}

/** Of several cookies with our name one must open a session and the others none: nobody's order decides. */
async function find(values: readonly string[], context: DjangoContext): Promise<Found> {
  const [only, ...others] = await Promise.all(values.map((value) => findOne(value, context)))
  if (others.length === 0) return only ?? NONE
  const live = [only, ...others].filter((found) => found?.origin.kind === 'live')
  context.emit({ type: 'duplicate-cookies', count: values.length, accepted: live.length === 1 })
  return (live.length === 1 ? live[0] : undefined) ?? NONE
}

async function findOne(key: string, context: DjangoContext): Promise<Found> {
  const { engine, guesses, emit } = context
  const id = publicId(key)
  const loaded = await engine.load(key, guesses.get(id))
  if (loaded === undefined) {
    guesses.set(id, null)
    emit({ type: 'unknown', id })
    return { origin: { kind: 'dead', id } }
  }
  const data = context.shape.codec.parse(loaded.data)
  const who = await identify(data, (pk) => userOf(pk, loaded, context), context.rules.identity)
  guesses.set(id, claimedSubject(data) ?? null)
  return judged(id, loaded, who, data[PROVED_AT], context)
}

async function userOf(pk: string, { user }: Loaded, { engine }: DjangoContext): Promise<DjangoUser | undefined> {
  return user?.id === pk ? user : engine.findUser(pk)
}

async function judged(
  id: string,
  loaded: Loaded,
  who: Identified,
  provedAt: unknown,
  { engine, emit }: DjangoContext,
): Promise<Found> {
  if (who.kind === 'outdated') {
    // Django flushes it too, as soon as it is asked who the visitor is.
    const { propagated } = await engine.end(loaded.key)
    emit({ type: 'ended', id, subject: who.subject, reason: 'flush', propagated })
    return { origin: { kind: 'dead', id } }
  }
  const { key, data, version } = loaded
  const subject = who.kind === 'user' ? who.subject : null
  const origin: DjangoLive = {
    kind: 'live',
    record: recordOf({ key, data, version }, subject, id),
    security: { authenticatedAt: subject !== null && typeof provedAt === 'number' ? provedAt : null },
    sealedBy: 'first',
    newHash: who.kind === 'user' ? who.newHash : undefined,
  }
  return { origin, user: who.kind === 'user' ? who.user : undefined }
}

const NONE = { origin: { kind: 'none' } } as const
