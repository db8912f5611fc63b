import mysql from 'mysql2/promise'
import pg from 'pg'
import { DatabaseSync } from 'node:sqlite'
import { djangoMysql, djangoPostgres, djangoSqlite, type DjangoDatabase } from '../../src/django.ts'
import { migrateMysql, migratePostgres, mysqlStore, postgresStore, type SessionStore } from '../../src/index.ts'
import type { PostgresPool } from '../../src/stores/postgres/client.ts'

// Nothing here runs: the clients of the drivers must fit, and what looks like them must not.

export const lent: PostgresPool = new pg.Pool()

export const stores = (): SessionStore[] => [
  postgresStore(new pg.Pool()),
  postgresStore(new pg.Client()),
  mysqlStore(mysql.createPool({})),
]

export const besideDjango = (): DjangoDatabase[] => [
  djangoPostgres(new pg.Pool()),
  djangoPostgres(new pg.Client(), { users: { table: 'accounts_user', keyType: 'uuid', columns: { username: null } } }),
  djangoMysql(mysql.createPool({}), { table: 'sessions', timeZone: 'Europe/Zurich' }),
  djangoSqlite('db.sqlite3'),
  djangoSqlite(new DatabaseSync(':memory:')),
]

export const migrations = [migratePostgres(new pg.Pool(), { dryRun: true }), migrateMysql(mysql.createPool({}))]

export async function refused(): Promise<void> {
  // @ts-expect-error -- a URL is no pool
  postgresStore('postgresql://localhost')
  // @ts-expect-error -- one connection cannot serve several transactions
  mysqlStore(await mysql.createConnection({}))
  // @ts-expect-error -- the pool of the other database
  mysqlStore(new pg.Pool())
  // @ts-expect-error -- one connection cannot serve several transactions
  djangoMysql(await mysql.createConnection({}))
  // @ts-expect-error -- dates of PostgreSQL are instants
  djangoPostgres(new pg.Pool(), { timeZone: 'Europe/Zurich' })
  // @ts-expect-error -- a user has no such column
  djangoPostgres(new pg.Pool(), { users: { columns: { userName: 'name' } } })
}
