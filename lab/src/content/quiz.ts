/** One question of the recall. */
export interface Question {
  readonly id: string
  readonly level: 'easy' | 'medium' | 'hard'
  readonly asks: string
  readonly choices: readonly [string, string, string, string]
  /** Which of the choices, from 0. */
  readonly correct: number
  /** Why it is that one, and what is wrong with the others. */
  readonly explanation: string
}

/** From easy to hard. */
export const QUESTIONS: readonly Question[] = [
  {
    id: 'cookie',
    level: 'easy',
    asks: 'Sessions are kept in a database. What is in the cookie?',
    choices: [
      'The password, encrypted',
      'A token that nobody can guess, and that names the session',
      'Everything the session holds',
      'The name of the user',
    ],
    correct: 1,
    explanation:
      'The cookie is a claim ticket. What it stands for is on the server. That is why a copy of the ticket is as good as the ticket, and why all four steps of this lab protect it.',
  },
  {
    id: 'age',
    level: 'easy',
    asks: 'A session is to end after 20 minutes. What do you write?',
    choices: [
      '`SESSION_COOKIE_AGE = 20`',
      "`SESSION_COOKIE_AGE = '20m'`",
      '`SESSION_COOKIE_AGE = 1200000`',
      '`SESSION_COOKIE_AGE = 1200`',
    ],
    correct: 3,
    explanation:
      'It counts seconds, and 20 times 60 is 1200. With 20 people are signed out while they read. 1200000 would be right in milliseconds; in seconds it is almost fourteen days.',
  },
  {
    id: 'secure',
    level: 'easy',
    asks: 'What does `SESSION_COOKIE_SECURE = True` do?',
    choices: [
      'The browser sends the cookie over https only',
      'The cookie is encrypted',
      'The server answers over https only',
      'Scripts cannot read the cookie',
    ],
    correct: 0,
    explanation:
      'The browser keeps the cookie back when a request goes over plain http. It encrypts nothing itself: https does that. And the site still answers over http, unless you turn that off as well. The last one is `HttpOnly`.',
  },
  {
    id: 'engine',
    level: 'medium',
    asks: 'The engine is `cached_db`, and the cache is emptied. What happens to the people who are signed in?',
    choices: [
      'All of them are signed out',
      'They stay signed in until their cookie is renewed',
      'They stay signed in: the next read comes from the database',
      'Their browsers send the lost data again',
    ],
    correct: 2,
    explanation:
      'The database keeps, the cache is a fast copy. A read that misses the copy goes to the database and fills the cache again. With the engine `cache` alone they would all be signed out.',
  },
  {
    id: 'fixation',
    level: 'medium',
    asks: 'What stops session fixation?',
    choices: ['A longer token', 'A new token at every sign-in', 'A shorter age', 'Checking the IP address'],
    correct: 1,
    explanation:
      'In a fixation the attacker knows the token before you sign in: it is the attacker’s own. However long it is, and however short it lives, it must not be the one you are signed in with. So sign-in issues a new one, and the old one is worth nothing.',
  },
  {
    id: 'script',
    level: 'medium',
    asks: 'An attacker’s script runs in your page. The cookie is `HttpOnly`. What can the script still do?',
    choices: [
      'Nothing',
      'Read the cookie from the requests it sends',
      'Take `HttpOnly` off the cookie',
      'Send requests as the user while the page is open',
    ],
    correct: 3,
    explanation:
      '`HttpOnly` keeps the cookie from being carried off, so the attack ends with the page. While it is open, the browser adds the cookie to whatever the script sends. So escape what you print, and use a Content-Security-Policy: they keep the script out.',
  },
  {
    id: 'deadline',
    level: 'medium',
    asks: 'A thief copies a cookie with `Max-Age=1200` and keeps the copy for a week. What ends it?',
    choices: [
      'The deadline on the server',
      '`Max-Age`: it travels with the copy',
      'Nothing does',
      'The thief’s browser, after 1200 seconds',
    ],
    correct: 0,
    explanation:
      '`Max-Age` is a wish to an honest browser. Nobody else obeys it, and it is not even sent back to the server. A session is over when the server says so. That is why step 1 measures the server and not the browser.',
  },
  {
    id: 'host-prefix',
    level: 'hard',
    asks: 'What does a browser promise about a cookie whose name begins with `__Host-`?',
    choices: [
      'That no script can read it',
      'That it is sent to this site’s own pages alone',
      'That it was set over https, by this very host, for all its paths',
      'That it cannot be copied',
    ],
    correct: 2,
    explanation:
      'A browser takes such a cookie only with `Secure`, with `Path=/` and without `Domain`. So no neighbouring subdomain and nobody on a plain line can plant one. It says nothing about scripts; that is `HttpOnly`. And which sites’ requests carry it is `SameSite`.',
  },
  {
    id: 'reuse',
    level: 'hard',
    asks: 'A thief uses a copied token beside its owner. The server renews the token every ten minutes. When is the theft noticed?',
    choices: [
      'When the two have different IP addresses',
      'When one of the two comes with the token that was replaced',
      'As soon as the copy is used',
      'When the owner signs out',
    ],
    correct: 1,
    explanation:
      'Only one of the two gets the new token. The other comes with the old one, and an honest browser would not have it any more. The server cannot tell which of them is the thief, so it ends the session for both. IP addresses change for honest people too.',
  },
  {
    id: 'slow-request',
    level: 'hard',
    asks: 'A slow request has read a session. Then the user signs out. Then the slow request saves. What must happen?',
    choices: [
      'The session is saved, since the request began before',
      'The session is saved, but without its user',
      'The user is signed out once more, a little later',
      'Nothing is saved: what has ended is not written again',
    ],
    correct: 3,
    explanation:
      'If saving could create the session anew, the sign-out would be undone, and nobody would see it. So a save may change a session and never bring one back. The same goes for the cache: an old copy that arrives late must not be put into it.',
  },
]
