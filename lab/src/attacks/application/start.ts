import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { SessionEvent } from 'holdfast'
import { createBrowser, type Browser } from './browser.ts'
import { startCacheServer, type CacheServer } from './cache-server.ts'
import { selfSigned } from './certificate.ts'
import { woundClock, type WoundClock } from './clock.ts'
import { openCollector, type Collector } from './collector.ts'
import { startDatabase, type Database } from './database.ts'
import { openLine, type Line } from './line.ts'
import { bootSessions, type Running, type SessionOptions } from './sessions.ts'
import { openShop } from './shop.ts'
import { createTimeline, type Timeline } from './timeline.ts'

export interface ApplicationOptions extends SessionOptions {
  /** The site in whose frame a real browser may show this application. */
  readonly framedBy?: string
}

/** One application, for one run: its own database, cache, clock, key and addresses. Nothing outlives `close`. */
export interface Application {
  readonly timeline: Timeline
  readonly clock: WoundClock
  readonly database: Database
  readonly cacheServer: CacheServer
  /** What Holdfast reported. */
  readonly events: readonly SessionEvent[]
  /** Whether its sessions are those of `naive.ts`. */
  readonly isNaive: boolean
  readonly https: string
  readonly http: string
  browser(): Browser
  /** Two ways to the application, with a sniffer on each. */
  tapLines(): Promise<Readonly<Record<'https' | 'http', TappedLine>>>
  /** Ends the sessions with all that their process remembers, and begins again on the same database. */
  restart(): Promise<void>
  /** A link to the guest book for a real browser on this machine. It signs Ada in, once. */
  openToBrowsers(): Promise<string>
  attackersSite(): Promise<Collector>
  close(): Promise<void>
}

export interface TappedLine extends Line {
  /** The application's address at this end of the line. */
  readonly address: string
}

/** A name of its own, so that no browser takes it for localhost, which it would trust without https. */
const HOST = 'shop.example'

/** One for all applications of this process: it protects nothing but their own test traffic. */
const CERTIFICATE = selfSigned(HOST)
const TRUST = createSecureContext({ ca: CERTIFICATE.cert })

/** @throws HoldfastError ERR_SETTING when the settings are such that the application does not start. */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const { path = '', framedBy = "'none'" } = options
  const clock = woundClock()
  const parts = { clock, database: startDatabase(clock), cacheServer: startCacheServer(clock) }
  const closing: (() => unknown)[] = [() => parts.database.shutDown()]
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).toReversed()) await step()
  }

  const events: SessionEvent[] = []
  const shop = openShop(path)
  const key = randomBytes(48).toString('base64url')
  const boot = (): Running => bootSessions(options, { ...parts, key, shop, onEvent: (event) => events.push(event) })
  let running: Running
  try {
    running = boot()
  } catch (error) {
    await close()
    throw error
  }
  closing.push(() => running.end())

  const issued = new Set<string>()
  const listener: RequestListener = (request, response) => {
    response.once('finish', () => {
      for (const line of [response.getHeader('set-cookie') ?? []].flat())
        issued.add(String(line).split(';', 1)[0] ?? '')
    })
    running.listener(request, response)
  }
  const listen = async (server: Listening): Promise<number> => {
    closing.push(() => hangUp(server))
    return portOf(server)
  }
  const servers = { https: createSecureServer(CERTIFICATE, listener), http: createServer(listener) }
  const ports = { https: await listen(servers.https), http: await listen(servers.http) }
  const addressOf = (scheme: 'https' | 'http', port: number): string => `${scheme}://${HOST}:${port}${path}`

  return {
    ...parts,
    timeline: createTimeline(clock),
    events,
    isNaive: options.sessions === 'naive',
    https: addressOf('https', ports.https),
    http: addressOf('http', ports.http),
    browser() {
      const browser = createBrowser({ clock, trust: TRUST })
      closing.push(() => browser.close())
      return browser
    },
    async tapLines() {
      const tap = async (scheme: 'https' | 'http'): Promise<TappedLine> => {
        const line = await openLine(ports[scheme])
        closing.push(() => line.cut())
        return { ...line, address: addressOf(scheme, line.port) }
      }
      return { https: await tap('https'), http: await tap('http') }
    },
    async restart() {
      for (const server of Object.values(servers)) server.closeAllConnections()
      await running.end()
      running = boot()
    },
    async openToBrowsers() {
      const server = createServer((request, response) => {
        response.setHeader('content-security-policy', `frame-ancestors ${framedBy}`)
        response.setHeader('referrer-policy', 'no-referrer')
        listener(request, response)
      })
      const port = await listen(server)
      return `http://localhost:${port}${path}/enter?once=${shop.oneTimeLink()}`
    },
    async attackersSite() {
      const collector = await openCollector((cookie) => issued.has(cookie))
      closing.push(() => collector.close())
      return collector
    },
    close,
  }
}

type Listening = Pick<Server, 'listen' | 'address' | 'closeAllConnections' | 'close'>

async function portOf(server: Listening): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server as Server, 'listening')
  return (server.address() as AddressInfo).port
}

function hangUp(server: Listening): void {
  server.closeAllConnections()
  server.close()
}
