import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

/** A real Django, on a database and perhaps a cache of ours. */
export interface DjangoSite {
  /** Runs one function of `test/django/python/tables.py`. */
  ask(what: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>
}

export interface SiteConfig {
  readonly database: Readonly<Record<string, unknown>>
  readonly caches?: Readonly<Record<string, unknown>>
  readonly useTz: boolean
  readonly timeZone: string
}

export const SECRET = 'what this Django signs its sessions with, and nothing else'

/** Undefined when no Python here has Django and these modules; an error in CI. */
export function findDjango(...modules: readonly string[]): string | undefined {
  const script = ['django', ...modules].map((name) => `import ${name}`).join('; ')
  // What a distribution installs is for its own Python, which need not be the first on the path.
  const found = ['/usr/bin/python3', 'python3'].find((python) => spawnSync(python, ['-c', script]).status === 0)
  if (found === undefined && process.env['CI'] !== undefined) throw new Error(noDjango(...modules))
  return found
}

export function noDjango(...modules: readonly string[]): string {
  return `skipped: no python3 has ${['django', ...modules].join(' and ')}`
}

/** Ended after the tests of this file. */
export function startDjango(python: string, config: SiteConfig): DjangoSite {
  const script = join(import.meta.dirname, '../django/python/tables.py')
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  after(() => void child.stdin.end())
  const waiting: PromiseWithResolvers<unknown>[] = []
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => {
    const { answer, error } = JSON.parse(line) as { answer?: unknown; error?: string }
    const next = waiting.shift()
    if (error === undefined) next?.resolve(answer)
    else next?.reject(new Error(error))
  })
  child.once('exit', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error('Django is gone'))
  })
  const say = (message: unknown): void => void child.stdin.write(`${JSON.stringify(message)}\n`)
  say({ ...config, secret: SECRET })
  return {
    ask(what, args = {}) {
      const asked = Promise.withResolvers<unknown>()
      waiting.push(asked)
      say({ ...args, do: what })
      return asked.promise
    },
  }
}
