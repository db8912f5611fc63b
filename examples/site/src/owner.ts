import type { Request, RequestHandler, Response } from 'express'
import { HoldfastError } from 'holdfast'
import type { User, Users } from './users.ts'

type OwnerHandler = (request: Request, response: Response, user: User) => Promise<void> | void

/**
 * Only for a visitor who is signed in. Anyone else signs in first and comes back. Every form of the account is sent to
 * the address of its own page, so there is always a page to come back to.
 */
export function forOwner(users: Users, handler: OwnerHandler): RequestHandler {
  return async (request, response) => {
    const { session, originalUrl } = request
    const user = session.subject === null ? undefined : await users.find(session.subject)
    if (user !== undefined) return handler(request, response, user)
    // The account is gone and a login overtook its end.
    if (session.subject !== null) await session.logout()
    response.redirect(303, `/sign-in?next=${encodeURIComponent(originalUrl)}`)
  }
}

/** Only for an owner who gave the password within the last minutes. Anyone else gives it again and comes back. */
export function forFreshOwner(users: Users, handler: OwnerHandler): RequestHandler {
  return forOwner(users, (request, response, user) => {
    try {
      request.session.requireFresh(FRESH_SECONDS)
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'ERR_NOT_FRESH') throw error
      response.redirect(303, `/confirm?next=${encodeURIComponent(request.originalUrl)}`)
      return
    }
    return handler(request, response, user)
  })
}

const FRESH_SECONDS = 300
