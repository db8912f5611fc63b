import type { Request, RequestHandler } from 'express'
import { ipKeyGenerator, rateLimit } from 'express-rate-limit'
import { fieldOf } from './form.ts'
import { foldEmail } from './users.ts'

export interface AttemptLimits {
  /** Failures for one account from one address, by the e-mail address that was typed. */
  readonly signIn: RequestHandler
  /** The same for a password asked of someone who is signed in. */
  readonly owner: RequestHandler
  /** Failures of one address over all accounts. It also bounds how many counters one address can make. */
  readonly address: RequestHandler
  /** Sign-ups of one address, those that succeed too: each one costs a hash, and says whether an address is taken. */
  readonly signUp: RequestHandler
}

/**
 * Guessing passwords is slow: a few failures each quarter of an hour. An account is never locked as a whole, or anyone
 * could lock its owner out.
 */
export function limitAttempts(): AttemptLimits {
  return {
    signIn: limit(5, (request) => foldEmail(fieldOf(request, 'email')).slice(0, LONGEST_EMAIL)),
    owner: limit(5, (request) => request.session.subject ?? ''),
    address: limit(60, () => ''),
    signUp: limit(30, () => '', 'all'),
  }
}

export class TooManyAttemptsError extends Error {
  readonly status = 429

  constructor() {
    super('Too many attempts')
  }
}

export const LONGEST_EMAIL = 254

function limit(
  most: number,
  who: (request: Request) => string,
  count: 'failures' | 'all' = 'failures',
): RequestHandler {
  return rateLimit({
    windowMs: 15 * 60_000,
    limit: most,
    keyGenerator: (request) => `${ipKeyGenerator(request.ip ?? '')} ${who(request)}`,
    // Counted when the attempt begins, so that many at once cannot slip past; given back when it succeeds.
    skipSuccessfulRequests: count === 'failures',
    requestWasSuccessful: (_request, response) => response.statusCode < 400,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, _response, next) => next(new TooManyAttemptsError()),
  })
}
