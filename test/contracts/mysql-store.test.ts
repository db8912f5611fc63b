import { after, test } from 'node:test'
import { mysqlStore } from '../../src/index.ts'
import { storeContract } from '../../src/testing.ts'
import { alternate } from '../support/alternate.ts'
import { NO_MYSQL, openPool, useMysql } from '../support/mysql.ts'

/** The default is REPEATABLE READ. The last one is how MariaDB comes from 11.6 on; MySQL has no such thing. */
const SETTINGS = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'SET SESSION innodb_snapshot_isolation = ON',
]

const mysql = await useMysql()
if (mysql === undefined) test('mysqlStore keeps the store contract', { skip: NO_MYSQL })
else {
  storeContract('mysqlStore', async ({ clock }) => {
    await mysql.empty()
    return mysqlStore(mysql.pool, { clock })
  })
  storeContract('a pair of mysqlStores on one database', async ({ clock }) => {
    await mysql.empty()
    const pool = openPool(mysql.url)
    const other = { ...mysqlStore(pool, { clock }), close: () => pool.end() }
    return alternate([mysqlStore(mysql.pool, { clock }), other])
  })
  for (const setting of SETTINGS) {
    const pool = openPool(mysql.url)
    pool.pool.on('connection', (connection) => connection.query(setting, () => {}))
    after(() => pool.end())
    storeContract(`mysqlStore after ${setting}`, async ({ clock }) => {
      await mysql.empty()
      return mysqlStore(pool, { clock })
    })
  }
}
