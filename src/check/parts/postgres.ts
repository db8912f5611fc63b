import type { InspectedPart } from '../../core/inspection.ts'
import { allOf, clockCheck, isAtLeast, isLocal, isOneOf, migrationsCheck, oneOf, setting } from './judge.ts'
import type { PartCheck } from './judge.ts'

const concerns = ({ system }: InspectedPart): boolean => system === 'PostgreSQL'

export const POSTGRES_CHECKS: readonly PartCheck[] = [
  {
    id: 'HF201',
    title: 'PostgreSQL has on its disk what it has answered',
    reason:
      'With synchronous_commit = off a crash of the server takes the last moments. Who signed out in them is signed in ' +
      'again, until the session ends by itself.',
    fix: 'synchronous_commit = on',
    concerns,
    judge: setting('synchronous_commit', (value) => value !== 'off'),
  },
  {
    id: 'HF202',
    title: 'PostgreSQL waits for the disk',
    reason: 'With fsync = off a power cut may ruin the whole database, sessions and all.',
    fix: 'fsync = on',
    concerns,
    judge: setting('fsync', isOneOf('on')),
  },
  {
    id: 'HF203',
    title: 'PostgreSQL can mend a page that was half written',
    reason:
      'With full_page_writes = off a power cut in the middle of a write may ruin what was there before, unless the file ' +
      'system never writes half a page.',
    fix: 'full_page_writes = on',
    concerns,
    judge: setting('full_page_writes', isOneOf('on')),
  },
  {
    id: 'HF204',
    title: 'A replica that takes over has what was answered',
    reason:
      'A replica that gets its changes later has not heard of the last moments. When it takes over, logouts among them ' +
      'are undone. Replicas that never take over do no harm.',
    fix: "synchronous_standby_names = 'ANY 1 (*)'",
    concerns,
    judge: oneOf(
      setting('replicas', isOneOf('0')),
      allOf(
        setting('synchronous_standby_names', (names) => names !== ''),
        setting('synchronous_commit', isOneOf('on', 'remote_apply', 'remote_write')),
      ),
    ),
  },
  {
    id: 'HF205',
    title: 'The role that serves is no superuser',
    reason:
      'A superuser may read and change every database, and run programs on the server. Sessions need three tables, so a ' +
      'hole elsewhere in the application should reach no more.',
    fix: 'CREATE ROLE app LOGIN, and the grants of docs/stores.md',
    concerns,
    judge: setting('rolsuper', isOneOf('false')),
  },
  {
    id: 'HF206',
    title: 'Nobody on the way can read what PostgreSQL is told',
    reason: 'Without TLS whoever is between reads what sessions hold, and can alter it.',
    fix: 'sslmode=verify-full in the URL',
    concerns,
    judge: oneOf(setting('ssl', isOneOf('true')), setting('client', isLocal)),
  },
  {
    id: 'HF207',
    title: 'PostgreSQL is 12 or newer',
    reason: 'Older ones lack what the tables are made with.',
    fix: 'an update of the server',
    concerns,
    judge: setting('server_version', (version) => isAtLeast(version, '12')),
  },
  { id: 'HF208', ...migrationsCheck, concerns },
  {
    id: 'HF209',
    title: 'Transactions are READ COMMITTED',
    reason: 'Under another level signing out everywhere fails, and so does a login with a limit of sessions.',
    fix: "default_transaction_isolation = 'read committed'",
    concerns,
    judge: setting('transaction_isolation', isOneOf('read committed')),
  },
  { id: 'HF210', ...clockCheck, concerns },
]
