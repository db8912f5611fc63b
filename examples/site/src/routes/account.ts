import { Router, type Request, type Response } from 'express'
import type { AttemptLimits } from '../attempts.ts'
import { fieldOf } from '../form.ts'
import { localPath } from '../local-path.ts'
import { forFreshOwner, forOwner } from '../owner.ts'
import { confirmPage, goodbyePage } from '../pages/access.ts'
import { accountPage, deletePage, passwordPage } from '../pages/account.ts'
import type { Problems } from '../pages/form.ts'
import { hashPassword, verifyPassword } from '../passwords.ts'
import { passwordProblem } from '../password-rules.ts'
import { sendPage } from '../render.ts'
import type { Site } from '../site.ts'
import type { User } from '../users.ts'

/** The account, for its owner. */
export function accountRoutes({ sessions, users }: Site, attempts: AttemptLimits): Router {
  const router = Router()

  const showAccount = async (request: Request, response: Response, user: User): Promise<void> => {
    const devices = await sessions.list(user.id)
    return sendPage(request, response, accountPage(user, devices.length))
  }
  router.get('/account', forOwner(users, showAccount))

  const showPassword = (request: Request, response: Response, { email }: User): Promise<void> =>
    sendPage(request, response, passwordPage(email))
  router.get('/account/password', forOwner(users, showPassword))

  const changePassword = async (request: Request, response: Response, { id, email }: User): Promise<void> => {
    const { session } = request
    const refuse = (problems: Problems): Promise<void> =>
      sendPage(request, response, passwordPage(email, problems), 422)
    const fresh = fieldOf(request, 'new')
    const oldHash = await users.passwordHashOf(id)
    const isRight = await verifyPassword(fieldOf(request, 'old'), oldHash)
    const weak = passwordProblem(fresh)
    if (oldHash === undefined || !isRight || weak !== undefined) {
      return refuse({ ...(!isRight && { old: WRONG_PASSWORD }), ...(weak !== undefined && { new: weak }) })
    }
    if (!(await users.changePassword(id, oldHash, await hashPassword(fresh)))) {
      return refuse({ '': 'The password was changed elsewhere at this moment.' })
    }
    // After the change: a sign-in that was checking the old password is refused, not only those already in.
    const { revoked } = await sessions.revokeAll(id, { except: session.id })
    session.reauthenticated()
    session.set('flash', `Your password is changed. ${endedWords(revoked)}`)
    response.redirect(303, '/account')
  }
  router.post('/account/password', attempts.address, attempts.owner, forOwner(users, changePassword))

  const askPassword = (request: Request, response: Response, { email }: User): Promise<void> =>
    sendPage(request, response, confirmPage(email, localPath(request.query['next'], '/account')))
  router.get('/confirm', forOwner(users, askPassword))

  const confirm = async (request: Request, response: Response, { id, email }: User): Promise<void> => {
    const next = localPath(fieldOf(request, 'next'), '/account')
    if (!(await verifyPassword(fieldOf(request, 'password'), await users.passwordHashOf(id)))) {
      return sendPage(request, response, confirmPage(email, next, { password: WRONG_PASSWORD }), 422)
    }
    request.session.reauthenticated()
    response.redirect(303, next)
  }
  router.post('/confirm', attempts.address, attempts.owner, forOwner(users, confirm))

  const showDelete = (request: Request, response: Response, { email }: User): Promise<void> =>
    sendPage(request, response, deletePage(email))
  router.get('/account/delete', forFreshOwner(users, showDelete))

  const deleteAccount = async (request: Request, response: Response, { id }: User): Promise<void> => {
    const { session } = request
    // First the account, so that nobody can sign in to it any more; then everyone who is in.
    await users.remove(id)
    await sessions.revokeAll(id, { except: session.id })
    await session.logout()
    response.redirect(303, '/account-closed')
  }
  router.post('/account/delete', forFreshOwner(users, deleteAccount))

  router.get('/account-closed', (request, response) =>
    sendPage(request, response, goodbyePage('Your account is closed', 'It is gone, and so is everything in it.')),
  )

  return router
}

const WRONG_PASSWORD = 'That is not your password.'

function endedWords(count: number): string {
  if (count === 0) return 'You were signed in nowhere else.'
  return count === 1 ? 'One other device was signed out.' : `${count} other devices were signed out.`
}
