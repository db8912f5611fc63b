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

/** Starts a server of its own process on this SQLite file. */
export async function startServer(path: string, synchronous: 'full' | 'normal' = 'full'): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, 'server.ts'), [path, synchronous])
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
