import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Processes {
  readonly address: string
  /** Ends when all have answered their last request. */
  stop(): Promise<void>
}

/**
 * Starts this program so many times more, behind one port. One that dies is replaced, after a pause, so that a fault that
 * comes back at once does not start processes without end.
 *
 * @throws StartError when one of them ends before it serves. It has said why.
 */
export async function runProcesses(count: number, note: (line: string) => void): Promise<Processes> {
  let stopping = false
  // What keeps one from starting, such as a port that is taken, is said by the first alone.
  const address = await startOne()
  await Promise.all(Array.from({ length: count - 1 }, startOne))
  for (const worker of workers()) keep(worker)

  return {
    address,
    async stop() {
      stopping = true
      await Promise.all(
        workers().map(async (worker) => {
          const ended = once(worker, 'exit')
          worker.process.kill('SIGTERM')
          await ended
        }),
      )
    },
  }

  function keep(worker: Worker): void {
    worker.once('exit', (code: number | null, signal: string | null) => {
      if (!stopping) void replace(signal ?? `code ${code}`)
    })
  }

  async function replace(why: string): Promise<void> {
    note(`A process ended (${why}). Another one is started`)
    await sleep(PAUSE_MS)
    if (!stopping) keep(cluster.fork())
  }
}

export class StartError extends Error {}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
}

/** Resolves with its address once it serves. */
async function startOne(): Promise<string> {
  const worker = cluster.fork()
  const ended = once(worker, 'exit').then(() => Promise.reject(new StartError('The site was not started.')))
  const [{ address }] = (await Promise.race([once(worker, 'message'), ended])) as [{ address: string }]
  ended.catch(() => {})
  return address
}

const PAUSE_MS = 1000
