import { test } from 'node:test'
import { postgresStore } from '../../src/index.ts'
import { storeContract } from '../../src/testing.ts'
import { NO_POSTGRES, openPool, usePostgres } from '../support/postgres.ts'
import { alternate } from '../support/alternate.ts'

const postgres = await usePostgres()
if (postgres === undefined) test('postgresStore keeps the store contract', { skip: NO_POSTGRES })
else {
  storeContract('postgresStore', async ({ clock }) => {
    await postgres.empty()
    return postgresStore(postgres.pool, { clock })
  })
  storeContract('a pair of postgresStores on one database', async ({ clock }) => {
    await postgres.empty()
    const pool = openPool(postgres.url)
    const other = { ...postgresStore(pool, { clock }), close: () => pool.end() }
    return alternate([postgresStore(postgres.pool, { clock }), other])
  })
}
