import { parentPort, workerData } from 'node:worker_threads'
import type { Application } from '../attacks/application/start.ts'
import type { Job, Order, Report } from './jobs.ts'
import { perform } from './perform.ts'
import type { ThreadLimits } from './runner.ts'

// The runner's thread. Here applications are started, attacked and closed, away from the site's own sessions.

const { runMs, liveMs } = workerData as ThreadLimits

const open = new Map<string, () => Promise<void>>()

const report = (message: Report): void => parentPort?.postMessage(message)

// Weak cookies are what this thread is for. Everyone else is to be warned of them.
process.removeAllListeners('warning')

parentPort?.on('message', (order: Order) => {
  if ('job' in order) void run(order.run, order.job)
  else void close(order.run)
})

async function run(id: string, job: Job): Promise<void> {
  let application: Application | undefined
  open.set(id, async () => application?.close())
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`The run took more than ${runMs} ms`)), runMs)
  const performing = perform(job, (started) => {
    application = started
    if (!open.has(id)) void started.close() // It came too late.
  })
  try {
    const { result, loot } = await Promise.race([performing, late.promise])
    report({ run: id, done: result })
    if (loot === undefined) return await close(id)
    setTimeout(() => void close(id), liveMs)
    report({ run: id, loot: await loot })
  } catch (error) {
    performing.catch(() => {}) // Its connections are cut now, and it will say so.
    report({ run: id, failed: String(error) })
    await close(id)
  } finally {
    clearTimeout(timer)
  }
}

async function close(id: string): Promise<void> {
  const end = open.get(id)
  open.delete(id)
  await end?.()
}
