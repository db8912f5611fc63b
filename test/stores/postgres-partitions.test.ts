import { beforeEach, test } from 'node:test'
import { postgresStore } from '../../src/index.ts'
import { storeContract } from '../../src/testing.ts'
import { samplesOf } from '../support/code-samples.ts'
import { NO_POSTGRES, usePostgres, type Postgres } from '../support/postgres.ts'

// The way to a table in parts that docs/scale.md shows.
const postgres = await usePostgres()
if (postgres === undefined) test('postgresStore on a table in parts', { skip: NO_POSTGRES })
else await inParts(postgres)

async function inParts({ pool, empty }: Postgres): Promise<void> {
  const [sql = ''] = samplesOf('docs/scale.md', 'sql')
  await pool.query(sql)
  beforeEach(empty)
  storeContract('postgresStore on a table in parts', ({ clock }) => postgresStore(pool, { clock }))
}
