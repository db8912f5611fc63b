import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What both sides sign with: SECRET_KEY, or a key made at the first start and kept beside the data. The second is for
 * trying things out; a deployment gives the key from outside.
 */
export function secretKey(dataDir: string, given: string | undefined, note: (line: string) => void): string {
  if (given !== undefined && given !== '') return given
  const file = join(dataDir, 'secret-key')
  try {
    writeFileSync(file, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' })
    note(`No SECRET_KEY was given: made one and kept it in ${file}`)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(file, 'utf8').trim()
}
