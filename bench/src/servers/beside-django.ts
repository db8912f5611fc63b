import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { djangoPostgres, djangoRedis, sessionsFromSettings } from 'holdfast/django'
import { nodeSessions } from 'holdfast/node'
import { sessionData } from '../session-data.ts'
import { nodeBare } from './bare.ts'
import { djangoBare, djangoCachedDb, djangoSignedIn } from './distributed/django.ts'
import { openPool, openRedis } from './distributed/place.ts'
import { answer, type Kept } from './holdfast.ts'
import { KEY, type Listener, type Servers } from './kind.ts'

/** Django, and Holdfast on its table, its cache and its cookie. Each is beside the least that its I/O costs. */
export const servers: Servers = {
  'node/bare': nodeBare,
  'django/bare': djangoBare,
  'django/cached_db': djangoCachedDb,
  'django/cached_db, signed in': djangoSignedIn,
  'node/holdfast': holdfast({ confirmHits: true }),
  'node/holdfast, hits unconfirmed': holdfast({ confirmHits: false }),
  'node/holdfast, signed in': holdfast({ confirmHits: true, signedIn: true }),
  'node/one named query by hand': byHand(async () => {
    const pool = openPool()
    return (values) => pool.query({ name: 'one', text: 'SELECT $1::text AS data', values })
  }),
  'node/one GET by hand': byHand(async () => {
    const redis = await openRedis()
    const key = `${process.env['BENCH_PREFIX']}by-hand`
    await redis.set(key, JSON.stringify(sessionData))
    return () => redis.get(key)
  }),
}

/** Settings as in django_app.py. */
function holdfast({ confirmHits, signedIn = false }: { confirmHits: boolean; signedIn?: boolean }): Listener {
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
      return nodeSessions(sessions, async (request, response, session) => {
        const body = answer(request.url, request.method, session)
        if (signedIn && request.url === '/begin') await session.login('1')
        response.end(signedIn && session.subject === null ? '' : body)
      })
    },
  }
}

/** No session at all: an answer that waits for one question to a server. */
function byHand(open: () => Promise<(values: [string]) => Promise<unknown>>): Listener {
  return {
    bare: 'node/bare',
    async start(): Promise<RequestListener> {
      const ask = await open()
      const json = JSON.stringify(sessionData)
      const serve = async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
        await ask([json])
        response.end(sessionData.userId)
      }
      return (request, response) => void serve(request, response)
    },
  }
}
