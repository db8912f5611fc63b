import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface ServerProcess {
  readonly child: ChildProcess
  readonly port: number
  /** Resolves when it is gone. */
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Where its sessions are: in a SQLite file, in a database, perhaps behind a Redis, or in a Redis that is both. */
export type Place =
  | { readonly store: 'sqlite'; readonly path: string; readonly synchronous?: 'full' | 'normal' }
  | { readonly store: 'postgres' | 'mysql'; readonly url: string; readonly behind?: RedisPlace }
  | ({ readonly store: 'redis' } & RedisPlace)

export interface RedisPlace {
  readonly port: number
  readonly prefix: string
}

/** Starts a server in a process of its own. */
export async function startServer(place: Place): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, 'server.ts'), [JSON.stringify(place)])
  const exited = once(child, 'exit')
  const [address] = (await once(child, 'message')) as [{ port: number }]
  return {
    child,
    port: address.port,
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
