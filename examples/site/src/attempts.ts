import { hash } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit'
import type { Counters } from './counters.ts'
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
 * could lock its owner out. All processes count together.
 */
export function limitAttempts(counters: Counters): AttemptLimits {
  const limit = limiter(counters)
  return {
    signIn: limit('sign-in', 5, (request) => foldEmail(fieldOf(request, 'email')).slice(0, LONGEST_EMAIL)),
    owner: limit('owner', 5, (request) => request.session.subject ?? ''),
    address: limit('address', 60, () => ''),
    signUp: limit('sign-up', 30, () => '', 'all'),
  }
}

export class TooManyAttemptsError extends Error {
  readonly status = 429

  constructor() {
    super('Too many attempts')
  }
}

export const LONGEST_EMAIL = 254

type Limit = (
  name: string,
  most: number,
  who: (request: Request) => string,
  count?: 'failures' | 'all',
) => RequestHandler

function limiter(counters: Counters): Limit {
  return (name, most, who, count = 'failures') =>
    rateLimit({
      windowMs: WINDOW_MS,
      limit: most,
      keyGenerator: (request) => `${ipKeyGenerator(request.ip ?? '')} ${who(request)}`,
      store: storeOf(counters, name),
      // Counted when the attempt begins, so that many at once cannot slip past; given back when it succeeds.
      skipSuccessfulRequests: count === 'failures',
      requestWasSuccessful: (_request, response) => response.statusCode < 400,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      handler: (_request, _response, next) => next(new TooManyAttemptsError()),
    })
}

const WINDOW_MS = 15 * 60_000

/** As the limiter wants it. What is counted under is hashed: the database needs no list of who tried from where. */
function storeOf(counters: Counters, prefix: string): Store {
  const keyOf = (who: string): string => hash('sha256', `${prefix} ${who}`, 'base64url')
  return {
    prefix,
    localKeys: false,
    async increment(who) {
      const { count, until } = await counters.add(keyOf(who), WINDOW_MS)
      return { totalHits: count, resetTime: until }
    },
    // The response is sent by then. If this fails, the attempt stays counted.
    decrement: (who) => counters.takeBack(keyOf(who)).catch(() => {}),
    resetKey() {}, // Nobody asks for it.
  }
}
