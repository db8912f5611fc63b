import { setTimeout as sleep } from 'node:timers/promises'
import type { HoldfastError } from './errors.ts'
import { onLoan, type Lender, type Loan } from './loan.ts'
import { jitter } from './random.ts'

/** A database of several connections, that answers in time or fails. What it undid by itself is tried again. */
export interface Database<Connection> {
  /** One statement, which is a transaction of its own. */
  readonly alone: <T>(work: (on: Connection) => Promise<T>, ms?: number) => Promise<T>
  /** Whatever needs a connection for longer: the work takes it, and gives it back. */
  readonly attempt: <T>(work: (loan: Loan<Connection>) => Promise<T>, ms?: number) => Promise<T>
}

export interface DatabaseOptions<Connection> {
  readonly lender: Lender<Connection>
  /** Milliseconds for each call. */
  readonly timeout: number
  /** What must hold before the first statement. Asked once; after a failure the next call asks again. */
  readonly check: (on: Connection) => Promise<void>
  /** Whether the database has undone all of it, and the connection is as good as before. */
  readonly wasUndone: (error: unknown) => boolean
  /** What the caller gets to see. */
  readonly failure: (error: unknown) => HoldfastError
}

export function openDatabase<Connection>(options: DatabaseOptions<Connection>): Database<Connection> {
  const { lender, timeout, check, wasUndone, failure } = options
  let checked: Promise<void> | undefined

  return { alone: (work, ms) => attempt((loan) => alone(loan, work), ms), attempt }

  async function attempt<T>(work: (loan: Loan<Connection>) => Promise<T>, ms = timeout): Promise<T> {
    try {
      return await onLoan(lender, ms, async (loan) => {
        await ready()
        for (let attempts = 1; ; attempts++) {
          try {
            return await work(loan)
          } catch (error) {
            if (attempts === MOST_ATTEMPTS || !wasUndone(error)) throw error
            await sleep(jitter(LONGEST_PAUSE_MS))
          }
        }
      })
    } catch (error) {
      throw failure(error)
    }
  }

  function ready(): Promise<void> {
    checked ??= onLoan(lender, timeout, (loan) => alone(loan, check)).catch((error: unknown) => {
      checked = undefined
      throw error
    })
    return checked
  }

  async function alone<T>(loan: Loan<Connection>, work: (on: Connection) => Promise<T>): Promise<T> {
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
}

const MOST_ATTEMPTS = 10
const LONGEST_PAUSE_MS = 20
