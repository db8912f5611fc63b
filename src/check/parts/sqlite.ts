import type { InspectedPart } from '../../core/inspection.ts'
import { isOneOf, setting, type PartCheck } from './judge.ts'

const concerns = ({ system, settings }: InspectedPart): boolean =>
  system === 'SQLite' && settings['file'] !== ':memory:'

export const SQLITE_CHECKS: readonly PartCheck[] = [
  {
    id: 'HF601',
    title: 'SQLite has on the disk what it has answered',
    reason:
      "With 'normal' a power cut takes the last moments. Who signed out in them is signed in again, until the session " +
      'ends by itself.',
    fix: "sqliteStore(path, { synchronous: 'full' })",
    concerns,
    judge: setting('synchronous', isOneOf('FULL', 'EXTRA')),
  },
  {
    id: 'HF602',
    title: 'SQLite has its write-ahead log',
    reason:
      'Without it readers and writers wait for each other. SQLite refuses the log where files cannot be shared safely, ' +
      'as on a network drive.',
    fix: 'a path on a local disk',
    concerns,
    judge: setting('journal_mode', isOneOf('wal')),
  },
  {
    id: 'HF603',
    title: 'Other accounts of this machine cannot read the file',
    reason:
      'It holds no token that works, but what sessions hold, whose they are, and browser names, in plain text. Who can ' +
      'write to it can alter these.',
    fix: 'chmod 600 on the file, its -wal and its -shm',
    concerns,
    judge: setting('mode of the file', isClosedToOthers(0o007)),
  },
  {
    id: 'HF604',
    title: 'Other accounts of this machine cannot replace the file',
    reason: 'Who may write to its folder can put an older file in its place, in which ended sessions live.',
    fix: 'chmod 700 on its folder',
    concerns,
    judge: setting('mode of the folder', (mode) => isClosedToOthers(0o002)(mode) || !isClosedToOthers(STICKY)(mode)),
  },
]

/** By the bits that say what everybody may. */
function isClosedToOthers(bits: number): (mode: string) => boolean {
  return (mode) => (Number.parseInt(mode, 8) & bits) === 0
}

/** In a folder with this bit, such as /tmp, others may add files but not replace this one. */
const STICKY = 0o1000
