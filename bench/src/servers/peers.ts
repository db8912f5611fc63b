import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import express from 'express'
import expressSession from 'express-session'
import fastify from 'fastify'
import { getIronSession, nodeCookies } from 'iron-session'
import { sessionData } from '../session-data.ts'
import { KEY, type Listener } from './kind.ts'

export interface Kept {
  user?: typeof sessionData
  count?: number
}

/** With its MemoryStore, which is not durable. */
export const expressSessionMemory: Listener = {
  bare: 'express/bare',
  start({ sliding }) {
    const app = express()
    app.use(expressSession({ secret: KEY, resave: false, saveUninitialized: false, rolling: sliding }))
    app.all('/{*path}', (request, response) => {
      response.end(answer(request.url, request.method, request.session as unknown as Kept))
    })
    return app
  },
}

/** With its MemoryStore, which is not durable. */
export const fastifySessionMemory: Listener = {
  bare: 'fastify/bare',
  async start({ sliding }) {
    const app = fastify()
    await app.register(fastifyCookie)
    await app.register(fastifySession, {
      secret: KEY,
      rolling: sliding,
      saveUninitialized: false,
      cookie: { secure: false },
    })
    app.all('/*', (request, reply) => reply.send(answer(request.url, request.method, request.session as Kept)))
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

/** Sealed into the cookie. */
export const ironSession: Listener = {
  bare: 'node/bare',
  start:
    ({ sliding }) =>
    async (request, response) => {
      const session = await getIronSession<Kept>(nodeCookies(request, response), {
        cookieName: 'session',
        password: KEY,
      })
      const text = answer(request.url, request.method, session)
      if (sliding || request.method === 'POST') await session.save()
      response.end(text)
    },
}

export function answer(url: string | undefined, method: string | undefined, session: Kept): string {
  if (url === '/begin') {
    session.user = sessionData
    session.count = 0
    return ''
  }
  if (method === 'POST') return String((session.count = (session.count ?? 0) + 1))
  return session.user?.userId ?? ''
}
