import type { Clock } from '../../core/clock.ts'
import { clockDifference, type Inspection } from '../../core/inspection.ts'
import type { Executes, MysqlPool } from './client.ts'
import { failure } from './failure.ts'
import { migrateMysql } from './schema.ts'

/** As they are for this user and these connections. Any user may ask for all of them. */
export async function inspectMysql(pool: MysqlPool, clock: Clock): Promise<Inspection> {
  try {
    const pending = await migrateMysql(pool, { dryRun: true })
    const { answer: rows, difference } = await clockDifference(
      clock,
      () => ask<Own>(pool, OWN),
      ([row]) => Number(row?.now),
    )
    const variables = named(await ask<Variable>(pool, VARIABLES))
    const { tx_isolation: isolation = null, version = null, ...settings } = variables
    const tables = await ask<{ engine: string | null }>(pool, ENGINES)
    const rights = await ask<{ name: string }>(pool, GLOBAL_RIGHTS)
    return {
      system: version?.includes('MariaDB') === true ? 'MariaDB' : 'MySQL',
      settings: {
        transaction_isolation: isolation,
        ...settings,
        version,
        'table engines': [...new Set(tables.map(({ engine }) => engine))].join(', ') || null,
        'global privileges': rights.map(({ name }) => name).join(', '),
        ...named(await ask<Variable>(pool, CIPHER)),
        client: rows[0]?.client ?? null,
        migrations: pending.map(({ name }) => name).join(', '),
        clock: difference,
      },
    }
  } catch (error) {
    throw failure(error)
  }
}

interface Own {
  readonly client: string
  readonly now: unknown
}

interface Variable {
  readonly Variable_name: string
  readonly Value: string
}

async function ask<T>(on: Executes, sql: string): Promise<T[]> {
  const [rows] = await on.execute(sql, [])
  return rows as T[]
}

function named(rows: readonly Variable[]): Record<string, string | null> {
  return Object.fromEntries(rows.map(({ Variable_name: name, Value: value }) => [name, value]))
}

const VARIABLES = `SHOW VARIABLES WHERE Variable_name IN ('version', 'innodb_flush_log_at_trx_commit', 'log_bin',
  'sync_binlog', 'innodb_doublewrite', 'tx_isolation', 'transaction_isolation')`
const CIPHER = "SHOW STATUS LIKE 'Ssl_cipher'"
/** Of whom the host is, and its time in UTC. */
const OWN = `SELECT SUBSTRING_INDEX(USER(), '@', -1) AS client,
  TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000 AS now`
const ENGINES = `SELECT ENGINE AS engine FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ('holdfast_schema', 'holdfast_sessions', 'holdfast_subjects')`
/** Those that hold in every database. */
const GLOBAL_RIGHTS = `SELECT PRIVILEGE_TYPE AS name FROM information_schema.USER_PRIVILEGES
  WHERE GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''') AND PRIVILEGE_TYPE <> 'USAGE' ORDER BY 1`
