import { after } from 'node:test'
import mysql from 'mysql2/promise'
import { migrateMysql } from '../../src/stores/mysql.ts'
import { newId } from '../../src/testing/records.ts'
import { startMariadb } from './servers.ts'

/** A database with Holdfast's tables that goes away after the tests of this file. */
export interface Mysql {
  /** For other processes. They get here with `openPool(url)`. */
  readonly url: string
  readonly pool: mysql.Pool
  /** Empties the tables, which is faster than making them anew. */
  readonly empty: () => Promise<void>
}

/**
 * On the server of `HOLDFAST_TEST_MYSQL`, on one that runs on this machine, or on one of its own (always, if that is
 * `own`). Undefined when there is none.
 */
export async function useMysql(): Promise<Mysql | undefined> {
  const server = (await findServer()) ?? (await startServer())
  if (server === undefined) return refuseOnCI()
  const name = `holdfast_test_${newId().toLowerCase().replaceAll('-', '_')}`
  const admin = openPool(server.url)
  await admin.query(`CREATE DATABASE ${name}`)
  const url = Object.assign(new URL(server.url), { pathname: name }).href
  const pool = openPool(url)
  await migrateMysql(pool)
  after(async () => {
    await pool.end()
    await admin.query(`DROP DATABASE ${name}`)
    await admin.end()
    await server.remove?.()
  })
  return {
    url,
    pool,
    async empty() {
      for (const table of ['sessions', 'subjects']) await pool.query(`DELETE FROM holdfast_${table}`)
    },
  }
}

export const NO_MYSQL = 'skipped: no MariaDB on 127.0.0.1:3306, and none to start. apt-get install mariadb-server'

export function openPool(url: string, options: mysql.PoolOptions = {}): mysql.Pool {
  return mysql.createPool({ uri: url, connectionLimit: 10, ...options })
}

/** Its own server is removed after the tests. */
interface Server {
  readonly url: string
  readonly remove?: () => Promise<void>
}

async function findServer(): Promise<Server | undefined> {
  const given = process.env['HOLDFAST_TEST_MYSQL']
  if (given === 'own') return undefined
  if (given !== undefined) return { url: given }
  const url = 'mysql://root@127.0.0.1:3306'
  try {
    const connection = await mysql.createConnection({ uri: url, connectTimeout: 2000 })
    await connection.end()
    return { url }
  } catch {
    return undefined
  }
}

async function startServer(): Promise<Server | undefined> {
  const server = await startMariadb()
  return server && { url: `mysql://root@127.0.0.1:${server.port}`, remove: () => server.remove() }
}

function refuseOnCI(): undefined {
  if (process.env['CI'] !== undefined) throw new Error(NO_MYSQL)
}
