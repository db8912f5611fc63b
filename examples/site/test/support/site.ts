import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSite } from '../../src/start.ts'

export interface TestSite {
  readonly address: string
  /** Lets time pass for the sessions. */
  pass(minutes: number): void
  [Symbol.asyncDispose](): Promise<void>
}

/** The site as it is started, on a free port, with a data directory of its own. */
export async function openSite(): Promise<TestSite> {
  const dataDir = await mkdtemp(join(tmpdir(), 'chandlery-'))
  let passed = 0
  const site = await startSite({ port: 0, dataDir, clock: { now: () => Date.now() + passed } })
  return {
    address: site.address,
    pass(minutes) {
      passed += minutes * 60_000
    },
    async [Symbol.asyncDispose]() {
      await site.close()
      await rm(dataDir, { recursive: true })
    },
  }
}
