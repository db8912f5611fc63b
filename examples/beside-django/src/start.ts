import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startDjango } from './django.ts'
import { front } from './front.ts'
import { findPython } from './python.ts'
import { secretKey } from './secret-key.ts'
import { cartService } from './service.ts'
import { openShared } from './sessions.ts'

export interface Bakery {
  readonly address: string
  /** Resolves when Django has ended. */
  readonly ended: Promise<unknown>
  close(): Promise<void>
}

export interface BakeryOptions {
  readonly port: number
  readonly dataDir: string
  /** Of it PYTHON, SECRET_KEY, DATABASE_URL, REDIS_URL and CACHE_PREFIX count; Django gets all of it. */
  readonly env: NodeJS.ProcessEnv
  readonly note: (line: string) => void
}

/** Django, the service beside it, and one origin before both. */
export async function startBakery({ port, dataDir, env: given, note }: BakeryOptions): Promise<Bakery> {
  const python = findPython(given)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const SECRET_KEY = secretKey(dataDir, given['SECRET_KEY'], note)
  const env = { ...given, SECRET_KEY, SQLITE_PATH: join(dataDir, 'db.sqlite3') }
  const django = await startDjango(python, env)
  const shared = await openShared(env)
  const server = createServer(front(cartService(shared.sessions), django.port)).listen(port, 'localhost')
  try {
    await once(server, 'listening')
  } catch (error) {
    await django.stop()
    throw error
  }
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    ended: django.ended,
    async close() {
      server.close()
      server.closeIdleConnections()
      setTimeout(() => server.closeAllConnections(), GRACE_MS).unref()
      await once(server, 'close')
      await shared.close()
      await django.stop()
    },
  }
}

const GRACE_MS = 3000
