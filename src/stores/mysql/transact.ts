import { setTimeout as sleep } from 'node:timers/promises'
import { jitter } from '../../core/random.ts'
import type { Executes, MysqlConnection, MysqlPool } from './client.ts'
import { failure, wasUndone } from './failure.ts'

export interface Database {
  /** One statement, which is a transaction of its own. */
  readonly alone: <T>(work: (on: Executes) => Promise<T>) => Promise<T>
  /** Several. What throws an `Undo` is rolled back and answers what it carries. */
  readonly transact: <T>(work: (on: Executes) => Promise<T>) => Promise<T>
}

/** Thrown in a transaction that came to a good answer and shall leave no trace. */
export class Undo<T> {
  readonly answer: T
  constructor(answer: T) {
    this.answer = answer
  }
}

/** @param check What must hold before the first statement. */
export function openDatabase(pool: MysqlPool, check: (pool: MysqlPool) => Promise<void>): Database {
  let checked: Promise<void> | undefined

  return {
    alone: (work) => again(() => work(pool)),
    transact: (work) => again(() => inTransaction(pool, work)),
  }

  async function again<T>(work: () => Promise<T>): Promise<T> {
    try {
      await ready()
      for (let attempt = 1; ; attempt++) {
        try {
          return await work()
        } catch (error) {
          if (attempt === MOST_ATTEMPTS || !wasUndone(error)) throw error
          await sleep(jitter(LONGEST_PAUSE_MS))
        }
      }
    } catch (error) {
      throw failure(error)
    }
  }

  /** Asked once. After a failure the next call asks again. */
  function ready(): Promise<void> {
    checked ??= check(pool).catch((error: unknown) => {
      checked = undefined
      throw error
    })
    return checked
  }
}

async function inTransaction<T>(pool: MysqlPool, work: (on: Executes) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection()
  try {
    await connection.query('START TRANSACTION')
    const answer = await work(connection)
    await connection.query('COMMIT')
    connection.release()
    return answer
  } catch (error) {
    await rollBack(connection)
    if (error instanceof Undo) return error.answer as T
    throw error
  }
}

/** A connection that cannot even do this is closed. Then the server rolls back. */
async function rollBack(connection: MysqlConnection): Promise<void> {
  try {
    await connection.query('ROLLBACK')
    connection.release()
  } catch {
    connection.destroy()
  }
}

const MOST_ATTEMPTS = 10
const LONGEST_PAUSE_MS = 20
