import { openDatabase } from '../../core/database.ts'
import type { Loan } from '../../core/loan.ts'
import type { Executes, MysqlConnection, MysqlPool } from './client.ts'
import { failure, late, wasUndone } from './failure.ts'

export interface MysqlDatabase {
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
export function openMysql(pool: MysqlPool, timeout: number, check: (on: Executes) => Promise<void>): MysqlDatabase {
  const { alone, attempt } = openDatabase<MysqlConnection>({
    lender: {
      lend: () => pool.getConnection(),
      takeBack: (connection, state) => (state === 'sound' ? connection.release() : connection.destroy()),
      late,
    },
    timeout,
    check,
    wasUndone,
    failure,
  })
  return { alone, transact: (work, ms) => attempt((loan) => inTransaction(loan, work), ms) }
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
