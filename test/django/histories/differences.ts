import type { Step } from './play.ts'

/** Where Holdfast means to do otherwise than Django: Django is made to do the same, and then all else must be equal. */
export interface Difference {
  readonly what: string
  readonly why: string
  /** The same visit, as Django has to be told of it. */
  readonly toDjango?: (visit: Told) => readonly Step[]
  /** What is not asked at all, on both sides. */
  readonly toBoth?: (visit: Told) => readonly Step[]
}

export interface Told {
  readonly steps: readonly Step[]
  readonly status: number
  /** The browser has a cookie, and there is no session for it. */
  readonly isDead: boolean
  /** Somebody's, since the beginning: a session may have a hash that fits no more. */
  readonly passwordChanged: boolean
  /** Its major version. */
  readonly django: number
}

const RENEWING = new Set(['login', 'cycleKey', 'password'])
const ENDING = new Set(['user', 'flush', 'flushAndForget', 'logout'])

export const DIFFERENCES: readonly Difference[] = [
  {
    what: 'a login or a new key whose response fails (500 or more) does not happen',
    why: 'in Django the old row is gone by then, and the visitor has no cookie for the new one',
    toBoth({ steps, status }) {
      const first = status >= 500 ? steps.findIndex(([name]) => RENEWING.has(name)) : -1
      return first === -1 ? steps : steps.slice(0, first + 1)
    },
    toDjango: ({ steps, status }) => (status >= 500 ? steps.filter(([name]) => !RENEWING.has(name)) : steps),
  },
  {
    what: 'a response that fails takes away a cookie that leads nowhere',
    why: 'Django leaves it, if the view has put anything into the session that is then not saved',
    toDjango: ({ steps, status }) => (status >= 500 ? steps.filter(([name]) => ENDING.has(name)) : steps),
  },
  {
    what: 'a login always gives a new key',
    why: 'Django keeps the key of who signs in again as the same user, and whoever knew it knows it still',
    toDjango: ({ steps }) => steps.map((step) => (step[0] === 'login' ? ['loginUnderNewKey', ...step.slice(1)] : step)),
  },
  {
    what: 'after flush() the visitor is nobody',
    why: 'in Django request.user goes on being who it was until the request ends',
    toDjango: ({ steps }) => steps.map((step) => (step[0] === 'flush' ? ['flushAndForget'] : step)),
  },
  {
    what: 'who the visitor is is asked when the session is opened',
    why: 'Django asks when request.user is used, and until then serves the data of a session whose password has changed',
    toBoth: ({ steps, passwordChanged }) => (steps.length === 0 && !passwordChanged ? steps : [['user'], ...steps]),
  },
  {
    what: 'a cookie that leads nowhere stays until a response looks at the session',
    why:
      'Django makes an empty session of it with SESSION_SAVE_EVERY_REQUEST, and one below 8 characters it takes away at ' +
      'once, so that every response of that browser varies',
    toBoth: ({ steps, isDead }) => (steps.length === 0 && isDead ? [['user']] : steps),
  },
  {
    what: 'a response with a cookie varies by it',
    why: 'with SESSION_SAVE_EVERY_REQUEST and a view that did not look, Django says so only since CVE-2026-35192',
    toBoth: ({ steps, django }) => (steps.length === 0 && django < 5 ? [['user']] : steps),
  },
]
