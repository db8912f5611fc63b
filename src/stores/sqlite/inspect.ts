import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Inspection } from '../../core/inspection.ts'

/** Of this connection, and of the file and its folder. */
export function inspectSqlite(database: DatabaseSync, path: string): Inspection {
  const isFile = path !== ':memory:'
  return {
    system: 'SQLite',
    settings: {
      file: path,
      journal_mode: pragma(database, 'journal_mode'),
      synchronous: SYNCHRONOUS[Number(pragma(database, 'synchronous'))] ?? null,
      'mode of the file': isFile ? modeOf(path) : null,
      'mode of the folder': isFile ? modeOf(dirname(path)) : null,
    },
  }
}

function pragma(database: DatabaseSync, name: string): string {
  return String(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

/** As `chmod` takes it: '0600'. Windows has no such bits. */
function modeOf(path: string): string | null {
  return process.platform === 'win32' ? null : (statSync(path).mode & 0o7777).toString(8).padStart(4, '0')
}

const SYNCHRONOUS = ['OFF', 'NORMAL', 'FULL', 'EXTRA']
