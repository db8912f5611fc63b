import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openLab } from 'holdfast-lab/server/routes'
import { createApp } from './app.ts'
import { checkPort } from './free-port.ts'
import { openSessions, type SessionsOptions } from './sessions.ts'

export interface StartOptions extends Partial<SessionsOptions> {
  /** 0 takes any free one. */
  readonly port: number
  readonly host?: string
  /** How many processes share the port; this is one of them. */
  readonly processes?: number
  /** Further addresses under which browsers know the site, behind a proxy. */
  readonly origins?: readonly string[]
  readonly proxies?: number
}

export interface RunningSite {
  readonly address: string
  /** Ends when the last request is answered and everything is written. */
  close(): Promise<void>
}

/**
 * @throws with code EADDRINUSE when the port is taken, StorageError when PostgreSQL cannot be used; nothing is open
 * then.
 */
export async function startSite(options: StartOptions): Promise<RunningSite> {
  const { port, host = 'localhost', processes = 1, origins = [], proxies = 0, note = () => {} } = options
  if (processes === 1) await checkPort(port, host)
  const opened = await openSessions({ sessionKey: undefined, ...options, note })
  const server = createServer().listen(port, host)
  // Last, because from here on requests come.
  await once(server, 'listening')
  const address = `http://localhost:${(server.address() as AddressInfo).port}`
  const { sessions, users, counters } = opened
  sessions.on('reuse', ({ id, policy }) => note(`A replaced cookie came back for session ${id}: ${policy}`))
  sessions.on('store-behind', ({ id }) => note(`The database lost what session ${id} wrote last`))
  sessions.on('insecure-transport', ({ host: name }) => note(`Browsers keep no session over plain http with ${name}`))
  sessions.on('commit-failed', ({ error }) => note(`A session could not be saved: ${String(error)}`))

  const sweep = setInterval(() => {
    Promise.all([sessions.clearExpired(), counters.clear()]).catch((error: unknown) =>
      note(`What has expired was not cleared: ${String(error)}`),
    )
  }, SWEEP_MS).unref()
  // A live page is in the process that made it, and only this one can tell what became of it.
  const lab = openLab(processes === 1 ? {} : { mostLive: 0 })
  server.on('request', createApp({ sessions, users, counters, lab, origins: [address, ...origins], proxies }))
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
      await opened.close()
    },
  }
}

const SWEEP_MS = 10 * 60_000
const PATIENCE_MS = 5000
