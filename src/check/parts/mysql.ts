import type { InspectedPart } from '../../core/inspection.ts'
import { clockCheck, isAtLeast, isLocal, isOneOf, migrationsCheck, oneOf, setting, type PartCheck } from './judge.ts'

const concerns = ({ system }: InspectedPart): boolean => system === 'MySQL' || system === 'MariaDB'

export const MYSQL_CHECKS: readonly PartCheck[] = [
  {
    id: 'HF301',
    title: 'The server has on its disk what it has answered',
    reason:
      'With another value than 1 a crash of the machine takes the last second. Who signed out in it is signed in again, ' +
      'until the session ends by itself.',
    fix: 'innodb_flush_log_at_trx_commit = 1',
    concerns,
    judge: setting('innodb_flush_log_at_trx_commit', isOneOf('1')),
  },
  {
    id: 'HF302',
    title: 'The binary log is on the disk too, where there is one',
    reason:
      'After a power cut the server undoes what is not in its binary log, and replicas may have more or less than it has.',
    fix: 'sync_binlog = 1',
    concerns,
    judge: oneOf(setting('log_bin', isOneOf('OFF')), setting('sync_binlog', isOneOf('1'))),
  },
  {
    id: 'HF303',
    title: 'The server can mend a page that was half written',
    reason:
      'Without the doublewrite buffer a power cut in the middle of a write may ruin what was there before, unless the ' +
      'file system never writes half a page.',
    fix: 'innodb_doublewrite = ON',
    concerns,
    judge: setting('innodb_doublewrite', isOneOf('ON', '1', 'fast', 'DETECT_AND_RECOVER')),
  },
  {
    id: 'HF304',
    title: 'The tables are InnoDB',
    reason: 'Others know no transactions, so nothing that is promised of logouts and limits would hold.',
    fix: 'ALTER TABLE holdfast_sessions ENGINE = InnoDB',
    concerns,
    judge: setting('table engines', isOneOf('InnoDB')),
  },
  {
    id: 'HF305',
    title: 'The user that serves has no rights beyond its tables',
    reason:
      'A global right reaches every database on the server, and some of them its files. Sessions need three tables, so ' +
      'a hole elsewhere in the application should reach no more.',
    fix: "CREATE USER 'app', and the grants of docs/stores.md",
    concerns,
    judge: setting('global privileges', isOneOf('')),
  },
  {
    id: 'HF306',
    title: 'Nobody on the way can read what the server is told',
    reason: 'Without TLS whoever is between reads what sessions hold, and can alter it.',
    fix: 'ssl: { ca } for the pool',
    concerns,
    judge: oneOf(
      setting('Ssl_cipher', (cipher) => cipher !== ''),
      setting('client', isLocal),
    ),
  },
  {
    id: 'HF307',
    title: 'It is MySQL 8 or newer, or MariaDB 10.6 or newer',
    reason: 'Older ones lack what the statements are made of.',
    fix: 'an update of the server',
    concerns,
    judge: setting('version', (version) => isAtLeast(version, version.includes('MariaDB') ? '10.6' : '8')),
  },
  { id: 'HF308', ...migrationsCheck, concerns },
  {
    id: 'HF309',
    title: 'Transactions are READ COMMITTED or stricter',
    reason: 'READ UNCOMMITTED shows sessions that do not exist yet, and hides some that still do.',
    fix: 'transaction-isolation = REPEATABLE-READ',
    concerns,
    judge: setting('transaction_isolation', (level) => level !== 'READ-UNCOMMITTED'),
  },
  { id: 'HF310', ...clockCheck, concerns },
]
