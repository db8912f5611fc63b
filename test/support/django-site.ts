import { spawnSync } from 'node:child_process'
import { after } from 'node:test'
import { DJANGOS, startDjango, type Django, type DjangoPython } from './django.ts'

/** A Django with a database, and perhaps a cache, of ours. It ends after the tests of this file. */
export async function startSite(python: DjangoPython, config: SiteConfig): Promise<Django> {
  const settings = {
    SECRET_KEY: 'what this Django signs its sessions with, and nothing else',
    DATABASES: { default: config.database },
    INSTALLED_APPS: ['django.contrib.auth', 'django.contrib.contenttypes', 'django.contrib.sessions'],
    DEFAULT_AUTO_FIELD: 'django.db.models.AutoField',
    USE_TZ: config.useTz,
    TIME_ZONE: config.timeZone,
    ...config.settings,
  }
  const django = await startDjango(python, { settings, modules: ['tables', ...(config.modules ?? [])] })
  after(() => django.stop())
  return django
}

export interface SiteConfig {
  readonly database: Readonly<Record<string, unknown>>
  readonly useTz: boolean
  readonly timeZone: string
  readonly settings?: Readonly<Record<string, unknown>>
  /** Beside `tables`. */
  readonly modules?: readonly string[]
}

/** Those that have one of these modules too. Which of a driver's packages is there is up to the Python. */
export function djangosWith(...modules: readonly string[]): DjangoPython[] {
  const script = `import importlib.util as util, sys; sys.exit(not any(map(util.find_spec, ${JSON.stringify(modules)})))`
  const found = DJANGOS.filter(({ python }) => spawnSync(python, ['-c', script]).status === 0)
  if (found.length > 0 || process.env['CI'] === undefined) return found
  throw new Error(`no python3 has django and ${modules.join(' or ')}`)
}

/** Those that can have PostgreSQL and Redis. Django has a cache in Redis of its own since 4.0. */
export function djangosWithServers(): DjangoPython[] {
  const [redis, djangoRedis] = [djangosWith('redis'), djangosWith('django_redis')]
  return djangosWith('psycopg2', 'psycopg').filter((django) =>
    (django.major >= 4 ? redis : djangoRedis).includes(django),
  )
}

/** How Django is set in these tests: its dates are instants, or what the clock on a wall in Zurich shows. */
export const TIMES = [
  { useTz: true, timeZone: 'Europe/Zurich' },
  { useTz: false, timeZone: 'Europe/Zurich' },
] as const
