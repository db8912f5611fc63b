import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from './python.ts'

export interface Django {
  readonly port: number
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<unknown>
  stop(): Promise<void>
}

/** Its tables are brought up to date, and its own server for development is started on a port of its own. */
export async function startDjango(python: string, env: NodeJS.ProcessEnv): Promise<Django> {
  const folder = join(ROOT, 'django')
  const options = { cwd: folder, env: { ...env, PYTHONDONTWRITEBYTECODE: '1' } }
  const migrated = spawnSync(python, ['manage.py', 'migrate', '--verbosity', '0'], { ...options, encoding: 'utf8' })
  if (migrated.status !== 0) throw new Error(`Django could not prepare its tables:\n${migrated.stderr}`)
  const port = await freePort()
  const child = spawn(python, ['manage.py', 'runserver', '--noreload', `127.0.0.1:${port}`], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // Ctrl-C is for us; we end it, after the requests that are under way.
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)))
  const ended = once(child, 'exit')
  process.once('exit', () => child.kill('SIGKILL'))
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`Django did not start:\n${log}`)
    await sleep(50)
  }
  return {
    port,
    ended,
    async stop() {
      child.kill()
      await ended
    },
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
