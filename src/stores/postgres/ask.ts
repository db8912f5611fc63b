import { setTimeout as sleep } from 'node:timers/promises'
import { onLoan, type Lender, type Loan } from '../../core/loan.ts'
import { jitter } from '../../core/random.ts'
import { isPool, type PostgresClient, type PostgresConnection } from './client.ts'
import { failure, late, wasUndone } from './failure.ts'

export interface Statement {
  readonly name: string
  readonly text: string
}

/** Runs one statement, which is a transaction of its own, and answers its rows. */
export type Ask = (statement: Statement, values: unknown[], timeout?: number) => Promise<unknown[]>

/** @param check What must hold before the first statement. */
export function createAsk(
  client: PostgresClient,
  timeout: number,
  check: (connection: PostgresClient) => Promise<void>,
): Ask {
  const lender = lenderOf(client)
  let checked: Promise<void> | undefined

  return async ({ name, text }, values, ms = timeout) => {
    try {
      return await onLoan(lender, ms, async (loan) => {
        await ready()
        for (let attempt = 1; ; attempt++) {
          try {
            return (await using(loan, (connection) => connection.query({ name, text, values }))).rows
          } catch (error) {
            if (attempt === MOST_ATTEMPTS || !wasUndone(error)) throw error
            await sleep(jitter(LONGEST_PAUSE_MS))
          }
        }
      })
    } catch (error) {
      throw failure(error)
    }
  }

  /** Asked once. After a failure the next call asks again. */
  function ready(): Promise<void> {
    checked ??= onLoan(lender, timeout, (loan) => using(loan, check)).catch((error: unknown) => {
      checked = undefined
      throw error
    })
    return checked
  }
}

async function using<T>(loan: Loan<PostgresClient>, work: (on: PostgresClient) => Promise<T>): Promise<T> {
  const connection = await loan.take()
  try {
    const answer = await work(connection)
    loan.giveBack('sound')
    return answer
  } catch (error) {
    loan.giveBack(wasUndone(error) ? 'sound' : 'doubtful')
    throw error
  }
}

function lenderOf(client: PostgresClient): Lender<PostgresClient> {
  if (!isPool(client)) return { lend: () => Promise.resolve(client), takeBack() {}, late }
  const lender: Lender<PostgresConnection> = {
    async lend() {
      const connection = await client.connect()
      connection.on('error', ignore)
      return connection
    },
    takeBack(connection, state) {
      connection.off('error', ignore)
      connection.release(state === 'doubtful')
    },
    late,
  }
  return lender
}

/** Whoever waits for an answer on that connection hears of it too. */
function ignore(): void {}

const MOST_ATTEMPTS = 5
const LONGEST_PAUSE_MS = 20
