import { existsSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Sessions } from '../index.ts'
import { UsageError } from './command.ts'
import { isNewer } from './failure.ts'
import type { Place } from './place.ts'

/**
 * The nearest configuration, in a folder or above it. The search ends below a folder where anybody may put files, such
 * as /tmp, because what it finds is run.
 *
 * @throws UsageError when there is none.
 */
export function findConfig(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (folder !== start && isOpenToAll(folder)) {
      throw new UsageError(`${NONE}, as far as ${folder}, where anybody may put files. ${INSTEAD}`)
    }
    const found = NAMES.map((name) => join(folder, name)).find((file) => existsSync(file))
    if (found !== undefined) return found
    if (dirname(folder) === folder) throw new UsageError(`${NONE}. ${INSTEAD}`)
  }
}

/** Runs it where it is, so that the paths in it mean what they mean to the application. */
export async function loadConfig(file: string): Promise<Place> {
  const name = relative(process.cwd(), file)
  process.chdir(dirname(file))
  const sessions = await run(file).catch((error: unknown) => {
    if (isNewer(error)) throw error
    throw new UsageError(`${name} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  })
  if (!isSessions(sessions)) {
    throw new UsageError(
      `the default export of ${name} must be what createSessions() answered, or a function that makes it`,
    )
  }
  return {
    isConfigured: true,
    sessions: () => sessions,
    migrate: (options) => sessions.migrate(options),
    inspect: () => sessions.inspect(),
    close: () => sessions.close(),
  }
}

async function run(file: string): Promise<unknown> {
  const { default: exported } = (await import(pathToFileURL(file).href)) as { default?: unknown }
  return typeof exported === 'function' ? (exported() as unknown) : exported
}

/** Not `instanceof`: the application may have another copy of the package than this command. */
function isSessions(value: unknown): value is Sessions {
  return (
    typeof value === 'object' && value !== null && VERBS.every((verb) => typeof Reflect.get(value, verb) === 'function')
  )
}

/** Windows has no such bits. */
function isOpenToAll(folder: string): boolean {
  return process.platform !== 'win32' && (statSync(folder).mode & WRITABLE_BY_ALL) !== 0
}

const NAMES = ['holdfast.config.ts', 'holdfast.config.js', 'holdfast.config.mjs']
const VERBS = ['list', 'revoke', 'revokeAll', 'clearExpired', 'migrate', 'inspect', 'close']
const WRITABLE_BY_ALL = 0o002
const NONE = `there is no ${NAMES[0]} in this folder or above it`
const INSTEAD = 'Make one that exports your sessions as default, or pass --url URL'
