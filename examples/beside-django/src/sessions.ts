import { join } from 'node:path'
import {
  djangoPostgres,
  djangoRedis,
  djangoSqlite,
  readDjangoSettings,
  sessionsFromSettings,
  type DjangoCacheServer,
  type DjangoDatabase,
} from 'holdfast/django'
import type { Sessions } from 'holdfast'
import pg from 'pg'
import { createClient } from 'redis'
import { ROOT } from './python.ts'

export interface Shared {
  readonly sessions: Sessions
  close(): Promise<void>
}

/** The sessions of Django: its settings, its tables, and its cache where it has one. */
export async function openShared(env: NodeJS.ProcessEnv): Promise<Shared> {
  const { SECRET_KEY, DATABASE_URL, REDIS_URL, SQLITE_PATH = '', CACHE_PREFIX = 'bakery' } = env
  const closing: (() => unknown)[] = []
  // The file is read, not run: what depends on the environment there, is passed in.
  const settings = readDjangoSettings(join(ROOT, 'django/settings.py'), {
    SECRET_KEY,
    SESSION_ENGINE: REDIS_URL ? 'cached_db' : 'db',
    CACHES: { default: { KEY_PREFIX: CACHE_PREFIX } },
  })
  const cache = REDIS_URL ? { cache: await openRedis(REDIS_URL) } : {}
  const sessions = sessionsFromSettings(settings, { beside: openTables(), ...cache })
  return {
    sessions,
    async close() {
      await sessions.close()
      for (const close of closing) await close()
    },
  }

  function openTables(): DjangoDatabase {
    if (!DATABASE_URL) return djangoSqlite(SQLITE_PATH)
    const pool = new pg.Pool({ connectionString: DATABASE_URL })
    pool.on('error', (error) => console.error(error.message)) // A connection that broke while nobody used it.
    closing.push(() => pool.end())
    return djangoPostgres(pool)
  }

  async function openRedis(url: string): Promise<DjangoCacheServer> {
    const redis = createClient({ url })
    redis.on('error', (error: Error) => console.error(error.message))
    closing.push(() => redis.close())
    return djangoRedis(await redis.connect())
  }
}
