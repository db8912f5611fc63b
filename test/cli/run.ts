import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

/** The command as it is started from a shell. */
export function holdfast(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
) {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    ...options,
    env: { ...env, ...options.env },
  })
  return { stdout, stderr, status }
}
