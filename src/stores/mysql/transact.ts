import { setTimeout as sleep } from 'node:timers/promises'
import { onLoan, type Lender, type Loan } from '../../core/loan.ts'
import { jitter } from '../../core/random.ts'
import type { Executes, MysqlConnection, MysqlPool } from './client.ts'
import { failure, late, wasUndone } from './failure.ts'

export interface Database {
  /** One statement, which is a transaction of its own. */
  readonly alone: Run
  /** Several. What throws an `Undo` is rolled back and answers what it carries. */
  readonly transact: Run
}

type Run = <T>(work: (on: Executes) => Promise<T>, timeout?: number) => Promise<T>

/** Thrown in a transaction that came to a good answer and shall leave no trace. */
export class Undo<T> {
  readonly answer: T
  constructor(answer: T) {
    this.answer = answer
  }
}

/** @param check What must hold before the first statement. */
export function openDatabase(pool: MysqlPool, timeout: number, check: (on: Executes) => Promise<void>): Database {
  const lender: Lender<MysqlConnection> = {
    lend: () => pool.getConnection(),
    takeBack: (connection, state) => (state === 'sound' ? connection.release() : connection.destroy()),
    late,
  }
  let checked: Promise<void> | undefined

  return {
    alone: (work, ms = timeout) => again(ms, (loan) => alone(loan, work)),
    transact: (work, ms = timeout) => again(ms, (loan) => inTransaction(loan, work)),
  }

  async function again<T>(ms: number, work: (loan: Loan<MysqlConnection>) => Promise<T>): Promise<T> {
    try {
      return await onLoan(lender, ms, async (loan) => {
        await ready()
        for (let attempt = 1; ; attempt++) {
          try {
            return await work(loan)
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
    checked ??= onLoan(lender, timeout, (loan) => alone(loan, check)).catch((error: unknown) => {
      checked = undefined
      throw error
    })
    return checked
  }
}

async function alone<T>(loan: Loan<MysqlConnection>, work: (on: Executes) => Promise<T>): Promise<T> {
  const connection = await loan.take()
  try {
    const answer = await work(connection)
    loan.giveBack('sound')
    return answer
  } catch (error) {
    // A server that has become a replica refuses to write, and would refuse the next as well.
    loan.giveBack(wasUndone(error) ? 'sound' : 'doubtful')
    throw error
  }
}

async function inTransaction<T>(loan: Loan<MysqlConnection>, work: (on: Executes) => Promise<T>): Promise<T> {
  const connection = await loan.take()
  try {
    await connection.query('START TRANSACTION')
    const answer = await work(connection)
    await connection.query('COMMIT')
    loan.giveBack('sound')
    return answer
  } catch (error) {
    // A connection that cannot even do this is closed. Then the server rolls back.
    const isUndone = await connection.query('ROLLBACK').then(
      () => true,
      () => false,
    )
    loan.giveBack(isUndone && (error instanceof Undo || wasUndone(error)) ? 'sound' : 'doubtful')
    if (error instanceof Undo) return error.answer as T
    throw error
  }
}

const MOST_ATTEMPTS = 10
const LONGEST_PAUSE_MS = 20
