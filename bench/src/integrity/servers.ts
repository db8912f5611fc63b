import { mkdtempSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import fastifyCookie from '@fastify/cookie'
import fastifySession, { type FastifySessionObject, type FastifySessionOptions } from '@fastify/session'
import express from 'express'
import expressSession, { type Session as ExpressSession, type Store } from 'express-session'
import fastify from 'fastify'
import { cachedDb, createSessions, memoryCache, sqliteStore, type StoredEngine } from 'holdfast'
import { nodeSessions } from 'holdfast/node'
import { getIronSession, nodeCookies } from 'iron-session'
import { KEY } from '../servers/kind.ts'

/**
 * `POST /login` signs in. `POST /add?key&ms` reads the session, works for so long, and adds a key. `POST /logout`
 * signs out. `GET /state` answers `{ user, keys }`.
 */
export const servers: Record<string, () => RequestListener | Promise<RequestListener>> = {
  holdfast() {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-integrity-'))
    return holdfastOn(cachedDb(sqliteStore(join(folder, 'sessions.sqlite')), memoryCache()))
  },
  'express-session': () => expressSessionOn(),
  '@fastify/session': () => fastifySessionOn(),
  'iron-session': () => async (request, response) => {
    const session = await getIronSession<Kept>(nodeCookies(request, response), { cookieName: 'session', password: KEY })
    const { answer, ended } = await act(request.url, session, () => session.destroy())
    if (!ended && request.method === 'POST') await session.save()
    response.end(answer)
  },
}

export function holdfastOn(engine: StoredEngine): RequestListener {
  const sessions = createSessions<Record<string, boolean>>({ keys: [KEY], engine })
  return nodeSessions(sessions, async (request, response, session) => {
    const { path, key, ms } = read(request.url)
    if (path === '/login') await session.login('ada')
    if (path === '/logout') await session.logout()
    if (path === '/add') {
      session.keys()
      await sleep(ms)
      session.set(key, true)
    }
    response.end(JSON.stringify({ user: session.subject ?? undefined, keys: session.keys().length }))
  })
}

export function expressSessionOn(store?: Store): RequestListener {
  const app = express()
  app.use(
    expressSession({ secret: KEY, resave: false, saveUninitialized: false, ...(store === undefined ? {} : { store }) }),
  )
  app.all('/{*path}', async (request, response) => {
    // The types of both libraries describe `request.session`; here it is express-session's.
    const session = request.session as unknown as ExpressSession & Kept
    const { answer } = await act(request.url, session, () => promisify(session.destroy.bind(session))())
    response.end(answer)
  })
  return app
}

export async function fastifySessionOn(store?: FastifySessionOptions['store']): Promise<RequestListener> {
  const app = fastify()
  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    secret: KEY,
    saveUninitialized: false,
    cookie: { secure: false },
    ...(store === undefined ? {} : { store }),
  })
  app.all('/*', async (request) => {
    // Here it is theirs.
    const session = request.session as unknown as FastifySessionObject & Kept
    const { answer } = await act(request.url, session, () => session.destroy())
    return answer
  })
  await app.ready()
  return (request, response) => app.routing(request, response)
}

interface Kept {
  user?: string
  data?: Record<string, boolean>
}

async function act(
  url: string | undefined,
  session: Kept,
  destroy: () => unknown,
): Promise<{ answer: string; ended: boolean }> {
  const { path, key, ms } = read(url)
  if (path === '/logout') {
    await destroy()
    return { answer: '{}', ended: true }
  }
  if (path === '/login') session.user = 'ada'
  if (path === '/add') {
    const data = { ...session.data }
    await sleep(ms)
    session.data = { ...data, [key]: true }
  }
  const answer = JSON.stringify({ user: session.user, keys: Object.keys(session.data ?? {}).length })
  return { answer, ended: false }
}

function read(url: string | undefined): { path: string; key: string; ms: number } {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://localhost')
  return { path: pathname, key: searchParams.get('key') ?? 'key', ms: Number(searchParams.get('ms') ?? 0) }
}
