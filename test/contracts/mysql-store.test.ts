import { test } from 'node:test'
import { mysqlStore } from '../../src/index.ts'
import { storeContract } from '../../src/testing.ts'
import { alternate } from '../support/alternate.ts'
import { NO_MYSQL, openPool, useMysql } from '../support/mysql.ts'

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
}
