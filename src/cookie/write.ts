import { stringifySetCookie } from 'cookie'
import { HoldfastError } from '../core/errors.ts'

/**
 * The session cookie. Without any option it is `__Host-session; Path=/; Secure; HttpOnly; SameSite=Lax`,
 * in every environment: Chromium and Firefox accept that on http://localhost.
 *
 * The name decides what else is allowed (RFC 6265bis, section 4.1.3): `__Host-` means Secure, `Path=/` and no
 * Domain; `__Secure-` means Secure. Both are types here and errors at run time.
 */
export type CookieOptions = HostCookieOptions | SecureCookieOptions | PlainCookieOptions

export interface HostCookieOptions extends CommonCookieOptions {
  readonly name?: `__Host-${string}`
  readonly secure?: true
  readonly path?: '/'
  readonly domain?: undefined
}

export interface SecureCookieOptions extends CommonCookieOptions {
  readonly name: `__Secure-${string}`
  readonly secure?: true
  readonly path?: string
  readonly domain?: string | undefined
}

export interface PlainCookieOptions extends CommonCookieOptions {
  readonly name: string
  /** False sends the session over plain http, where anyone on the way can copy it. */
  readonly secure?: boolean
  readonly path?: string
  readonly domain?: string | undefined
}

interface CommonCookieOptions {
  /** False lets every script on the page read the session. */
  readonly httpOnly?: boolean
  /** Default `lax`. `none` needs Secure. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Seconds the browser keeps the cookie, 400 days at most. Without it the cookie ends with the browser. */
  readonly maxAge?: number
  /** One cookie jar per embedding site (CHIPS). Needs Secure; of use with `sameSite: 'none'` only. */
  readonly partitioned?: boolean
  readonly priority?: 'low' | 'medium' | 'high'
}

/** What a checked set of options comes to. */
export interface CookieWriter {
  readonly name: string
  readonly secure: boolean
  readonly httpOnly: boolean
  /** `absent`: browsers decide, and some let other sites send it. */
  readonly sameSite: 'lax' | 'strict' | 'none' | 'absent'
  readonly maxAge: number | undefined
  /** `maxAge` in seconds; undefined for a cookie that ends with the browser. */
  write(value: string, maxAge: number | undefined): string
  /** Repeats every attribute, because a browser ignores a removal that differs. */
  remove(): string
}

/** Browsers cut every cookie's life to this (RFC 6265bis, section 5.5). */
export const LONGEST_MAX_AGE = 400 * 24 * 60 * 60

export function createCookieWriter(options: CookieOptions = {}): CookieWriter {
  const { name = '__Host-session', httpOnly = true, sameSite = 'lax', maxAge, partitioned = false } = options
  const { secure = true, path = '/', domain, priority } = options
  const problem = cookieProblems(options)[0]
  if (problem !== undefined) throw new HoldfastError('ERR_COOKIE_OPTION', `${problem.option} ${problem.problem}`)
  const attributes = {
    path,
    secure,
    httpOnly,
    sameSite,
    partitioned,
    ...(domain === undefined ? {} : { domain }),
    ...(priority === undefined ? {} : { priority }),
  }
  const verbatim = { encode: (value: string) => value }

  return {
    name,
    secure,
    httpOnly,
    sameSite,
    maxAge,
    write: (value, seconds) =>
      stringifySetCookie(
        { name, value, ...attributes, ...(seconds === undefined ? {} : { maxAge: seconds }) },
        verbatim,
      ),
    remove: () => stringifySetCookie({ name, value: '', ...attributes, maxAge: 0, expires: new Date(0) }, verbatim),
  }
}

/** What contradicts the cookie standard or itself: the option, and what it must be. */
export function cookieProblems(options: Unchecked): { readonly option: keyof Unchecked; readonly problem: string }[] {
  const { name = '__Host-session', httpOnly = true, sameSite = 'lax', maxAge, partitioned = false } = options
  const { secure = true, path = '/', domain, priority = 'medium' } = options
  const problems: { option: keyof Unchecked; problem: string }[] = []
  const refuse = (option: keyof Unchecked, problem: string): void => void problems.push({ option, problem })

  for (const [option, value] of [
    ['secure', secure],
    ['partitioned', partitioned],
    ['httpOnly', httpOnly],
  ] as const) {
    if (typeof value !== 'boolean') refuse(option, 'must be true or false')
  }
  if (typeof name !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    refuse('name', 'must be an RFC 9110 token: letters, digits and no spaces, quotes, commas or semicolons')
  }
  if (typeof path !== 'string' || !/^\/[\x20-\x3a\x3d-\x7e]*$/.test(path)) {
    refuse('path', "must begin with '/' and hold no ';' and no '<'")
  }
  if (domain !== undefined && (typeof domain !== 'string' || !HOST_NAME.test(domain))) {
    refuse('domain', 'must be a host name such as example.com, without a dot before it')
  }
  if (sameSite !== 'lax' && sameSite !== 'strict' && sameSite !== 'none') {
    refuse('sameSite', "must be 'lax', 'strict' or 'none'")
  }
  if (priority !== 'low' && priority !== 'medium' && priority !== 'high') {
    refuse('priority', "must be 'low', 'medium' or 'high'")
  }
  if (maxAge !== undefined && (!Number.isInteger(maxAge) || Number(maxAge) < 1 || Number(maxAge) > LONGEST_MAX_AGE)) {
    refuse('maxAge', `must be a whole number of seconds from 1 to ${LONGEST_MAX_AGE} (400 days, where browsers cut it)`)
  }
  // Browsers compare prefixes without regard to case, so a name that differs only in case is held to the same rules.
  const prefix = /^__(host|secure)-/i.exec(String(name))?.[1]?.toLowerCase()
  const named = `a cookie named ${String(name)}`
  if (prefix !== undefined && secure !== true) refuse('secure', `must be true for ${named}`)
  if (prefix === 'host' && path !== '/') refuse('path', `must be '/' for ${named}`)
  if (prefix === 'host' && domain !== undefined) refuse('domain', `must be left out for ${named}`)
  // The successor of RFC 6265bis (layered cookies): set over HTTP and hidden from scripts.
  if (/^__(?:host-)?http-/i.test(String(name))) {
    if (secure !== true) refuse('secure', `must be true for ${named}`)
    if (httpOnly !== true) refuse('httpOnly', `must be true for ${named}`)
  }
  if (sameSite === 'none' && secure !== true) refuse('secure', 'must be true for a cookie with SameSite=None')
  if (partitioned === true && secure !== true) refuse('secure', 'must be true for a partitioned cookie')
  return problems
}

/** Labels of letters, digits and hyphens within them (RFC 1034, section 3.5), two at least. */
const HOST_NAME = /^(?!.{254})[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/i

export const COOKIE_OPTIONS: readonly (keyof Unchecked)[] = [
  'name',
  'secure',
  'path',
  'domain',
  'httpOnly',
  'sameSite',
  'maxAge',
  'partitioned',
  'priority',
]

/** As it comes from JavaScript: no type has looked at it. */
type Unchecked = { readonly [option in keyof CommonCookieOptions | 'name' | 'secure' | 'path' | 'domain']?: unknown }

/** Says out loud, once per `createSessions`, that a protection was switched off. */
export function warnOfWeakCookie({ secure, httpOnly }: CookieOptions = {}): void {
  const warn = (message: string): void =>
    process.emitWarning(message, { type: 'HoldfastWarning', code: 'HOLDFAST_WEAK_COOKIE' })
  if (secure === false) warn('The session cookie is not Secure: it goes over plain http, where anyone can copy it.')
  if (httpOnly === false)
    warn('The session cookie is not HttpOnly: every script on the page can read and send it away.')
}
