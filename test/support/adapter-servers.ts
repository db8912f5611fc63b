import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import compression from 'compression'
import express, { type NextFunction, type Request, type Response as ExpressResponse } from 'express'
import express4 from 'express4'
import fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { expressSessions } from '../../src/adapters/express.ts'
import { fastifySessions } from '../../src/adapters/fastify.ts'
import { fetchSessions } from '../../src/adapters/fetch.ts'
import { honoSessions } from '../../src/adapters/hono.ts'
import { koaSessions } from '../../src/adapters/koa.ts'
import { nodeSessions } from '../../src/adapters/node.ts'
import type { Session } from '../../src/index.ts'
import type {
  AdapterUnderTest,
  ConnectMiddleware,
  ContractData,
  ContractServer,
  Protocol,
  Reply,
} from '../../src/testing.ts'

// One server for each adapter, as somebody who uses the framework would write it.

const BOTH: readonly Protocol[] = ['HTTP/1.1', 'HTTP/2']
const compress = compression() as unknown as ConnectMiddleware
/** The contract's data are not what these tests' `SessionData` would say. */
const own = (session: unknown): Session<ContractData> => session as Session<ContractData>

export const ADAPTERS: Readonly<Record<string, AdapterUnderTest>> = {
  nodeSessions: {
    protocols: BOTH,
    compression: compress,
    serve({ sessions, protocol, handle }) {
      const listener = nodeSessions(sessions, async (request, response, session) => {
        sendReply(response, await handle({ path: String(request.url), session }))
      })
      return listen(listener, protocol)
    },
    serveRaw: ({ sessions, protocol, handle, before }) => listen(nodeSessions(sessions, handle), protocol, before),
  },

  expressSessions: expressUnderTest(express),
  'expressSessions with Express 4': expressUnderTest(express4),

  fastifySessions: {
    protocols: BOTH,
    answersErrors: true,
    compression: compress,
    async serve({ sessions, protocol, handle }) {
      const app = protocol === 'HTTP/2' ? (fastify({ http2: true }) as unknown as FastifyInstance) : fastify()
      await app.register(fastifySessions(sessions))
      app.all('/*', async (request, reply) => {
        const { status = 200, headers = [], body } = await handle({ path: request.url, session: own(request.session) })
        for (const [name, value] of headers) reply.header(name, value)
        return reply.code(status).send(body)
      })
      return listenFastify(app)
    },
    async serveRaw({ sessions, protocol, handle, before }) {
      const serverFactory = (listener: RequestListener): Server => serverOf(listener, protocol, before) as Server
      const app = fastify({ serverFactory })
      app.addContentTypeParser('*', (_request, _payload, done) => done(null))
      await app.register(fastifySessions(sessions))
      app.all('/*', async (request, reply) => {
        reply.hijack()
        await handle(request.raw, reply.raw, own(request.session))
      })
      return listenFastify(app)
    },
  },

  koaSessions: {
    protocols: BOTH,
    answersErrors: true,
    compression: compress,
    serve({ sessions, protocol, handle }) {
      const app = new Koa().use(koaSessions(sessions))
      app.silent = true
      app.use(async (ctx) => {
        const { status = 200, headers = [], body } = await handle({ path: ctx.path, session: own(ctx.session) })
        ctx.status = status
        for (const [name, value] of headers) ctx.append(name, value)
        ctx.body = body ?? ''
      })
      return listen(app.callback() as RequestListener, protocol)
    },
    serveRaw({ sessions, protocol, handle, before }) {
      const app = new Koa().use(koaSessions(sessions))
      app.use(async (ctx) => {
        ctx.respond = false
        ctx.res.statusCode = 200 // Koa begins with 404.
        await handle(ctx.req, ctx.res, own(ctx.session))
      })
      return listen(app.callback() as RequestListener, protocol, before)
    },
  },

  honoSessions: {
    protocols: BOTH,
    answersErrors: true,
    serve({ sessions, protocol, handle }) {
      const app = new Hono().use(honoSessions(sessions)).all('*', async (c) => {
        return responseOf(await handle({ path: c.req.path, session: c.get('session') }))
      })
      app.onError((_error, c) => c.text('something went wrong', 500))
      return listen(getRequestListener(app.fetch) as RequestListener, protocol)
    },
  },

  fetchSessions: {
    protocols: BOTH,
    serve({ sessions, protocol, handle }) {
      const fetch = fetchSessions(sessions)(async (request, session) => {
        return responseOf(await handle({ path: new URL(request.url).pathname, session }))
      })
      const errorHandler = (): Response => new Response('something went wrong', { status: 500 })
      return listen(getRequestListener(fetch, { errorHandler }) as RequestListener, protocol)
    },
  },
}

function expressUnderTest(make: typeof express): AdapterUnderTest {
  return {
    answersErrors: true,
    compression: compress,
    serve({ sessions, protocol, handle }) {
      const app = make().set('env', 'test').use(expressSessions(sessions))
      app.use((req: Request, res: ExpressResponse, next: NextFunction) => {
        handle({ path: req.path, session: own(req.session) }).then((reply) => {
          const location = reply.headers?.find(([name]) => name === 'location')?.[1]
          if (location !== undefined) res.redirect(reply.status ?? 302, location)
          else sendReply(res, reply)
        }, next)
      })
      return listen(app as RequestListener, protocol)
    },
    serveRaw({ sessions, protocol, handle, before }) {
      const app = make().set('env', 'test')
      if (before !== undefined) app.use(before)
      app.use(expressSessions(sessions))
      app.use((req: Request, res: ExpressResponse) => void handle(req, res, own(req.session)))
      return listen(app as RequestListener, protocol)
    },
  }
}

function sendReply(response: ServerResponse, { status = 200, headers = [], body }: Reply): void {
  response.statusCode = status
  for (const [name, value] of headers) response.appendHeader(name, value)
  if (body instanceof ReadableStream) pipeline(Readable.fromWeb(body as never), response, () => {})
  else response.end(body)
}

function responseOf({ status = 200, headers = [], body }: Reply): Response {
  return new Response(body ?? null, { status, headers: headers.map(([name, value]) => [name, value]) })
}

function serverOf(listener: RequestListener, protocol: Protocol, before?: ConnectMiddleware): Server | Http2Server {
  const all = (request: IncomingMessage, response: ServerResponse): void => {
    if (before === undefined) listener(request, response as never)
    else before(request, response, () => listener(request, response as never))
  }
  return protocol === 'HTTP/1.1' ? createServer(all) : createHttp2Server(all as never)
}

async function listen(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  protocol: Protocol,
  before?: ConnectMiddleware,
): Promise<ContractServer> {
  const server = serverOf(listener, protocol, before).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}

async function listenFastify(app: FastifyInstance): Promise<ContractServer> {
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() }
}
