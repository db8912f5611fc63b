import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import Koa from 'koa'
import { koaSessions } from '../../src/adapters/koa.ts'
import { createSessions, db, memoryStore, type SessionStore } from '../../src/index.ts'
import { serve } from '../support/serve.ts'

// What every adapter owes is in test/contracts/adapters.test.ts. This is Koa's own life.

async function start(handle: Koa.Middleware, store: SessionStore = memoryStore()) {
  const sessions = createSessions({ keys: ['a key of forty characters, 0123456789 abc'], engine: db(store) })
  const app = new Koa().use(koaSessions(sessions)).use(handle)
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  return { browser: await serve(app.callback() as RequestListener), errors }
}

describe('Koa', () => {
  test('ctx.throw below 500 keeps what was changed, although ctx.onerror removes all headers', async () => {
    const { browser } = await start(async (ctx) => {
      await ctx.session.login('ada')
      ctx.set('x-a', '1')
      ctx.throw(403, 'not you')
    })
    const { status, body, headers, setCookies } = await browser.get('/')
    assert.deepEqual([status, body, headers['x-a'], setCookies.length], [403, 'not you', undefined, 1])
    assert.deepEqual([headers['cache-control'], headers.vary], ['no-store', 'Cookie'])
  })

  test('a stream of Node’s is piped with the cookie, and a message of another kind is JSON', async () => {
    const { browser } = await start((ctx) => {
      ctx.session.update('visits', (visits) => Number(visits ?? 0) + 1)
      ctx.body = ctx.path === '/stream' ? Readable.from(['a', 'b']) : { visits: ctx.session.get('visits') }
    })
    const { body, setCookies } = await browser.get('/stream')
    assert.deepEqual([body, setCookies.length], ['ab', 1])
    assert.deepEqual((await browser.get('/')).json, { visits: 2 })
  })

  test('ctx.res may be answered on, with ctx.respond = false or without', async () => {
    const { browser, errors } = await start((ctx) => {
      ctx.session.set('visits', 1)
      if (ctx.path === '/told') ctx.respond = false
      ctx.res.statusCode = 200
      ctx.res.end('raw')
    })
    for (const path of ['/told', '/untold']) {
      browser.jar.clear()
      const { status, body, setCookies } = await browser.get(path)
      assert.deepEqual([status, body, setCookies.length], [200, 'raw', 1], path)
    }
    assert.deepEqual(errors, [])
  })

  test('a store that cannot be read goes to ctx.onerror and the application’s error event', async () => {
    const store = { ...memoryStore(), find: () => Promise.reject(new Error('unreachable')) }
    const { browser, errors } = await start((ctx) => {
      ctx.session.set('visits', 1)
      ctx.body = 'ok'
    }, store)
    await browser.get('/')
    const { status, body } = await browser.get('/')
    assert.deepEqual([status, body], [500, 'Internal Server Error'])
    assert.equal(errors.length, 1)
  })

  test('no log of the context wanders into the session', async () => {
    const { browser } = await start(async (ctx) => {
      await ctx.session.login('ada')
      ctx.body = JSON.stringify([Object.keys(ctx).includes('session'), JSON.stringify(ctx).includes('ada')])
    })
    assert.equal((await browser.get('/')).body, '[false,false]')
  })
})
