import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { describe, test } from 'node:test'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { streamSSE } from 'hono/streaming'
import { honoSessions } from '../../src/adapters/hono.ts'
import { createSessions, db, memoryStore, type SessionEvent, type SessionStore } from '../../src/index.ts'
import { serve } from '../support/serve.ts'

// What every adapter owes is in test/contracts/adapters.test.ts. This is Hono's own life.

function start(routes: (app: Hono<{ Bindings: HttpBindings }>) => void, store: SessionStore = memoryStore()) {
  const sessions = createSessions({ keys: ['a key of forty characters, 0123456789 abc'], engine: db(store) })
  const events: SessionEvent[] = []
  sessions.on('*', (event) => events.push(event))
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(honoSessions(sessions))
  routes(app)
  const ask = (path: string, cookie = '') => app.request(path, { headers: cookie === '' ? {} : { cookie } })
  return { app, ask, events }
}

const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''

describe('Hono', () => {
  test('works without a server, and without Node', async () => {
    const { ask } = start((app) =>
      app.get('/', (c) => c.json(c.var.session.update('n', (n) => Number(n ?? 0) + 1) ?? null)),
    )
    const first = await ask('/')
    assert.equal(await first.text(), '1')
    assert.equal(await (await ask('/', cookieOf(first))).text(), '2')
  })

  test('an HTTPException below 500 keeps a login, one above does not, whatever response it brings along', async () => {
    const { ask } = start((app) => {
      app.get('/:status', async (c) => {
        await c.get('session').login('ada')
        const status = Number(c.req.param('status')) as 403
        const res = Response.redirect('http://localhost/next', 303)
        throw new HTTPException(status, status === 403 ? { res } : { message: 'boom' })
      })
    })
    const mild = await ask('/403')
    assert.deepEqual([mild.status, mild.headers.get('location')], [403, 'http://localhost/next'])
    assert.equal(mild.headers.get('cache-control'), 'no-store')
    assert.notEqual(cookieOf(mild), '')
    const hard = await ask('/503')
    assert.deepEqual([hard.status, cookieOf(hard)], [503, ''])
  })

  test('a response that the application keeps for everybody gets no cookie of anybody', async () => {
    const kept = new Response(null, { status: 204 })
    const { ask } = start((app) => {
      app.get('/', (c) => {
        c.get('session').set('n', 1)
        return kept
      })
    })
    const [one, other] = [await ask('/'), await ask('/')]
    assert.notEqual(cookieOf(one), '')
    assert.notEqual(cookieOf(one), cookieOf(other))
    assert.deepEqual([...kept.headers], [])
  })

  test('a failed commit takes the headers along that were set with c.header, and does not ask app.onError', async () => {
    const store = { ...memoryStore(), create: () => Promise.reject(new Error('unreachable')) }
    const { ask, events } = start((app) => {
      app.onError((_error, c) => c.text('asked', 500))
      app.get('/', (c) => {
        c.get('session').set('n', 1)
        c.header('x-a', '1')
        return c.text('well')
      })
    }, store)
    const answer = await ask('/')
    assert.deepEqual([answer.status, answer.headers.get('x-a')], [500, null])
    assert.equal(await answer.text(), 'The session could not be loaded or saved.\n')
    assert.deepEqual(
      events.map(({ type }) => type),
      ['commit-failed'],
    )
  })

  test('a store that cannot be read goes to app.onError', async () => {
    const store = { ...memoryStore(), find: () => Promise.reject(new Error('unreachable')) }
    const { ask } = start((app) => {
      app.onError((error, c) => c.text(error.message, 503))
      app.get('/', (c) => {
        c.get('session').set('n', 1)
        return c.text('ok')
      })
    }, store)
    const answer = await ask('/', cookieOf(await ask('/')))
    assert.deepEqual([answer.status, await answer.text()], [503, 'unreachable'])
  })

  test('a handler that answers nothing is Hono’s error, and nothing is committed', async () => {
    const { ask, events } = start((app) => {
      app.onError((error, c) => c.text(error.message, 500))
      app.get('/', (c) => c.get('session').set('n', 1) as never)
    })
    const answer = await ask('/')
    assert.equal(answer.status, 500)
    assert.match(await answer.text(), /not finalized/)
    assert.deepEqual([answer.headers.getSetCookie(), events], [[], []])
  })

  test('the header that means it is a mere header where there is no response of Node’s', async () => {
    const { ask } = start((app) => {
      app.get('/', (c) => {
        c.get('session').set('n', 1)
        return c.text('from elsewhere', 200, { 'x-hono-already-sent': 'true' })
      })
    })
    const answer = await ask('/')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.notEqual(cookieOf(answer), '')
  })

  test('a change in a stream comes too late, and is refused there', async () => {
    const left = Promise.withResolvers<void>()
    const refused = Promise.withResolvers<unknown>()
    const { ask } = start((app) => {
      app.get('/', (c) => {
        c.get('session').set('n', 1)
        return streamSSE(c, async (stream) => {
          await left.promise
          try {
            c.get('session').set('n', 2)
          } catch (error) {
            refused.resolve(error)
          }
          await stream.writeSSE({ data: 'x' })
        })
      })
    })
    const answer = await ask('/')
    left.resolve()
    assert.match(await answer.text(), /data: x/)
    assert.match(String(await refused.promise), /changed after its response had begun/)
    assert.notEqual(cookieOf(answer), '')
  })

  test('a response written past Hono to Node’s own is reported, if the session was touched', async () => {
    const { app, events } = start((routes) => {
      routes.get('/:do', (c) => {
        if (c.req.param('do') === 'write') c.get('session').set('n', 1)
        c.env.outgoing.end('past')
        return RESPONSE_ALREADY_SENT
      })
    })
    const browser = await serve(getRequestListener(app.fetch as never) as RequestListener)
    for (const path of ['/nothing', '/write']) assert.equal((await browser.get(path)).body, 'past')
    assert.deepEqual(
      events.map((event) => event.type === 'bypassed' && [event.id, event.modified]),
      [[null, true]],
    )
  })
})
