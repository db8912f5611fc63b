import type { RequestListener } from 'node:http'
import type { Clock, SessionEvent } from 'holdfast'
import { sessionsFromSettings, type DjangoExtras, type DjangoSettings } from 'holdfast/django'
import { nodeSessions } from 'holdfast/node'
import { COOKIE } from './browser.ts'
import type { CacheServer } from './cache-server.ts'
import type { Database } from './database.ts'
import { naiveSessions } from './naive.ts'
import type { Shop, ShopData } from './shop.ts'

/** As they were written, values that make no sense included: Holdfast judges them when the application starts. */
export type LabSettings = Readonly<Record<string, unknown>>

export interface SessionOptions {
  /** Settings for Holdfast, or the sessions of `naive.ts`. */
  readonly sessions: LabSettings | 'naive'
  /** What Django's settings have no word for. */
  readonly extras?: Pick<DjangoExtras, 'renewalInterval' | 'onReuse'>
  /** Under which path the application lives. Default: none. */
  readonly path?: `/${string}`
}

/** What outlives the sessions, as a database server outlives the application's process. */
export interface Parts {
  readonly clock: Clock
  readonly database: Database
  readonly cacheServer: CacheServer
  readonly key: string
  readonly shop: Shop
  readonly onEvent: (event: SessionEvent) => void
}

/** The shop with sessions, until they end. */
export interface Running {
  readonly listener: RequestListener
  end(): Promise<void>
}

/** @throws HoldfastError ERR_SETTING */
export function bootSessions({ sessions: settings, extras, path = '/' }: SessionOptions, parts: Parts): Running {
  if (settings === 'naive') return { listener: naiveSessions(parts.shop), end: async () => {} }
  const all = { ...DJANGO_DEFAULTS, ...settings, SESSION_COOKIE_PATH: path, SECRET_KEY: parts.key }
  // Not what its type says, perhaps: that is for Holdfast to find out.
  const sessions = sessionsFromSettings<ShopData>(all as DjangoSettings, {
    ...extras,
    ...partsFor(settings['SESSION_ENGINE'], parts),
    clock: parts.clock,
  })
  sessions.on('*', parts.onEvent)
  return { listener: nodeSessions(sessions, parts.shop.serve), end: () => sessions.close() }
}

/** Where they differ from Holdfast's, which are stricter. */
const DJANGO_DEFAULTS = {
  SESSION_COOKIE_AGE: 1_209_600,
  SESSION_COOKIE_NAME: COOKIE,
  SESSION_COOKIE_SECURE: false,
} as const satisfies Partial<DjangoSettings>

/** Each engine gets what it uses; what it is given besides would be refused. */
function partsFor(engine: unknown, { database, cacheServer }: Parts): DjangoExtras {
  const kind = typeof engine === 'string' ? engine.split('.').at(-1) : undefined
  if (kind === 'cache') return { store: cacheServer.store }
  if (kind === 'cached_db') return { store: database.store, cache: cacheServer.cache }
  return { store: database.store }
}
