import { HoldfastError, HoldfastTypeError } from '../../core/errors.ts'
import { unitOf, type AnySession, type Session, type Unit } from '../../core/session.ts'
import type { DjangoUser } from '../tables/users.ts'
import { sessionAuthHash } from '../wire/auth-hash.ts'
import type { DjangoContext } from './context.ts'
import { USER_BACKEND, USER_HASH, USER_ID } from './names.ts'
import type { DjangoLive } from './record.ts'

/** A row of `auth_user`, without its password. */
export type KnownUser = Omit<DjangoUser, 'password'>

/**
 * Who is signed in: the row of `auth_user`, as this request has read it, or undefined for an anonymous visitor. It costs
 * nothing while users are verified, because the session was opened with it.
 *
 * @throws HoldfastTypeError ERR_OPTION for a session that is not shared with a Django.
 */
export async function djangoUser(session: AnySession & Pick<Session, 'subject'>): Promise<KnownUser | undefined> {
  const { unit, context } = sharedOf(session, 'djangoUser()')
  const { subject } = session
  if (subject === null) return undefined
  const known = context.users.get(unit)
  const user = known?.id === subject ? known : await context.engine.findUser(subject)
  if (user === undefined || !user.isActive) return undefined
  const { password: _, ...shown } = user
  return shown
}

/**
 * Django's `login(request, user)`, with the row whose password was checked. `session.login` takes the password that is in
 * `auth_user` by then, and a password takes its time to be checked: who knew the old one may come in under the new.
 *
 * @throws HoldfastError ERR_LOGIN_STALE when the password has changed since; ERR_USER as `session.login` does.
 */
export async function djangoLogin(
  session: AnySession & Pick<Session, 'login'>,
  { id, password }: Pick<DjangoUser, 'id' | 'password'>,
): Promise<void> {
  const { unit, context } = sharedOf(session, 'djangoLogin()')
  const user = await context.engine.findUser(id)
  if (user !== undefined && user.password !== password) throw new HoldfastError('ERR_LOGIN_STALE')
  await session.login(id)
  // If it has changed by now the session fits no more, and is flushed at its next request.
  unit.draft.set(USER_HASH, sessionAuthHash(password, context.rules.identity.keys[0]))
}

/**
 * Call it after the password of the visitor has changed in `auth_user`: this session goes on, under a new key, and every
 * other session of that user ends, on both sides, at its next request.
 *
 * @throws HoldfastError ERR_USER when nobody is signed in, or no longer a user.
 */
export async function updateSessionAuthHash(
  session: AnySession & Pick<Session, 'subject' | 'cycleKey'>,
): Promise<void> {
  const { unit, context } = sharedOf(session, 'updateSessionAuthHash()')
  const { subject } = session
  const user = subject === null ? undefined : await context.engine.findUser(subject)
  if (user === undefined || subject === null) throw new HoldfastError('ERR_USER')
  session.cycleKey()
  const { keys, backends } = context.rules.identity
  context.users.set(unit, user)
  // As after a login: another request may flush the old session at any time now, because its hash fits no more.
  unit.identity = { kind: 'login', subject, since: undefined }
  unit.draft.set(USER_BACKEND, unit.draft.get(USER_BACKEND) ?? backends[0])
  unit.draft.set(USER_ID, subject)
  unit.draft.set(USER_HASH, sessionAuthHash(user.password, keys[0]))
}

const contexts = new WeakMap<object, DjangoContext>()

/** So that what is not a method of a session finds its way back. */
export function rememberContext(context: DjangoContext): void {
  contexts.set(context.services, context)
}

function sharedOf(session: AnySession, what: string): { unit: Unit<DjangoLive>; context: DjangoContext } {
  const unit = unitOf<DjangoLive>(session)
  const context = contexts.get(unit.services)
  if (context === undefined)
    throw new HoldfastTypeError('ERR_OPTION', `${what} takes a session that is shared with a Django`)
  return { unit, context }
}
