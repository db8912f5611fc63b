import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The key that seals session cookies: SESSION_KEY, or one made at the first start and kept beside the data. The
 * second is for trying things out; a deployment gives the key from outside, so that a copy of the data is not also a
 * copy of the key.
 */
export function sessionKey(dataDir: string, given: string | undefined, note: (line: string) => void): string {
  if (given !== undefined && given !== '') return given
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'session-key')
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
    note(`No SESSION_KEY was given: made one and kept it in ${file}`)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(file, 'utf8').trim()
}
