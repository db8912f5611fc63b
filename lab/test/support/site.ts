import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createSessions, db, memoryStore } from 'holdfast'
import { expressSessions } from 'holdfast/express'
import { openLab } from '../../src/server/routes.ts'
import type { Limits } from '../../src/server/limits.ts'

/** The lab's server in the smallest site that can have it. */
export interface TestLab {
  readonly address: string
  learner(): Learner
  [Symbol.asyncDispose](): Promise<void>
}

/** A browser at the lab, with a session of its own. */
export interface Learner {
  readonly cookie: string
  post(path: string, body: unknown): Promise<Reply>
  get(path: string): Promise<Reply>
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed, not trusted. */
  readonly json: Record<string, unknown>
}

export async function startLab(limits: Partial<Limits> = {}): Promise<TestLab> {
  const sessions = createSessions({ keys: [KEY], engine: db(memoryStore()) })
  const lab = openLab(limits)
  const app = express().use(expressSessions(sessions)).use('/lab/api', lab.routes)
  const server = createServer(app).listen(0, 'localhost')
  await once(server, 'listening')
  const address = `http://localhost:${(server.address() as AddressInfo).port}`

  const learner = (): Learner => {
    let cookie = ''
    const send = async (path: string, init: RequestInit): Promise<Reply> => {
      const response = await fetch(`${address}/lab/api/${path}`, {
        ...init,
        headers: { ...(cookie === '' ? {} : { cookie }), 'content-type': 'application/json' },
      })
      for (const line of response.headers.getSetCookie()) cookie = line.split(';', 1)[0] ?? ''
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, json: parse(text) }
    }
    return {
      get cookie() {
        return cookie
      },
      post: (path, body) =>
        send(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
      get: (path) => send(path, {}),
    }
  }

  return {
    address,
    learner,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await lab.close()
      await sessions.close()
    },
  }
}

const KEY = 'only for these tests: 0123456789 abcdef ghijkl'

function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
