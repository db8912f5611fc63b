import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A Python that has Django. */
export interface DjangoPython {
  readonly python: string
  /** Such as `5.2.17`. */
  readonly version: string
  readonly major: number
}

/** A real Django in a process of its own. */
export interface Django {
  readonly version: string
  /** Calls a function of one of its modules. An exception there is an `Error` here, with its name and its text. */
  call<Answer>(name: string, ...args: readonly unknown[]): Promise<Answer>
  stop(): Promise<void>
}

const FOLDER = join(import.meta.dirname, '../django/python')
/** `.ci/run` makes the second, with the newest Django that it can have. */
const CANDIDATES = [
  ...(process.env['HOLDFAST_TEST_DJANGO']?.split(':') ?? []),
  join(import.meta.dirname, '../../node_modules/.cache/django/bin/python'),
  'python3',
  '/usr/bin/python3',
]

/** Each version once. What a distribution installs is for its own Python, which need not be the first on the path. */
export const DJANGOS: readonly DjangoPython[] = findDjangos()

/** Why tests beside Django are skipped. In CI they are not: there, who finds none fails. */
export const NO_DJANGO = process.env['CI'] === undefined && DJANGOS.length === 0 ? 'no python3 has django' : false

export interface DjangoOptions {
  /** As in a `settings.py`. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Python files in test/django/python, without `.py`: what may be called. */
  readonly modules: readonly string[]
}

export async function startDjango({ python }: DjangoPython, options: DjangoOptions): Promise<Django> {
  const { settings = {}, modules } = options
  const child = spawn(python, [join(FOLDER, 'driver.py'), JSON.stringify({ settings, modules })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
  })
  const gone = once(child, 'exit')
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const expect = (id: number): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>()
    waiting.set(id, answer)
    return answer.promise
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, value, error } = JSON.parse(line) as { id: number; value?: unknown; error?: string }
    if (error === undefined) waiting.get(id)?.resolve(value)
    else waiting.get(id)?.reject(new Error(error))
    waiting.delete(id)
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('Django is gone'))
  })
  const version = String(await expect(0))
  let calls = 0
  return {
    version,
    call: async <Answer>(name: string, ...args: readonly unknown[]) => {
      const id = ++calls
      child.stdin.write(`${JSON.stringify({ id, call: name, args })}\n`)
      return (await expect(id)) as Answer
    },
    async stop() {
      child.stdin.end()
      await gone
    },
  }
}

function findDjangos(): DjangoPython[] {
  const found = CANDIDATES.flatMap((python) => {
    const { stdout } = spawnSync(python, ['-c', 'import django; print(django.get_version())'], { encoding: 'utf8' })
    const version = (stdout ?? '').trim()
    return version === '' ? [] : [{ python, version, major: Number.parseInt(version, 10) }]
  })
  return Array.from(new Map(found.toReversed().map((one) => [one.version, one])).values()).toReversed()
}
