import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { postgresStore } from '../../src/index.ts'
import { FIND } from '../../src/stores/postgres/statements.ts'
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
  test('a session is looked for in one part', async () => {
    await pool.query('SET plan_cache_mode = force_generic_plan')
    await pool.query(`PREPARE looking (text[], bigint) AS ${FIND.text}`)
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
      "EXPLAIN (ANALYZE, COSTS off, TIMING off) EXECUTE looking ('{one}', NULL)",
    )
    const scans = rows.map((row) => row['QUERY PLAN']).filter((line) => / Scan .* on holdfast_sessions/.test(line))
    assert.ok(scans.length > 1, scans.join('\n'))
    assert.equal(scans.filter((line) => !line.includes('never executed')).length, 1, scans.join('\n'))
  })
  storeContract('postgresStore on a table in parts', ({ clock }) => postgresStore(pool, { clock }))
}
