import { setTimeout as sleep } from 'node:timers/promises'
import { jitter } from '../../core/random.ts'
import type { PostgresClient } from './client.ts'
import { failure, wasUndone } from './failure.ts'

export interface Statement {
  readonly name: string
  readonly text: string
}

/** Runs one statement, which is a transaction of its own, and answers its rows. */
export type Ask = (statement: Statement, values: unknown[]) => Promise<unknown[]>

/** @param check What must hold before the first statement. */
export function createAsk(client: PostgresClient, check: (client: PostgresClient) => Promise<void>): Ask {
  let checked: Promise<void> | undefined

  return async ({ name, text }, values) => {
    await ready()
    for (let attempt = 1; ; attempt++) {
      try {
        return (await client.query({ name, text, values })).rows
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !wasUndone(error)) throw failure(error)
        await sleep(jitter(LONGEST_PAUSE_MS))
      }
    }
  }

  /** Asked once. After a failure the next call asks again. */
  function ready(): Promise<void> {
    checked ??= check(client).catch((error: unknown) => {
      checked = undefined
      throw error
    })
    return checked
  }
}

const MOST_ATTEMPTS = 5
const LONGEST_PAUSE_MS = 20
