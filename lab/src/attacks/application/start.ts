import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { sessionsFromSettings, type DjangoExtras, type DjangoSettings } from 'holdfast/django'
import { nodeSessions } from 'holdfast/node'
import type { SessionEvent } from 'holdfast'
import { COOKIE, createBrowser, type Browser } from './browser.ts'
import { startCacheServer, type CacheServer } from './cache-server.ts'
import { selfSigned } from './certificate.ts'
import { woundClock, type WoundClock } from './clock.ts'
import { openCollector, type Collector } from './collector.ts'
import { startDatabase, type Database } from './database.ts'
import { openLine, type Line } from './line.ts'
import { naiveSessions } from './naive.ts'
import { openShop, type Listen, type ShopData } from './shop.ts'
import { createTimeline, type Timeline } from './timeline.ts'

/** As they were written, values that make no sense included: Holdfast judges them when the application starts. */
export type LabSettings = Readonly<Record<string, unknown>>

export interface ApplicationOptions {
  /** Settings for Holdfast, or the sessions of `naive.ts`. */
  readonly sessions: LabSettings | 'naive'
  /** What Django's settings have no word for. */
  readonly extras?: Pick<DjangoExtras, 'renewalInterval' | 'onReuse'>
  /** Under which path it lives. Default: none. */
  readonly path?: `/${string}`
  /** The site in whose frame a real browser may show this application. */
  readonly framedBy?: string
}

/** One application, for one run: its own database, cache, clock, key and addresses. Nothing outlives `close`. */
export interface Application {
  readonly timeline: Timeline
  readonly clock: WoundClock
  readonly database: Database
  readonly cacheServer: CacheServer
  /** Whether its sessions are those of `naive.ts`. */
  readonly isNaive: boolean
  /** What Holdfast reported. */
  readonly events: readonly SessionEvent[]
  /** The application's addresses, with the lines that lead there. */
  readonly https: string
  readonly http: string
  readonly lines: { readonly https: Line; readonly http: Line }
  browser(): Browser
  /** Ends the application's process, as far as it knows, and starts it again on the same database. */
  restart(): Promise<void>
  /** A link to the guest book for a real browser on this machine. It signs Ada in, once. */
  openToBrowsers(): Promise<string>
  attackersSite(): Promise<Collector>
  close(): Promise<void>
}

/** Where they differ from Holdfast's, which are stricter. */
const DJANGO_DEFAULTS = {
  SESSION_COOKIE_AGE: 1_209_600,
  SESSION_COOKIE_NAME: COOKIE,
  SESSION_COOKIE_SECURE: false,
} as const satisfies Partial<DjangoSettings>

/** A name of its own, so that no browser takes it for localhost, which it would trust without https. */
const HOST = 'shop.example'

/** One for all applications of this process: it protects nothing but their own test traffic. */
const CERTIFICATE = selfSigned(HOST)

/** @throws HoldfastError ERR_SETTING when the settings are such that the application does not start. */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const clock = woundClock()
  const parts = { clock, database: startDatabase(clock), cacheServer: startCacheServer(clock) }
  const closing: (() => unknown)[] = [() => parts.database.shutDown()]
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).toReversed()) await step()
  }
  const key = randomBytes(48).toString('base64url')
  const events: SessionEvent[] = []
  const { path = '' } = options
  const shop = openShop(path)

  const boot = async (): Promise<Process> => {
    const sessions = options.sessions === 'naive' ? naive() : holdfast(options, options.sessions)
    const listener = sessions.listen(shop)
    const servers = [createServer(listener), createSecureServer(CERTIFICATE, listener)] as const
    const [http, https] = await Promise.all(servers.map(portOf))
    lines.http.leadTo(http ?? 0)
    lines.https.leadTo(https ?? 0)
    return {
      listener,
      async end() {
        servers.forEach(hangUp)
        await sessions.end()
      },
    }
  }

  const holdfast = (given: ApplicationOptions, settings: LabSettings): Sessions => {
    const all = { ...DJANGO_DEFAULTS, ...settings, SESSION_COOKIE_PATH: path || '/', SECRET_KEY: key }
    // Not what its type says, perhaps: that is for Holdfast to find out.
    const sessions = sessionsFromSettings<ShopData>(all as DjangoSettings, {
      ...given.extras,
      ...partsFor(settings, parts),
      clock,
    })
    sessions.on('*', (event) => events.push(event))
    return {
      listen: ({ serve }) => nodeSessions(sessions, serve),
      end: () => sessions.close(),
    }
  }

  const lines = { http: await openLine(), https: await openLine() }
  closing.push(
    () => lines.http.cut(),
    () => lines.https.cut(),
  )
  let running: Process
  try {
    running = await boot()
  } catch (error) {
    await close()
    throw error
  }
  closing.push(() => running.end())

  return {
    ...parts,
    timeline: createTimeline(clock),
    events,
    isNaive: options.sessions === 'naive',
    https: `https://${HOST}:${lines.https.port}${path}`,
    http: `http://${HOST}:${lines.http.port}${path}`,
    lines,
    browser() {
      const browser = createBrowser({ clock, certificate: CERTIFICATE.cert })
      closing.push(() => browser.close())
      return browser
    },
    async restart() {
      await running.end()
      running = await boot()
    },
    async openToBrowsers() {
      const { listener } = running
      const server = createServer((request, response) => {
        response.setHeader('content-security-policy', `frame-ancestors ${options.framedBy ?? "'none'"}`)
        response.setHeader('referrer-policy', 'no-referrer')
        listener(request, response)
      })
      const address = `http://localhost:${await portOf(server)}${path}`
      closing.push(() => hangUp(server))
      const secret = randomBytes(16).toString('base64url')
      shop.oneTimeLink(secret)
      return `${address}/enter?once=${secret}`
    },
    async attackersSite() {
      const collector = await openCollector()
      closing.push(() => collector.close())
      return collector
    },
    close,
  }
}

interface Process {
  readonly listener: RequestListener
  end(): Promise<void>
}

interface Sessions {
  readonly listen: Listen
  end(): Promise<void>
}

function naive(): Sessions {
  return { listen: naiveSessions(), end: async () => {} }
}

/** Each engine gets what it uses; what it is given besides would be refused. */
function partsFor(
  { SESSION_ENGINE: engine }: LabSettings,
  { database, cacheServer }: Pick<Application, 'database' | 'cacheServer'>,
): DjangoExtras {
  const kind = typeof engine === 'string' ? engine.split('.').at(-1) : undefined
  if (kind === 'cache') return { store: cacheServer.store }
  if (kind === 'cached_db') return { store: database.store, cache: cacheServer.cache }
  return { store: database.store }
}

async function portOf(server: Pick<Server, 'listen' | 'address' | 'once'>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server as Server, 'listening')
  return (server.address() as AddressInfo).port
}

function hangUp(server: Pick<Server, 'closeAllConnections' | 'close'>): void {
  server.closeAllConnections()
  server.close()
}
