import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { holdfast } from './run.ts'

const root = join(import.meta.dirname, '../..')
export const KEY = 'only for this test: 0123456789 abcdef ghijkl'

/** The folder of an application. It goes away after the tests of this file. */
export interface Project {
  readonly folder: string
  readonly write: (file: string, text: string) => void
  /** The command, started in this folder or in one of its folders. */
  readonly holdfast: (args: readonly string[], folder?: string) => ReturnType<typeof holdfast>
}

/** Has Holdfast installed, and the packages that are named. */
export function makeProject(packages: readonly string[] = []): Project {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-project-'))
  after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/holdfast'))
  for (const name of packages) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return {
    folder,
    write(file, text) {
      writeFileSync(join(folder, file), text)
    },
    holdfast: (args, below = '.') => holdfast(args, { cwd: join(folder, below), env: ENV }),
  }
}

export const ENV = { NODE_OPTIONS: '--conditions=holdfast-source', SESSION_KEY: KEY }

/** The whole configuration around an engine. */
export function configOf(engine: string, imports = ''): string {
  return `import { cachedDb, createSessions, db, memoryCache, mysqlStore, postgresStore, signedCookies, sqliteStore } from 'holdfast'
${imports}
export default createSessions({ keys: [String(process.env.SESSION_KEY)], engine: ${engine} })
`
}
