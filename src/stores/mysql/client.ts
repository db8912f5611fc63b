/** What the store needs of a `Pool` from `mysql2/promise`. */
export interface MysqlPool extends Executes {
  getConnection(): Promise<MysqlConnection>
}

export interface MysqlConnection extends Executes {
  query(sql: string): Promise<[unknown, unknown]>
  release(): void
  destroy(): void
}

/** Runs a prepared statement: rows in the first place, or a `Written`. */
export interface Executes {
  execute(sql: string, values: Value[]): Promise<[unknown, unknown]>
}

export type Value = string | number | Buffer | null

export interface Written {
  readonly affectedRows: number
}
