import type { Step } from '../shared/api.ts'

/** One of the four settings, as the learner meets it. */
export interface StepText {
  readonly id: Step
  readonly setting: string
  readonly title: string
  /** Its name in the list of steps. */
  readonly short: string
  /** What goes wrong without it. */
  readonly why: readonly string[]
  /** What to do, in one sentence. */
  readonly task: string
  /** What the check does to the application. */
  readonly check: readonly string[]
  /** A nudge. The words of the task sheet first. */
  readonly hint: string
  /** The line itself, for those who are stuck. */
  readonly solution: Readonly<Record<'python' | 'typescript', string>>
}

export const STEP_TEXTS: readonly StepText[] = [
  {
    id: 'age',
    setting: 'SESSION_COOKIE_AGE',
    title: 'Let it end',
    short: 'Age',
    why: [
      'A session that lives for two weeks is two weeks of luck for whoever copies its cookie. A shared computer, a forgotten tab, an old backup: the longer a session lives, the more of them it meets.',
      'Twenty minutes are enough for most applications where something is at stake. The time counts from the last change to the session, and it is the server that counts. The browser is told as well, with `Max-Age`, but a thief’s copy does not listen.',
    ],
    task: 'Let a session end after 20 minutes.',
    check: [
      'Somebody signs in. The check reads `Max-Age` on the wire.',
      'The application’s clock is moved. After 1,199 seconds the session must be alive, after 1,201 seconds it must be over.',
    ],
    hint: 'The setting counts seconds. 20 minutes are 1200 of them.',
    solution: { python: 'SESSION_COOKIE_AGE = 1200', typescript: 'SESSION_COOKIE_AGE: 1200' },
  },
  {
    id: 'secure',
    setting: 'SESSION_COOKIE_SECURE',
    title: 'Keep it off the plain line',
    short: 'Secure',
    why: [
      'Over https nobody on the way can read a request. But one picture with an http address, one old bookmark, one link in a mail is enough: the browser asks over the plain line, and adds the cookie. Everyone in the same café can read it.',
      'A cookie marked `Secure` stays at home when the request is not encrypted.',
    ],
    task: 'Let the cookie travel over https only.',
    check: [
      'A browser signs in over https. Then it asks for a page over https, and for one over http.',
      'A sniffer listens on the plain line. It tries to get in with what it heard.',
    ],
    hint: 'The cookie is to be sent over HTTPS only. Python writes yes as `True`, TypeScript as `true`.',
    solution: { python: 'SESSION_COOKIE_SECURE = True', typescript: 'SESSION_COOKIE_SECURE: true' },
  },
  {
    id: 'engine',
    setting: 'SESSION_ENGINE',
    title: 'A database for keeping, a cache for speed',
    short: 'Engine',
    why: [
      'Nearly every request asks who is there. If each of them goes to the database, the database does little else. If sessions live in a cache alone, a restart signs everyone out.',
      '`cached_db` has both: the database keeps, the cache answers. The difficulty is the sign-out. It must reach both, or an old copy in the cache lets in someone who has left.',
    ],
    task: 'Keep sessions in the database, and read them from a cache.',
    check: [
      'A session is read a hundred times. How many of the reads reached the database?',
      'The cache is emptied and the application started again. Whoever was signed in must still be.',
      'Somebody signs out while the cache is out of order. When the cache comes back, they must still be out.',
    ],
    hint: 'A database for keeping, a cache for speed: the engine has both in its name. It is in `django.contrib.sessions.backends`.',
    solution: {
      python: "SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'",
      typescript: "SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db'",
    },
  },
  {
    id: 'httponly',
    setting: 'SESSION_COOKIE_HTTPONLY',
    title: 'Out of reach of scripts',
    short: 'HttpOnly',
    why: [
      'Any script in your page can read `document.cookie`, and that includes one which got there through a comment that nobody escaped. One line sends the session to a stranger, who goes on using it at home.',
      'A cookie marked `HttpOnly` is sent with requests and is not in `document.cookie`. The script is still a misfortune, but it cannot take the session along.',
    ],
    task: 'Keep the cookie out of reach of scripts.',
    check: [
      'An attacker leaves a comment with a script in it. The victim opens the page.',
      'On `localhost` the page opens in your own browser as well. You see what its script finds in `document.cookie`.',
    ],
    hint: 'Out of reach of scripts means: http only. Python writes yes as `True`, TypeScript as `true`.',
    solution: { python: 'SESSION_COOKIE_HTTPONLY = True', typescript: 'SESSION_COOKIE_HTTPONLY: true' },
  },
]

export function stepText(id: string): StepText | undefined {
  return STEP_TEXTS.find((step) => step.id === id)
}
