import { busy } from './refused.ts'

/** Lets so many in at a time and so many wait; who comes on top of that is told to come back. */
export interface Turns {
  /** @throws Refused 503 when too many wait already. */
  take<T>(work: () => Promise<T>): Promise<T>
}

export function createTurns(most: number, mostWaiting: number): Turns {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async take(work) {
      if (running < most) running++
      else if (waiting.length >= mostWaiting) throw busy()
      // Whoever ends hands the turn over, so that nobody slips in between.
      else await new Promise<void>((resolve) => void waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) running--
        else next()
      }
    },
  }
}
