import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')

/**
 * A Python that has Django, and what Django needs for these places.
 *
 * @throws NoDjango, which says what to install.
 */
export function findPython(env: NodeJS.ProcessEnv): string {
  const { PYTHON, DATABASE_URL, REDIS_URL } = env
  const candidates = PYTHON ? [PYTHON] : [join(ROOT, '.venv/bin/python'), 'python3', '/usr/bin/python3', 'python']
  const needs = [...(DATABASE_URL ? ['PostgreSQL'] : []), ...(REDIS_URL ? ['Redis'] : [])]
  const found = candidates.find(
    (python) => spawnSync(python, ['-c', CHECK, ...needs], { stdio: 'ignore' }).status === 0,
  )
  if (found === undefined) throw new NoDjango(candidates, needs)
  return found
}

export class NoDjango extends Error {
  constructor(candidates: readonly string[], needs: readonly string[]) {
    const packages = ["'django>=3.2'", ...needs.map((need) => (need === 'Redis' ? 'redis' : "'psycopg[binary]'"))]
    const venv = 'examples/beside-django/.venv'
    const wanted = needs.length === 0 ? 'Django' : `Django, with what it needs for ${needs.join(' and ')},`
    super(
      `${wanted} was not found. Looked at: ${candidates.join(', ')}.\n` +
        'In the folder of the clone, this installs it:\n\n' +
        `  python3 -m venv ${venv} && ${venv}/bin/pip install ${packages.join(' ')}\n\n` +
        'Or set PYTHON to a Python that has it.',
    )
  }
}

/** Django has a cache in Redis of its own since 4.0; before, django-redis is one. */
const CHECK = `
import sys, django
from importlib.util import find_spec
has = lambda *names: any(map(find_spec, names))
ok = django.VERSION >= (3, 2)
if 'PostgreSQL' in sys.argv: ok = ok and has('psycopg2', *(['psycopg'] if django.VERSION >= (4, 2) else []))
if 'Redis' in sys.argv: ok = ok and has('redis' if django.VERSION >= (4, 0) else 'django_redis')
sys.exit(not ok)
`
