import { readCookie } from '../../cookie/read.ts'
import { arrive } from '../../core/arrival.ts'
import { newSession } from '../../core/new-session.ts'
import { readHeader, type RequestLike } from '../../core/request.ts'
import { unitOf, type Origin, type Session } from '../../core/session.ts'
import type { DjangoUser } from '../tables/users.ts'
import type { DjangoContext } from './context.ts'
import type { Loaded } from './engine.ts'
import { ANONYMOUS, claimedSubject, identify, mayClaim, type Identified } from './identify.ts'
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
  const [value, ...others] = header === undefined ? [] : readCookie(header, context.cookie.name)
  if (value === undefined) return begin(NONE)
  return (others.length === 0 ? findOne(value, context) : findAmong([value, ...others], context)).then(begin)
}

interface Found {
  readonly origin: Origin<DjangoLive>
  readonly user?: DjangoUser | undefined
}

/** Of several cookies with our name one must open a session and the others none: nobody's order decides. */
async function findAmong(values: readonly string[], context: DjangoContext): Promise<Found> {
  const found = await Promise.all(values.map((value) => findOne(value, context)))
  const [live, ...more] = found.filter(({ origin }) => origin.kind === 'live')
  const accepted = live !== undefined && more.length === 0
  context.emit({ type: 'duplicate-cookies', count: found.length, accepted })
  return accepted ? live : NONE
}

async function findOne(key: string, context: DjangoContext): Promise<Found> {
  const { engine, guesses, emit, shape, rules } = context
  const loaded = await engine.load(key, guesses.get(key))
  if (loaded === undefined) {
    const id = publicId(key)
    guesses.set(key, null)
    emit({ type: 'unknown', id })
    return { origin: { kind: 'dead', id } }
  }
  if (!mayClaim(loaded.data)) {
    guesses.set(key, null)
    return liveOf(loaded, ANONYMOUS, null)
  }
  const data = shape.codec.parse(loaded.data)
  guesses.set(key, claimedSubject(data) ?? null)
  const who = await identify(data, (pk) => userOf(pk, loaded, context), rules.identity)
  return who.kind === 'outdated' ? flushed(loaded, who.subject, context) : liveOf(loaded, who, data[PROVED_AT])
}

async function userOf(pk: string, { user }: Loaded, { engine }: DjangoContext): Promise<DjangoUser | undefined> {
  return user?.id === pk ? user : engine.findUser(pk)
}

/** Django flushes it too, as soon as it is asked who the visitor is. */
async function flushed({ key }: Loaded, subject: string, { engine, emit }: DjangoContext): Promise<Found> {
  const id = publicId(key)
  const { propagated } = await engine.end(key)
  emit({ type: 'ended', id, subject, reason: 'flush', propagated })
  return { origin: { kind: 'dead', id } }
}

function liveOf(loaded: Loaded, who: Exclude<Identified, { kind: 'outdated' }>, provedAt: unknown): Found {
  const { subject, newHash, user } = who.kind === 'user' ? who : NOBODY
  const origin: DjangoLive = {
    kind: 'live',
    record: recordOf(loaded, subject),
    security: { authenticatedAt: subject !== null && typeof provedAt === 'number' ? provedAt : null },
    sealedBy: 'first',
    newHash,
  }
  return { origin, user }
}

const NOBODY = { subject: null, newHash: undefined, user: undefined }
const NONE = { origin: { kind: 'none' } } as const
