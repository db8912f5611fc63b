import type { ErrorRequestHandler, RequestHandler } from 'express'
import { HoldfastError } from 'holdfast'
import { TooManyAttemptsError } from './attempts.ts'
import { layout } from './pages/layout.ts'
import { troublePage, type Trouble } from './pages/trouble.ts'
import { CrossSiteError } from './same-origin.ts'

export const notFound: RequestHandler = (_request, _response, next) => {
  next(new NotFoundError())
}

/** Every failure becomes a page. It shows nothing of the session: that may be what failed. */
export const errorPages: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error)
    return
  }
  const { status, ...trouble } = explain(error)
  if (status >= 500) console.error(error)
  response
    .status(status)
    .set('cache-control', 'no-store')
    .type('html')
    .send(layout(troublePage(trouble)))
}

class NotFoundError extends Error {}

function explain(error: unknown): Trouble & { status: number } {
  if (error instanceof NotFoundError) return NOT_FOUND
  if (error instanceof CrossSiteError) return CROSS_SITE
  if (error instanceof TooManyAttemptsError) return TOO_MANY
  const status = statusOf(error)
  if (error instanceof HoldfastError) {
    if (error.code === 'ERR_SESSION_INTERRUPTED') return INTERRUPTED
    if (error.code === 'ERR_LOGIN_STALE') return LOGIN_STALE
    if (status === 503) return { ...BROKEN, status }
  }
  return status < 500 ? { ...UNREADABLE, status } : BROKEN
}

/** What Express's own parsers raise carries its status. */
function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}

const NOT_FOUND = {
  status: 404,
  flag: 'o',
  heading: 'Nothing on this mooring',
  words: 'The page is not here. It may have moved, or the address may have a slip in it.',
} as const

const CROSS_SITE = {
  status: 403,
  flag: 'u',
  heading: 'That came from another site',
  words: 'The form was not sent from a page of this shop, so nothing was done. Go back to the shop and try it there.',
} as const

const TOO_MANY = {
  status: 429,
  flag: 'l',
  heading: 'Too many attempts',
  words: 'Please wait a quarter of an hour, then try again.',
} as const

const INTERRUPTED = {
  status: 400,
  flag: 'x',
  heading: 'Your session ended on the way',
  words: 'You signed out, or were signed out, while this was being done. Nothing was saved. Load the page again.',
} as const

const LOGIN_STALE = {
  status: 403,
  flag: 'x',
  heading: 'Please sign in once more',
  words: 'While you were signing in, this account was signed out everywhere.',
} as const

const UNREADABLE = {
  status: 400,
  flag: 'x',
  heading: 'That could not be read',
  words: 'The shop did not understand what was sent. Go back and try it once more.',
} as const

const BROKEN = {
  status: 500,
  flag: 'd',
  heading: 'Something broke here',
  words: 'It is our doing, not yours. Please try again in a moment.',
} as const
