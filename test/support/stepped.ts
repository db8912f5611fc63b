import type fc from 'fast-check'

/**
 * Makes each operation of a real part a step that the schedule decides about: when it takes effect, and when its
 * answer arrives. Between the two anything else may happen.
 */
export interface Steps {
  readonly run: <T>(label: string, work: () => T | Promise<T>) => Promise<T>
  /** While false every step happens at once: for what comes before and after the race. */
  racing: boolean
}

/**
 * @param pauses How many steps of others each step lets pass, by turns. A scheduler that chooses evenly hardly ever
 * keeps one operation back until a whole logout is over; a slow network does.
 */
export function createSteps(scheduler: fc.Scheduler, pauses: readonly number[] = []): Steps {
  let turn = 0
  const steps: Steps = {
    racing: true,
    async run(label, work) {
      if (!steps.racing) return work()
      await pause(scheduler, pauses[turn++ % pauses.length] ?? 0)
      const answer = await atomically(scheduler, label, async () => work())
      await scheduler.schedule(Promise.resolve(), `${label}: the answer arrives`)
      return answer()
    },
  }
  return steps
}

/** Lets so many steps pass. */
export async function pause(scheduler: fc.Scheduler, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) await scheduler.schedule(Promise.resolve(), '…')
}

/** The real operation is over before the schedule goes on, also where it takes a turn of the event loop. */
async function atomically<T>(scheduler: fc.Scheduler, label: string, work: () => Promise<T>): Promise<() => T> {
  const over = Promise.withResolvers<void>()
  await scheduler.schedule(Promise.resolve(), label, undefined, async (release) => {
    await release()
    await over.promise
  })
  try {
    const value = await work()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  } finally {
    over.resolve()
  }
}
