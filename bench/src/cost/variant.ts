import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { ask } from './client.ts'
import { forge, type Connection, type Workload } from './workloads.ts'

/** One server process and the connections to it. */
export interface Variant {
  readonly name: string
  readonly sliding: boolean
  /** Microseconds of the server's CPU per request. */
  measure(workload: Workload, requests: number): Promise<number>
  stop(): void
}

/** The name of a file in `servers`. */
export type Suite = 'local' | 'distributed' | 'integrity' | 'beside-django'

export async function startVariant(suite: Suite, name: string, sliding: boolean): Promise<Variant> {
  const { child, port } = await forkServer(suite, name, sliding)
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(name, port)))
  return {
    name,
    sliding,
    async measure(workload, requests) {
      const send = async (count: number): Promise<void> => {
        let left = count
        await Promise.all(
          connections.map(async (connection) => {
            while (left-- > 0) await workload.send(connection)
          }),
        )
      }
      await send(Math.ceil(requests / 3)) // What the workload before left behind is not this one's.
      const before = await cpuOf(child)
      await send(requests)
      return ((await cpuOf(child)) - before) / requests
    },
    stop: () => child.disconnect(),
  }
}

export async function forkServer(suite: Suite, name: string, sliding: boolean) {
  const child = fork(new URL('../servers/main.ts', import.meta.url), [suite, name, sliding ? 'sliding' : 'fixed'])
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { child, port }
}

const CONNECTIONS = 16

async function connect(name: string, port: number): Promise<Connection> {
  const cookie = (await ask(port, 'POST', '/begin')).cookie ?? ''
  return { port, cookie, forged: forge(cookie), count: 0, keepsSessions: !name.endsWith('/bare') }
}

async function cpuOf(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message') as Promise<[{ cpu: number }]>
  child.send('cpu')
  return (await answer)[0].cpu
}
