import { randomUUID } from 'node:crypto'
import type { LivePage } from '../shared/api.ts'
import type { Job, JobOf, Results } from './jobs.ts'
import type { Limits } from './limits.ts'
import { Refused } from './refused.ts'
import type { Runner } from './runner.ts'
import { createTurns } from './turns.ts'

/** Everybody's runs. Each belongs to one learner, and nobody else ever learns of it. */
export interface Runs {
  /** @throws Refused 409 while the learner's last run goes on, 503 when there are too many. */
  run<Kind extends Job['kind']>(
    learner: string,
    job: JobOf<Kind>,
  ): Promise<{ readonly result: Results[Kind]; readonly page: LivePage | undefined }>
  /** What the live page's script got; undefined while it has said nothing. @throws Refused 404. */
  loot(learner: string, id: string): string | undefined
}

export function createRuns(runner: Runner, { mostRunning, mostWaiting, mostLive, liveMs }: Limits): Runs {
  const turns = createTurns(mostRunning, mostWaiting)
  const atWork = new Set<string>()
  /** By id, oldest first. */
  const lives = new Map<string, LiveRun>()

  const end = (id: string): void => {
    lives.delete(id)
    runner.end(id)
  }

  return {
    async run<Kind extends Job['kind']>(learner: string, job: JobOf<Kind>) {
      if (atWork.has(learner)) throw new Refused(409, 'Your last run is still going on. One at a time, please.')
      atWork.add(learner)
      for (const [id, live] of lives) if (live.learner === learner) end(id)
      const id = randomUUID()
      const life: LiveRun = { learner, loot: undefined }
      try {
        const result = await turns.take(() => runner.run<Kind>(id, job, (loot) => void (life.loot = loot)))
        const url = 'page' in result ? result.page : undefined
        if (url === undefined) return { result, page: undefined }
        lives.set(id, life)
        setTimeout(end, liveMs, id).unref()
        for (const oldest of lives.keys()) if (lives.size > mostLive) end(oldest)
        return { result, page: { url, run: id } }
      } finally {
        if (!lives.has(id)) runner.end(id)
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

interface LiveRun {
  readonly learner: string
  loot: string | undefined
}
