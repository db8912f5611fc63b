import { cookieProblems, type CookieOptions } from '../cookie/write.ts'
import type { DjangoValues } from './settings.ts'

export function cookieOptions(values: DjangoValues): CookieOptions {
  const { SESSION_COOKIE_DOMAIN: domain, SESSION_EXPIRE_AT_BROWSER_CLOSE: untilClosed } = values
  return {
    name: values.SESSION_COOKIE_NAME ?? defaultName(values),
    secure: values.SESSION_COOKIE_SECURE,
    httpOnly: values.SESSION_COOKIE_HTTPONLY,
    path: values.SESSION_COOKIE_PATH,
    sameSite: SAME_SITE[values.SESSION_COOKIE_SAMESITE],
    ...(domain === null ? {} : { domain }),
    ...(untilClosed ? {} : { maxAge: values.SESSION_COOKIE_AGE }),
  }
}

/** Where the settings contradict the cookie standard or each other, in Django's words. */
export function cookieSettingProblems(values: DjangoValues): string[] {
  return problemsInDjangosWords(cookieOptions(values))
}

export function problemsInDjangosWords(options: Parameters<typeof cookieProblems>[0]): string[] {
  return cookieProblems(options).map(({ option, problem }) => `${SETTING[option]} ${problem}`)
}

/** The strictest prefix that the other settings allow: browsers then hold the cookie to them. */
function defaultName(values: DjangoValues): string {
  if (!values.SESSION_COOKIE_SECURE) return 'sessionid'
  const hostOnly = values.SESSION_COOKIE_PATH === '/' && values.SESSION_COOKIE_DOMAIN === null
  return hostOnly ? '__Host-sessionid' : '__Secure-sessionid'
}

const SAME_SITE = { Lax: 'lax', Strict: 'strict', None: 'none' } as const

const SETTING = {
  name: 'SESSION_COOKIE_NAME',
  secure: 'SESSION_COOKIE_SECURE',
  httpOnly: 'SESSION_COOKIE_HTTPONLY',
  path: 'SESSION_COOKIE_PATH',
  domain: 'SESSION_COOKIE_DOMAIN',
  sameSite: 'SESSION_COOKIE_SAMESITE',
  maxAge: 'SESSION_COOKIE_AGE',
  partitioned: 'The cookie',
  priority: 'The cookie',
} as const
