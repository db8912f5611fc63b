import { djangoPostgres, djangoRedis, sessionsFromSettings } from 'holdfast/django'
import { nodeSessions } from 'holdfast/node'
import { nodeBare } from './bare.ts'
import { djangoBare, djangoCachedDb } from './distributed/django.ts'
import { openPool, openRedis } from './distributed/place.ts'
import { answer, type Kept } from './holdfast.ts'
import { KEY, type Listener, type Servers } from './kind.ts'

/** Django, and Holdfast on its table, its cache and its cookie. */
export const servers: Servers = {
  'node/bare': nodeBare,
  'django/bare': djangoBare,
  'django/cached_db': djangoCachedDb,
  'node/holdfast': holdfast(true),
  'node/holdfast, hits unconfirmed': holdfast(false),
}

/** Settings as in django_app.py. */
function holdfast(confirmHits: boolean): Listener {
  return {
    bare: 'node/bare',
    async start({ sliding }) {
      const prefix = `${process.env['BENCH_PREFIX']}django/cached_db:${sliding ? 'sliding' : 'fixed'}:`
      const sessions = sessionsFromSettings<Kept>(
        {
          SECRET_KEY: KEY,
          SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db',
          SESSION_COOKIE_AGE: 1800,
          SESSION_SAVE_EVERY_REQUEST: sliding,
          USE_TZ: false,
          TIME_ZONE: 'America/Chicago',
          CACHES: { default: { KEY_PREFIX: prefix } },
        },
        { beside: djangoPostgres(openPool()), cache: djangoRedis(await openRedis()), confirmHits },
      )
      return nodeSessions(sessions, (request, response, session) => {
        response.end(answer(request.url, request.method, session))
      })
    },
  }
}
