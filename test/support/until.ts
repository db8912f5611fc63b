import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves as soon as it holds. Who waits for what another process does cannot be told when. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(2)
}
