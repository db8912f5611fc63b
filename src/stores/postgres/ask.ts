import { openDatabase } from '../../core/database.ts'
import type { Lender } from '../../core/loan.ts'
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
  const { alone } = openDatabase({ lender: lenderOf(client), timeout, check, wasUndone, failure })
  return async ({ name, text }, values, ms) => {
    const { rows } = await alone((connection) => connection.query({ name, text, values }), ms)
    return rows
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
