import { Worker } from 'node:worker_threads'
import type { Job, JobOf, Order, Report, Results } from './jobs.ts'
import type { Limits } from './limits.ts'
import { Refused } from './refused.ts'

/** The thread in which runs happen. It starts with the first run, and again when it was lost. */
export interface Runner {
  run<Kind extends Job['kind']>(id: string, job: JobOf<Kind>, onLoot: (loot: string) => void): Promise<Results[Kind]>
  /** Closes what a run has left open for its live page. */
  end(id: string): void
  close(): Promise<void>
}

export function createRunner({ heapMib, patienceMs, runMs, liveMs }: Limits): Runner {
  let thread: Thread | undefined

  const start = (): Thread => {
    const worker = new Worker(new URL('thread.ts', import.meta.url), {
      workerData: { runMs, liveMs } satisfies ThreadLimits,
      resourceLimits: { maxOldGenerationSizeMb: heapMib },
    })
    worker.unref()
    const started: Thread = { worker, runs: new Map() }
    worker.on('message', (report: Report) => hear(started, report))
    worker.on('error', (error) => lose(started, error))
    worker.on('exit', () => lose(started, 'it ended'))
    return started
  }

  const lose = (lost: Thread, why: unknown): void => {
    if (thread !== lost) return
    thread = undefined
    if (why !== CLOSED) console.error('The lab lost the thread of its runs:', why)
    for (const run of lost.runs.values()) run.fail(new Refused(503, BROKEN))
    lost.runs.clear()
    void lost.worker.terminate()
  }

  return {
    run<Kind extends Job['kind']>(id: string, job: JobOf<Kind>, onLoot: (loot: string) => void) {
      const { promise, resolve, reject } = Promise.withResolvers<Results[Kind]>()
      const running = (thread ??= start())
      const timer = setTimeout(() => lose(running, 'it does not answer'), patienceMs)
      running.runs.set(id, {
        done(result) {
          clearTimeout(timer)
          resolve(result as Results[Kind]) // It answers what it was asked.
        },
        fail(refused) {
          clearTimeout(timer)
          reject(refused)
        },
        loot: onLoot,
      })
      tell(running, { run: id, job })
      return promise
    },
    end(id) {
      if (thread?.runs.delete(id) === true) tell(thread, { run: id, end: true })
    },
    async close() {
      const { worker } = thread ?? {}
      if (thread !== undefined) lose(thread, CLOSED)
      await worker?.terminate()
    },
  }
}

export type ThreadLimits = Pick<Limits, 'runMs' | 'liveMs'>

const CLOSED = 'the lab was closed'
const BROKEN = 'The run broke off. Please try it once more.'

interface Thread {
  readonly worker: Worker
  readonly runs: Map<string, Run>
}

interface Run {
  done(result: Results[Job['kind']]): void
  fail(refused: Refused): void
  loot(loot: string): void
}

function tell({ worker }: Thread, order: Order): void {
  worker.postMessage(order)
}

function hear({ runs }: Thread, report: Report): void {
  const run = runs.get(report.run)
  if (run === undefined) return
  if ('loot' in report) run.loot(report.loot)
  else if ('done' in report) run.done(report.done)
  else {
    console.error('A run of the lab failed:', report.failed)
    run.fail(new Refused(500, BROKEN))
  }
}
