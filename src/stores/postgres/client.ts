/** What the store needs of a `Pool` from `pg`. Of a `Client` it needs only this much. */
export interface PostgresClient {
  query(query: string | PostgresQuery): Promise<{ readonly rows: unknown[] }>
}

/** A prepared statement: parsed once by each connection, known by its name from then on. */
export interface PostgresQuery {
  name: string
  text: string
  values: unknown[]
}

/** A `Pool`, whose connections can be closed one by one. */
export interface PostgresPool extends PostgresClient {
  readonly totalCount: number
  connect(): Promise<PostgresConnection>
}

export interface PostgresConnection extends PostgresClient {
  /** With `true` it is closed. */
  release(destroy?: boolean): void
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

export function isPool(client: PostgresClient): client is PostgresPool {
  return 'totalCount' in client && 'connect' in client
}
