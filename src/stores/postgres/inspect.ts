import type { Clock } from '../../core/clock.ts'
import { clockDifference, type Inspection } from '../../core/inspection.ts'
import type { PostgresClient } from './client.ts'
import { failure } from './failure.ts'
import { migratePostgres } from './schema.ts'

/** As they are for this role and these connections. Any role may ask for all of them. */
export async function inspectPostgres(client: PostgresClient, clock: Clock): Promise<Inspection> {
  const pending = await migratePostgres(client, { dryRun: true })
  const ask = async (): Promise<Row> => (await client.query(SETTINGS)).rows[0] as Row
  const { answer, difference } = await clockDifference(clock, ask, ({ now }) => Number(now)).catch((error: unknown) =>
    Promise.reject(failure(error)),
  )
  const { now: _, ...settings } = answer
  return {
    system: 'PostgreSQL',
    settings: { ...settings, migrations: pending.map(({ name }) => name).join(', '), clock: difference },
  }
}

type Row = Record<string, string | null>

const NAMES = [
  'server_version',
  'synchronous_commit',
  'fsync',
  'full_page_writes',
  'synchronous_standby_names',
  'transaction_isolation',
]

const SETTINGS = `SELECT ${NAMES.map((name) => `current_setting('${name}', true) AS ${name}`).join(', ')},
  (SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user) AS rolsuper,
  (SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS ssl,
  coalesce(host(inet_client_addr()), 'a socket') AS client,
  (SELECT count(*)::text FROM pg_stat_replication) AS replicas,
  floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS now`
