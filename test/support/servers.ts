import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findProgram } from './programs.ts'

/** A database server of a test's own, in a folder and on a port of its own. So it may be killed. */
export interface OwnServer {
  readonly port: number
  /** As a power cut would, as far as a process can tell. */
  kill(): Promise<void>
  /** Again, on the same folder and port. */
  start(): Promise<void>
  /** Stands still as a whole, connections and all, until it is thawed. */
  freeze(): void
  thaw(): void
  /** For good. Its folder goes too. */
  remove(): Promise<void>
}

/** Undefined when PostgreSQL is not installed. Anybody on this machine may connect, as `postgres`. */
export async function startPostgres(settings: readonly string[] = []): Promise<OwnServer | undefined> {
  const initdb = findProgram('initdb', globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed())
  if (initdb === undefined) return undefined
  // It refuses to run as root.
  const account = process.getuid?.() === 0 ? accountOf('postgres') : {}
  const folder = makeFolder('holdfast-postgres-', account)
  const data = join(folder, 'data')
  const making = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(initdb, making, { ...account, cwd: folder, stdio: 'pipe' })
  const port = await freePort()
  const listening = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', '']
  const args = [...listening, ...settings.flatMap((setting) => ['-c', setting])]
  // SIGINT, because at a SIGTERM it waits for all connections to go.
  return serve(folder, port, 'SIGINT', () =>
    spawn(join(dirname(initdb), 'postgres'), args, { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }),
  )
}

/** Undefined when MariaDB is not installed. Anybody on this machine may connect, as `root`. */
export async function startMariadb(settings: readonly string[] = []): Promise<OwnServer | undefined> {
  const [program, install] = [findProgram('mariadbd', ['/usr/sbin']), findProgram('mariadb-install-db')]
  if (program === undefined || install === undefined) return undefined
  const folder = makeFolder('holdfast-mariadb-', {})
  const data = join(folder, 'data')
  // Without it, it refuses to run as root.
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const making = ['--auth-root-authentication-method=normal', '--skip-test-db', `--datadir=${data}`, ...user]
  execFileSync(install, ['--no-defaults', ...making], { cwd: folder, stdio: 'pipe' })
  const port = await freePort()
  const listening = [`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`]
  const args = ['--no-defaults', ...user, `--datadir=${data}`, ...listening, ...settings.map((one) => `--${one}`)]
  return serve(folder, port, 'SIGTERM', () =>
    spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }),
  )
}

/** Undefined when Redis is not installed. It keeps nothing on disk unless the settings say so. */
export async function startRedis(settings: readonly string[] = []): Promise<OwnServer | undefined> {
  const program = findProgram('redis-server', ['/usr/sbin']) ?? findProgram('valkey-server', ['/usr/sbin'])
  if (program === undefined) return undefined
  const folder = makeFolder('holdfast-redis-', {})
  const port = await freePort()
  const own = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, 'save ""', ...settings]
  const args = own.flatMap((line) => [`--${line.split(' ')[0]}`, ...line.replaceAll('""', '').split(' ').slice(1)])
  return serve(folder, port, 'SIGTERM', () => spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }))
}

async function serve(
  folder: string,
  port: number,
  bye: NodeJS.Signals,
  launch: () => ChildProcess,
): Promise<OwnServer> {
  let child: ChildProcess
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  /** To the processes that the server has made, and to the server. */
  const signalAll = (signal: NodeJS.Signals): void => {
    if (!child.kill('SIGSTOP')) return // It has gone, and its number may be another's.
    for (const pid of childrenOf(child.pid ?? 0)) signalTo(pid, signal)
    child.kill(signal)
  }
  const start = async (): Promise<void> => {
    child = launch()
    await listenTo(child)
  }
  process.once('exit', () => signalAll('SIGKILL')) // Whatever became of the test.
  await start()
  return {
    port,
    async kill() {
      signalAll('SIGKILL')
      await end('SIGKILL')
    },
    start,
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async remove() {
      signalAll('SIGCONT')
      await end(bye)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when the server says that it is ready, and rejects with all it said when it goes instead. */
async function listenTo(child: ChildProcess): Promise<void> {
  let log = ''
  const ready = new Promise<void>((resolve) => {
    const hear = (chunk: Buffer): void => {
      log += chunk.toString()
      if (/ready (?:to accept|for) connections/i.test(log)) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
  })
  const gone = once(child, 'exit').then(() => Promise.reject(new Error(`The server did not start:\n${log}`)))
  await Promise.race([ready, gone])
  gone.catch(() => {})
}

/** PostgreSQL has a process for each connection. Known where there is a /proc. */
function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`
  return existsSync(list) ? readFileSync(list, 'utf8').split(' ').filter(Boolean).map(Number) : []
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has gone meanwhile.
  }
}

function makeFolder(prefix: string, { uid, gid }: { uid?: number; gid?: number }): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  chmodSync(folder, 0o700)
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

function accountOf(name: string): { uid?: number; gid?: number } {
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([account]) => account === name)
  return fields === undefined ? {} : { uid: Number(fields[2]), gid: Number(fields[3]) }
}

/**
 * Below those that the system deals out to connections: one of these could be in the way when a server starts again. In
 * a cluster a Redis also takes the port that is 10,000 above.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 22_000)
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (!isListening) return false
  server.close()
  await once(server, 'close')
  return true
}
