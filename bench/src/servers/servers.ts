import { hash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mkdtempSync } from 'node:fs'
import express from 'express'
import expressSession from 'express-session'
import { cachedDb, createSessions, memoryCache, sqliteStore } from 'holdfast'
import { expressSessions } from 'holdfast/express'
import { nodeSessions } from 'holdfast/node'
import { sessionData } from '../session-data.ts'

declare module 'express-session' {
  interface SessionData {
    user: typeof sessionData
  }
}

/** Each answers `POST /begin` with a cookie and `GET /` with one field of the session it belongs to. */
export const servers: Record<string, () => RequestListener> = {
  'node/bare': () => (_request, response) => void response.end('user-0001'),

  // The least anyone could do: scan the cookie, hash it, look it up, parse. No security beyond that.
  'node/floor': () => {
    const sessions = new Map<string, string>()
    return (request, response) => {
      if (request.method === 'POST') {
        sessions.set(hash('sha256', TOKEN), JSON.stringify({ user: sessionData }))
        response.setHeader('set-cookie', `sid=${TOKEN}`)
      }
      const token = /(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
      const json = sessions.get(hash('sha256', token))
      const { user } = JSON.parse(json ?? '{}') as { user?: { userId: string } }
      response.end(user?.userId ?? '')
    }
  },

  'node/holdfast': () => {
    const sessions = holdfast()
    return nodeSessions(sessions, (request, response, session) => {
      if (request.method === 'POST') session.set('user', sessionData)
      response.end(session.get('user')?.userId ?? '')
    })
  },

  'express/bare': () => {
    const app = express()
    app.all('/{*path}', (_request, response) => void response.end('user-0001'))
    return app
  },

  'express/express-session': () => {
    const app = express()
    app.use(expressSession({ secret: KEY, resave: false, saveUninitialized: false }))
    app.all('/{*path}', (request, response) => {
      if (request.method === 'POST') (request.session as unknown as { user: unknown }).user = sessionData
      response.end((request.session as unknown as { user?: { userId: string } }).user?.userId ?? '')
    })
    return app
  },

  'express/holdfast': () => {
    const app = express()
    const sessions = holdfast()
    app.use(expressSessions(sessions))
    app.all('/{*path}', (request, response) => {
      if (request.method === 'POST') request.session.set('user', sessionData)
      response.end((request.session.get('user') as { userId: string } | undefined)?.userId ?? '')
    })
    return app
  },
}

const TOKEN = 'k'.repeat(43)
const KEY = 'benchmark key, never used anywhere else 0123456789'

function holdfast(): ReturnType<typeof createSessions<{ user: typeof sessionData }>> {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-bench-')), 'sessions.sqlite')
  return createSessions<{ user: typeof sessionData }>({
    keys: [KEY],
    engine: cachedDb(sqliteStore(file), memoryCache()),
  })
}
