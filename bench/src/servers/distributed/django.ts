import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sessionData } from '../../session-data.ts'
import { KEY, type Launched, type Program, type ServerOptions } from '../kind.ts'
import { redisUrl } from './place.ts'
import { PYTHON } from './python.ts'

/** Under gunicorn: two workers with four threads each, connections kept. */
export const djangoBare: Program = { bare: 'django/bare', launch: (options) => gunicorn('bare', options) }

export const djangoCachedDb: Program = { bare: 'django/bare', launch: (options) => gunicorn('cached_db', options) }

/** With `django.contrib.auth`, and somebody signed in. */
export const djangoSignedIn: Program = { bare: 'django/bare', launch: (options) => gunicorn('signed-in', options) }

async function gunicorn(
  engine: 'bare' | 'cached_db' | 'signed-in',
  { sliding, prefix }: ServerOptions,
): Promise<Launched> {
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
    DJANGO_ENGINE: engine,
    DJANGO_SECRET_KEY: KEY,
    DJANGO_SLIDING: sliding ? '1' : '',
    DJANGO_PREFIX: prefix,
    DJANGO_SESSION: JSON.stringify(sessionData),
    BENCH_REDIS: redisUrl(),
  }
  if (engine !== 'bare') execFileSync(PYTHON, [join(import.meta.dirname, 'django_app.py')], { env, stdio: 'pipe' })
  const limits = ['--workers', '2', '--threads', '4', '--worker-class', 'gthread', '--keep-alive', '600']
  const listening = ['--bind', '127.0.0.1:0', '--timeout', '600']
  const child = spawn(PYTHON, ['-m', 'gunicorn', ...limits, ...listening, 'django_app:application'], {
    cwd: import.meta.dirname,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  let port = 0
  while (port === 0 || log.split('Booting worker').length < 3) {
    const [chunk] = (await Promise.race([once(child.stderr, 'data'), once(child, 'exit')])) as [unknown]
    if (!Buffer.isBuffer(chunk)) throw new Error(`gunicorn did not start:\n${log}`)
    log += chunk.toString()
    port = Number(/127\.0\.0\.1:(\d+)/.exec(log)?.[1] ?? 0)
  }
  child.stderr.resume()
  const { pid = 0 } = child
  return { port, cpu: () => cpuOf([pid, ...childrenOf(pid)]), stop: () => void child.kill() }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

function cpuOf(pids: readonly number[]): number {
  const nanoseconds = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    ),
  )
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1000
}
