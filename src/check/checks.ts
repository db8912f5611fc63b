import type { PythonValue } from '../django/settings-file/value.ts'
import { anyOf, listHas, settingIs, type Judgement, type Look } from './judgement.ts'

/** Something that holds in a configuration or does not: what, why it matters, and what to write. */
export interface Check {
  /** Stays the same for ever. `HF…` are Holdfast's; `security.W…` are Django's, by Django's conditions. */
  readonly id: string
  readonly title: string
  readonly reason: string
  /** The line to write. */
  readonly fix: string
  readonly judge: (look: Look) => Judgement
}

/** Twelve hours: a day of work, and as long as Holdfast lets a session live by default. */
const LONGEST_AGE = 43_200

const APP = 'django.contrib.sessions'
const MIDDLEWARE = 'django.contrib.sessions.middleware.SessionMiddleware'
const CSRF_MIDDLEWARE = 'django.middleware.csrf.CsrfViewMiddleware'
const CACHED_DB = new Set<PythonValue>(['django.contrib.sessions.backends.cached_db', 'cached_db'])

const SNIFFING = 'Without Secure the browser sends the cookie over plain http too, where anyone on the way can copy it.'
const SCRIPTS = 'Without HttpOnly every script on the page can read the cookie, also one that an attacker planted.'

export const CHECKS: readonly Check[] = [
  {
    id: 'HF001',
    title: 'A session ends within 12 hours of its last save',
    reason:
      "A copied cookie works until its session ends, and Django's default is two weeks. OWASP advises 15 to 30 minutes " +
      'without use; NIST SP 800-63B-4 advises one hour at AAL2, and demands an end after 12 hours at AAL3.',
    fix: 'SESSION_COOKIE_AGE = 1200',
    judge: (look) => settingIs(look('SESSION_COOKIE_AGE'), isShortAge),
  },
  {
    id: 'HF002',
    title: 'The session cookie travels over https only',
    reason: SNIFFING,
    fix: 'SESSION_COOKIE_SECURE = True',
    judge: (look) => settingIs(look('SESSION_COOKIE_SECURE'), isTrue),
  },
  {
    id: 'HF003',
    title: 'Sessions are kept in a database and read from a cache',
    reason:
      'A cache alone forgets sessions, Django cannot end one that is in a signed cookie, files serve one machine, and ' +
      'a database alone is asked at every request.',
    fix: "SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'",
    judge: (look) => settingIs(look('SESSION_ENGINE'), (value) => CACHED_DB.has(value)),
  },
  {
    id: 'HF004',
    title: 'No script can read the session cookie',
    reason: SCRIPTS,
    fix: 'SESSION_COOKIE_HTTPONLY = True',
    judge: (look) => settingIs(look('SESSION_COOKIE_HTTPONLY'), isTrue),
  },
  ...cookieChecks('SESSION_COOKIE_SECURE', SNIFFING, ['W010', 'W011', 'W012']),
  ...cookieChecks('SESSION_COOKIE_HTTPONLY', SCRIPTS, ['W013', 'W014', 'W015']),
  {
    id: 'security.W016',
    title: 'With the CSRF middleware, CSRF_COOKIE_SECURE is True or CSRF_USE_SESSIONS is',
    reason: 'Without Secure the CSRF token travels over plain http too, and whoever reads it can forge requests.',
    fix: 'CSRF_COOKIE_SECURE = True',
    judge: (look) =>
      anyOf(
        settingIs(look('CSRF_COOKIE_SECURE'), isTrue),
        settingIs(look('CSRF_USE_SESSIONS'), isTruthy),
        listHas(look('MIDDLEWARE'), CSRF_MIDDLEWARE, false),
      ),
  },
]

type CookieFlag = 'SESSION_COOKIE_SECURE' | 'SESSION_COOKIE_HTTPONLY'

/** Django warns of the app alone, of the middleware alone, or of both, and never of two of them. */
function cookieChecks(flag: CookieFlag, reason: string, [app, middleware, both]: [string, string, string]): Check[] {
  const check = (id: string, where: string, hasApp: boolean, hasMiddleware: boolean): Check => ({
    id: `security.${id}`,
    title: `With ${where}, ${flag} is True`,
    reason,
    fix: `${flag} = True`,
    judge: (look) =>
      anyOf(
        settingIs(look(flag), isTrue),
        listHas(look('INSTALLED_APPS'), APP, !hasApp),
        listHas(look('MIDDLEWARE'), MIDDLEWARE, !hasMiddleware),
      ),
  })
  return [
    check(app, 'the sessions app but not its middleware', true, false),
    check(middleware, 'the session middleware but not its app', false, true),
    check(both, 'the sessions app and its middleware', true, true),
  ]
}

function isShortAge(value: PythonValue): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LONGEST_AGE
}

/** Django compares with `is True`: what merely counts as true does not do. */
function isTrue(value: PythonValue): boolean {
  return value === true
}

/** What Python's `if` takes for true. */
function isTruthy(value: PythonValue): boolean {
  if (value instanceof Map || value instanceof Set) return value.size > 0
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length > 0
  return Boolean(value)
}
