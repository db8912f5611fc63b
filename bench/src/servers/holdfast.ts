import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { cachedDb, createSessions, memoryCache, sqliteStore, type Session, type Sessions } from 'holdfast'
import { expressSessions } from 'holdfast/express'
import { nodeSessions } from 'holdfast/node'
import { sessionData } from '../session-data.ts'
import { KEY, type Listener, type ServerOptions } from './kind.ts'

export interface Kept {
  user: typeof sessionData
  count: number
}

/** `cachedDb` on SQLite and a cache in the process. Writes are durable: SQLite syncs before they are answered. */
export const nodeHoldfast: Listener = {
  bare: 'node/bare',
  start: (options) =>
    nodeSessions(openSessions(options), (request, response, session) => {
      response.end(answer(request.url, request.method, session))
    }),
}

export const expressHoldfast: Listener = {
  bare: 'express/bare',
  start(options) {
    const app = express()
    app.use(expressSessions(openSessions(options)))
    app.all('/{*path}', (request, response) => {
      response.end(answer(request.url, request.method, request.session as unknown as Session<Kept>))
    })
    return app
  },
}

export function answer(url: string | undefined, method: string | undefined, session: Session<Kept>): string {
  if (url === '/begin') {
    session.set('user', sessionData)
    session.set('count', 0)
    return ''
  }
  if (method === 'POST') return String(session.update('count', (count = 0) => count + 1))
  return session.get('user')?.userId ?? ''
}

function openSessions({ sliding }: ServerOptions): Sessions<Kept> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  return createSessions<Kept>({
    keys: [KEY],
    engine: cachedDb(sqliteStore(join(folder, 'sessions.sqlite')), memoryCache()),
    expiry: sliding ? 'sliding' : 'since-save',
  })
}
