/** What the store needs of a `Pool` from `pg`, and what a `Client` has too. */
export interface PostgresClient {
  query(query: string | PostgresQuery): Promise<{ readonly rows: unknown[] }>
}

/** A prepared statement: parsed once by each connection, known by its name from then on. */
export interface PostgresQuery {
  name: string
  text: string
  values: unknown[]
}
