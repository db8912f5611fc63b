import { within } from './within.ts'

/** A pool of connections to a database. */
export interface Lender<Connection> {
  lend(): Promise<Connection>
  /** Into the pool again, or closed when it may not be as it was. */
  takeBack(connection: Connection, state: 'sound' | 'doubtful'): void
  /** The error for one who has waited long enough, and whether anything was sent. */
  late(ms: number, wasSent: boolean): Error
}

/** A connection for one call, and only while somebody waits for that call. */
export interface Loan<Connection> {
  /** Rejects when nobody waits any more: what is sent late arrives as something old. */
  take(): Promise<Connection>
  giveBack(state: 'sound' | 'doubtful'): void
}

/**
 * Rejects when the work is not done in time. What was asked for may still happen; the connection on which it hangs is
 * closed, so that nobody after it gets its answer or is caught in its transaction.
 */
export async function onLoan<Connection, T>(
  lender: Lender<Connection>,
  ms: number,
  work: (loan: Loan<Connection>) => Promise<T>,
): Promise<T> {
  let held: { readonly connection: Connection } | undefined
  let over = false
  const giveBack = (state: 'sound' | 'doubtful'): void => {
    const given = held
    held = undefined
    if (given !== undefined) lender.takeBack(given.connection, state)
  }
  const working = work({
    async take() {
      const connection = await lender.lend()
      held = { connection }
      if (!over) return connection
      giveBack('sound')
      throw new Error('Nobody waits for it any more')
    },
    giveBack,
  })
  return within(ms, working, () => {
    over = true
    const wasSent = held !== undefined
    giveBack('doubtful')
    return lender.late(ms, wasSent)
  })
}
