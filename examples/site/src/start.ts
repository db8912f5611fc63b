import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { cachedDb, createSessions, memoryCache, sqliteStore, type Clock } from 'holdfast'
import { openLab } from 'holdfast-lab/server/routes'
import { createApp } from './app.ts'
import { sessionKey } from './session-key.ts'
import './session-data.ts'
import { openUsers } from './users.ts'

export interface StartOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly dataDir: string
  readonly host?: string
  readonly sessionKey?: string | undefined
  /** Further addresses under which browsers know the site, behind a proxy. */
  readonly origins?: readonly string[]
  readonly note?: (line: string) => void
  readonly clock?: Clock
}

export interface RunningSite {
  readonly address: string
  /** Ends when the last request is answered and everything is written. */
  close(): Promise<void>
}

/** @throws with code EADDRINUSE when the port is taken; nothing is open then. */
export async function startSite(options: StartOptions): Promise<RunningSite> {
  const { port, dataDir, host = 'localhost', origins = [], note = () => {} } = options
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  const address = `http://localhost:${(server.address() as AddressInfo).port}`

  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const clock = options.clock === undefined ? {} : { clock: options.clock }
  const sessions = createSessions({
    keys: [sessionKey(dataDir, options.sessionKey, note)],
    engine: cachedDb(sqliteStore(join(dataDir, 'sessions.sqlite'), clock), memoryCache(clock), clock),
    ...clock,
  })
  const users = openUsers(join(dataDir, 'users.sqlite'))
  sessions.on('reuse', ({ id, policy }) => note(`A replaced cookie came back for session ${id}: ${policy}`))
  sessions.on('insecure-transport', ({ host: name }) => note(`Browsers keep no session over plain http with ${name}`))
  sessions.on('commit-failed', ({ error }) => note(`A session could not be saved: ${String(error)}`))

  const sweep = setInterval(() => {
    sessions.clearExpired().catch((error: unknown) => note(`Expired sessions were not cleared: ${String(error)}`))
  }, SWEEP_MS).unref()
  const lab = openLab()
  server.on('request', createApp({ sessions, users, lab, origins: [address, ...origins] }))
  // Once it closes, a connection that has its last answer is not kept for more.
  server.on('request', (_request, response) => {
    response.once('close', () => server.listening || server.closeIdleConnections())
  })

  return {
    address,
    async close() {
      clearInterval(sweep)
      const closed = once(server, 'close')
      server.close()
      // A request that hangs must not keep the process.
      const patience = setTimeout(() => server.closeAllConnections(), PATIENCE_MS).unref()
      await closed
      clearTimeout(patience)
      await lab.close()
      await sessions.close()
      users.close()
    },
  }
}

const SWEEP_MS = 10 * 60_000
const PATIENCE_MS = 5000
