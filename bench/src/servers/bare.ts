import express from 'express'
import fastify from 'fastify'
import { sessionData } from '../session-data.ts'
import type { Listener } from './kind.ts'

/** Frameworks without sessions: what everything else is measured from. */
export const nodeBare: Listener = {
  bare: 'node/bare',
  start: () => (_request, response) => void response.end(sessionData.userId),
}

export const expressBare: Listener = {
  bare: 'express/bare',
  start() {
    const app = express()
    app.all('/{*path}', (_request, response) => void response.end(sessionData.userId))
    return app
  },
}

export const fastifyBare: Listener = {
  bare: 'fastify/bare',
  async start() {
    const app = fastify()
    app.all('/*', (_request, reply) => reply.send(sessionData.userId))
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}
