import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { nodeSessions } from '../../src/adapters/node.ts'
import {
  cachedDb,
  createSessions,
  db,
  memoryCache,
  signedCookies,
  sqliteStore,
  type SessionEvent,
  type Sessions,
  type SessionsOptions,
} from '../../src/index.ts'
import { createBrowser, type Browser } from './browser.ts'
import { fakeClock, type FakeClock } from './clock.ts'
import { createGates, type Gates } from './gates.ts'
import { ROUTES, type ProbeData } from './probe-routes.ts'
import { watchStore, type WatchedStore } from './watched-store.ts'

export const KEY = 'k1-the key that every probe seals with, forty bytes'
export const COOKIE = '__Host-session'

/** The probe application: a plain `node:http` server on an SQLite file, with time in the test's hand. */
export interface Probe {
  readonly base: string
  readonly port: number
  readonly path: string
  readonly sessions: Sessions<ProbeData>
  readonly watched: WatchedStore
  readonly clock: FakeClock
  readonly gates: Gates
  /** All events so far. */
  readonly events: readonly SessionEvent[]
  browser(): Browser
  /** How many records the store holds, expired ones included. */
  size(): number
  close(): Promise<void>
}

export interface ProbeOptions extends Omit<SessionsOptions, 'keys' | 'engine' | 'clock'> {
  readonly keys?: readonly string[]
  /** The watched store keeps the sessions, or the endings of sessions in cookies. */
  readonly engine?: (typeof ENGINES)[number] | 'signedCookies' | 'signedCookies without endings'
  /** An existing file, for a restart or a second application on one store. */
  readonly path?: string
  readonly clock?: FakeClock
}

/** Both engines that keep sessions in a store; the second is the default of `createSessions`. */
export const ENGINES = ['db', 'cachedDb'] as const

export async function startProbe(options: ProbeOptions = {}): Promise<Probe> {
  const { engine: kind = 'cachedDb', path = newPath(), clock = fakeClock(), keys = [KEY], ...rest } = options
  const watched = watchStore(sqliteStore(path, { synchronous: 'normal', clock }))
  const engine = {
    db: () => db(watched.store),
    cachedDb: () => cachedDb(watched.store, memoryCache({ clock }), { clock }),
    signedCookies: () => signedCookies({ endings: watched.store }),
    'signedCookies without endings': () => signedCookies(),
  }[kind]()
  const sessions = createSessions<ProbeData>({ keys, engine, clock, ...rest })
  const gates = createGates()
  const events: SessionEvent[] = []
  sessions.on('*', (event) => events.push(event))

  // Room for headers that Node would refuse by itself, so that what is tested is ours.
  const server = createServer({ maxHeaderSize: 512 * 1024 }, application(sessions, gates)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true })
  const base = `http://127.0.0.1:${port}`

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    agent.destroy()
    server.closeAllConnections()
    server.close()
    await sessions.close()
  }
  const probe: Probe = {
    base,
    port,
    path,
    sessions,
    watched,
    clock,
    gates,
    events,
    browser: () => createBrowser(base, agent),
    size: () => countRows(path),
    close: () => (closing ??= close()),
  }
  open.push(probe)
  return probe
}

/** A file of its own in a directory of its own. */
export function newPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-attacks-'))
  directories.push(directory)
  return join(directory, 'sessions.sqlite')
}

const open: Probe[] = []
const directories: string[] = []
after(async () => {
  for (const probe of open) await probe.close()
  for (const directory of directories) rmSync(directory, { recursive: true })
})

function application(sessions: Sessions<ProbeData>, gates: Gates) {
  return nodeSessions(sessions, async (request, response, session) => {
    try {
      const url = new URL(request.url ?? '/', 'http://probe')
      const route = ROUTES[`${request.method} ${url.pathname}`]
      const body = request.method === 'POST' ? await readBody(request) : {}
      const answer = await route?.({ url, request, response, session, body, sessions, gates })
      if (answer !== undefined) send(response, 200, answer)
      else if (route === undefined) send(response, 404, { error: 'no such page' })
    } catch (error) {
      send(response, statusOf(error), { error: String(error) })
    }
  })
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(answer))
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

function statusOf(error: unknown): number {
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' ? status : 500
}

function countRows(path: string): number {
  const database = openFile(path)
  try {
    return Number(database.prepare('SELECT count(*) AS count FROM holdfast_sessions').get()?.['count'])
  } finally {
    database.close()
  }
}

/** The database file as whoever stole it, or may write to it, opens it. */
export function openFile(path: string) {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  return new DatabaseSync(path, { timeout: 5000 })
}
