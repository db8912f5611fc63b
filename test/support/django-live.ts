import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import express, { type Request, type Response } from 'express'
import type pg from 'pg'
import { expressSessions } from '../../src/adapters/express.ts'
import type { Sessions } from '../../src/core/sessions.ts'
import { checkDjangoPassword, djangoUser, makeDjangoPassword, updateSessionAuthHash } from '../../src/django.ts'
import { createBrowser, type Answer } from './browser.ts'
import type { DjangoPython } from './django.ts'

/** One of two servers of one site. Both answer the same paths, and each with all it knows of the visitor. */
export interface Side {
  readonly name: 'Django' | 'Node'
  readonly base: string
  stop(): Promise<void>
}

/** What a server knows of who sent the cookie. */
export interface Known {
  readonly user: string | null
  readonly data: Readonly<Record<string, unknown>>
}

/** One jar, which goes to both servers, as the servers of one origin have it. */
export interface Visitor {
  readonly jar: Map<string, string>
  look(side: Side): Promise<Known>
  get(side: Side, path: string): Promise<Answer>
  post(side: Side, path: string, body?: unknown): Promise<Known>
  send(side: Side, path: string, body?: unknown): Promise<Answer>
  /** What a thief walks off with. */
  copy(): Visitor
}

/** `live.py` with threads. */
export async function serveDjango(
  { python }: DjangoPython,
  settings: Readonly<Record<string, unknown>>,
): Promise<Side> {
  const file = join(import.meta.dirname, '../django/python/live.py')
  const child = spawn(python, [file, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
  })
  const gone = once(child, 'exit')
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const said = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>
  const [port] = await Promise.race([said, gone.then(() => Promise.reject(new Error('Django did not start')))])
  return {
    name: 'Django',
    base: `http://127.0.0.1:${port}`,
    async stop() {
      process.off('exit', kill)
      kill()
      await gone
    },
  }
}

/** The same site, with the sessions of Holdfast. */
export async function serveNode(sessions: Sessions<Record<string, unknown>>, pool: pg.Pool): Promise<Side> {
  const app = express()
  app.use(express.json(), expressSessions(sessions))
  const answer = async ({ session }: Request, response: Response): Promise<void> => {
    const data = Object.fromEntries(
      session
        .keys()
        .filter((key) => !key.startsWith('_'))
        .map((key) => [key, session.get(key)]),
    )
    response.json({ user: (await djangoUser(session))?.username ?? null, data })
  }
  app.get('/', answer)
  app.post('/login', async (request, response) => {
    const { name, password } = request.body as { name: string; password: string }
    const { rows } = await pool.query<{ id: number; password: string }>(
      'SELECT id, password FROM auth_user WHERE username = $1 AND is_active',
      [name],
    )
    if (!(await checkDjangoPassword(password, rows[0]?.password))) return void response.sendStatus(403)
    await request.session.login(String(rows[0]?.id))
    await answer(request, response)
  })
  app.post('/logout', async (request, response) => {
    await request.session.logout()
    await answer(request, response)
  })
  app.post('/password', async (request, response) => {
    const { password } = request.body as { password: string }
    const encoded = await makeDjangoPassword(password, { iterations: 1000 })
    await pool.query('UPDATE auth_user SET password = $1 WHERE id = $2', [encoded, Number(request.session.subject)])
    await updateSessionAuthHash(request.session)
    await answer(request, response)
  })
  app.post('/expire', async (request, response) => {
    request.session.setExpiry((request.body as { seconds: number }).seconds)
    await answer(request, response)
  })
  app.post('/count', async (request, response) => {
    const { key } = request.body as { key: string }
    request.session.update(key, (value) => Number(value ?? 0) + 1)
    await answer(request, response)
  })
  const side = await serveListener(app)
  return {
    ...side,
    async stop() {
      await side.stop()
      await sessions.close()
    },
  }
}

export async function serveListener(listener: RequestListener): Promise<Side> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    name: 'Node',
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const agent = new Agent()

export function visitor(jar: Map<string, string> = new Map()): Visitor {
  const browser = ({ base }: Side) => createBrowser(base, agent, jar)
  const send: Visitor['send'] = async (side, path, body = {}) => browser(side).post(path, body)
  return {
    jar,
    look: async (side) => knownOf(side, await browser(side).get('/')),
    post: async (side, path, body) => knownOf(side, await send(side, path, body)),
    get: async (side, path) => browser(side).get(path),
    send,
    copy: () => visitor(new Map(jar)),
  }
}

function knownOf({ name }: Side, { status, json, body }: Answer): Known {
  if (status !== 200) throw new Error(`${name} answered ${status}: ${body.slice(0, 300)}`)
  return json as unknown as Known
}
