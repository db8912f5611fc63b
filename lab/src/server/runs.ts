import { randomUUID } from 'node:crypto'
import type { LivePage } from '../shared/api.ts'
import type { Job, Results } from './jobs.ts'
import { LIVE_MS, MOST_LIVE, MOST_RUNNING, MOST_WAITING } from './limits.ts'
import { Refused } from './refused.ts'
import type { Runner } from './runner.ts'
import { createTurns } from './turns.ts'

/** Everybody's runs. Each belongs to one learner, and nobody else ever learns of it. */
export interface Runs {
  /** @throws Refused 409 while the learner's last run goes on, 503 when there are too many. */
  run<Kind extends Job['kind']>(
    learner: string,
    job: Job & { readonly kind: Kind },
  ): Promise<{ readonly result: Results[Kind]; readonly page: LivePage | undefined }>
  /** What the live page's script got; undefined while it has said nothing. @throws Refused 404. */
  loot(learner: string, id: string): string | undefined
}

export interface RunsOptions {
  readonly mostRunning?: number
  readonly mostWaiting?: number
  readonly mostLive?: number
}

export function createRuns(runner: Runner, options: RunsOptions = {}): Runs {
  const { mostRunning = MOST_RUNNING, mostWaiting = MOST_WAITING, mostLive = MOST_LIVE } = options
  const turns = createTurns(mostRunning, mostWaiting)
  const atWork = new Set<string>()
  /** By id, oldest first. */
  const lives = new Map<string, { readonly learner: string; loot: string | undefined }>()

  const end = (id: string): void => {
    lives.delete(id)
    runner.end(id)
  }

  return {
    async run(learner, job) {
      if (atWork.has(learner)) throw new Refused(409, 'Your last run is still going on. One at a time, please.')
      atWork.add(learner)
      for (const [id, live] of lives) if (live.learner === learner) end(id)
      const id = randomUUID()
      const life = { learner, loot: undefined as string | undefined }
      try {
        const result = await turns.take(() => runner.run(id, job, (loot) => void (life.loot = loot)))
        const url = 'page' in result ? result.page : undefined
        if (url === undefined) {
          runner.end(id)
          return { result: result as Results[typeof job.kind], page: undefined }
        }
        lives.set(id, life)
        setTimeout(end, LIVE_MS, id).unref()
        for (const oldest of lives.keys()) if (lives.size > mostLive) end(oldest)
        return { result: result as Results[typeof job.kind], page: { url, run: id } }
      } finally {
        atWork.delete(learner)
      }
    },
    loot(learner, id) {
      const life = lives.get(id)
      if (life?.learner !== learner) throw new Refused(404, 'There is no such run, or it is over.')
      return life.loot
    },
  }
}
