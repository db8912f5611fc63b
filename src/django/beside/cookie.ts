import { stringifySetCookie } from 'cookie'
import type { CookieWriter } from '../../cookie/write.ts'
import type { Clock } from '../../core/clock.ts'
import { problemsInDjangosWords } from '../cookie.ts'
import type { SharedValues } from './settings.ts'

/** The SESSION_COOKIE_ settings, as Django takes them. */
export interface DjangoCookie {
  readonly name: string
  readonly domain: string | null
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
  /** False: no attribute at all. */
  readonly sameSite: 'Lax' | 'Strict' | 'None' | false
}

/** Writes the cookie with the attributes that Django gives it: a removal that differs would be ignored. */
export function djangoCookie(settings: DjangoCookie, clock: Clock): CookieWriter {
  const { name, path, secure, httpOnly, domain, sameSite } = settings
  const attributes = {
    path,
    secure,
    httpOnly,
    ...(domain === null ? {} : { domain: domain.replace(/^\./, '') }),
    ...(sameSite === false ? {} : { sameSite: SAME_SITE[sameSite] }),
  }
  const verbatim = { encode: (value: string) => value }
  return {
    name,
    secure,
    maxAge: undefined,
    write: (value, seconds) =>
      stringifySetCookie({ name, value, ...attributes, ...(seconds === undefined ? {} : lifeOf(seconds)) }, verbatim),
    remove: () => stringifySetCookie({ name, value: '', ...attributes, maxAge: 0, expires: new Date(0) }, verbatim),
  }

  /** Both, as Django says both. */
  function lifeOf(seconds: number): { maxAge: number; expires: Date } {
    const whole = Math.floor(seconds)
    return { maxAge: whole, expires: new Date(Math.min(clock.now() + whole * 1000, LAST_DATE)) }
  }
}

/** What no browser would take. */
export function problemsOfCookie({ name, path, domain, secure, httpOnly, sameSite }: DjangoCookie): string[] {
  return problemsInDjangosWords({
    name,
    path,
    secure,
    httpOnly,
    ...(domain === null ? {} : { domain: domain.replace(/^\./, '') }),
    ...(sameSite === false ? {} : { sameSite: SAME_SITE[sameSite] }),
  })
}

/** The settings that make the cookie. */
export function cookieOf(values: SharedValues): DjangoCookie {
  return {
    name: values.SESSION_COOKIE_NAME,
    domain: values.SESSION_COOKIE_DOMAIN,
    path: values.SESSION_COOKIE_PATH,
    secure: values.SESSION_COOKIE_SECURE,
    httpOnly: values.SESSION_COOKIE_HTTPONLY,
    sameSite: values.SESSION_COOKIE_SAMESITE,
  }
}

const SAME_SITE = { Lax: 'lax', Strict: 'strict', None: 'none' } as const
const LAST_DATE = Date.UTC(9999, 11, 31)
