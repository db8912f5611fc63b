import { sessionData } from '../session-data.ts'
import { ask } from './client.ts'

/** What one connection does, again and again. Each has a session of its own. */
export interface Workload {
  readonly name: string
  readonly sliding: boolean
  /** One request. A server that lost its session must not look fast: a wrong answer ends the run. */
  send(connection: Connection): Promise<void>
}

export interface Connection {
  readonly port: number
  cookie: string
  readonly forged: string
  count: number
  readonly keepsSessions: boolean
}

const read = async (connection: Connection): Promise<void> => {
  const { body, cookie } = await ask(connection.port, 'GET', '/', connection.cookie)
  expect(body, sessionData.userId)
  connection.cookie = cookie ?? connection.cookie
}

export const workloads: readonly Workload[] = [
  { name: 'read', sliding: false, send: read },
  { name: 'read, sliding', sliding: true, send: read },
  {
    name: 'anonymous',
    sliding: false,
    async send({ port, keepsSessions }) {
      const { body } = await ask(port, 'GET', '/')
      if (keepsSessions) expect(body, '')
    },
  },
  {
    name: 'forged cookie',
    sliding: false,
    async send({ port, forged, keepsSessions }) {
      const { body } = await ask(port, 'GET', '/', forged)
      if (keepsSessions) expect(body, '')
    },
  },
  {
    name: 'write',
    sliding: false,
    async send(connection) {
      const { body, cookie } = await ask(connection.port, 'POST', '/count', connection.cookie)
      if (connection.keepsSessions) expect(body, String(++connection.count))
      connection.cookie = cookie ?? connection.cookie
    },
  },
]

function expect(body: string, wanted: string): void {
  if (body !== wanted) throw new Error(`the server answered '${body}' instead of '${wanted}'`)
}

/** The same length and alphabet, other bits in its middle. */
export function forge(cookie: string): string {
  const at = Math.floor(cookie.length / 2)
  return cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1)
}
