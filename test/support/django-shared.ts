import assert from 'node:assert/strict'
import { sessionsFromSettings, type SharedExtras, type SharedSettings } from '../../src/django.ts'
import type { Sessions } from '../../src/core/sessions.ts'
import { visitHoldfast, type Step, type Visit } from '../django/histories/play.ts'
import type { Django, DjangoPython } from './django.ts'
import { startSite, type SiteConfig } from './django-site.ts'

/** One site that is served by a Django and by Holdfast: the same database, the same settings. */
export interface Shared {
  readonly django: Django
  readonly sessions: Sessions<Record<string, unknown>>
  /** A visit to Holdfast, with a cookie's value or none. */
  readonly here: (cookie: string | null, ...steps: Step[]) => Promise<Visit>
  /** The same at Django. */
  readonly there: (cookie: string | null, ...steps: Step[]) => Promise<Visit>
}

export const SHARED_KEY = 'what this Django signs its sessions with, and nothing else'
/** What a password is hashed with makes no difference to sessions. */
export const FAST_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']
const BACKENDS = ['django.contrib.auth.backends.ModelBackend'] as const

export interface SharedPlace {
  /** As Django has it in `DATABASES`. */
  readonly database: SiteConfig['database']
  readonly extras: SharedExtras
  readonly settings?: Partial<SharedSettings> & Record<string, unknown>
  /** Nothing that was given to a browser can be revoked. */
  readonly copiesLiveOn?: boolean
}

export async function startShared(
  python: DjangoPython,
  { database, extras, settings = {} }: SharedPlace,
): Promise<Shared> {
  const { USE_TZ = true, TIME_ZONE = 'UTC', ...others } = settings
  const django = await startSite(python, {
    database,
    useTz: USE_TZ,
    timeZone: TIME_ZONE,
    modules: ['histories'],
    settings: { SECRET_KEY: SHARED_KEY, AUTHENTICATION_BACKENDS: BACKENDS, PASSWORD_HASHERS: FAST_HASHERS, ...others },
  })
  await django.call('migrate')
  const sessions = sessionsFromSettings<Record<string, unknown>>(
    { SECRET_KEY: SHARED_KEY, USE_TZ, TIME_ZONE, ...others },
    extras,
  )
  const setPassword = (pk: string): Promise<string> => django.call('set_password', pk)
  const site = { sessions, cookieName: 'sessionid', setPassword, now: () => Date.now() }
  return {
    django,
    sessions,
    here: (cookie, ...steps) => visitHoldfast(site, cookie, steps, 200),
    there: (cookie, ...steps) => django.call('visit', cookie, steps, 200),
  }
}

/** The value of the cookie that a response set; `''` when it took the cookie away. */
export function cookieOf({ cookie }: Visit): string {
  return cookie?.value ?? assert.fail('no cookie was set')
}
