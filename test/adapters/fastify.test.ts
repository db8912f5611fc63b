import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import fastify, { type FastifyInstance } from 'fastify'
import { fastifySessions } from '../../src/adapters/fastify.ts'
import { createSessions, db, memoryStore, type SessionStore } from '../../src/index.ts'

// What every adapter owes is in test/contracts/adapters.test.ts. This is Fastify's own life.

async function start(routes: (app: FastifyInstance) => void, store: SessionStore = memoryStore()) {
  const sessions = createSessions({ keys: ['a key of forty characters, 0123456789 abc'], engine: db(store) })
  const app = fastify()
  await app.register(fastifySessions(sessions))
  routes(app)
  const ask = async (url: string, cookie = '') => {
    const answer = await app.inject({ url, headers: cookie === '' ? {} : { cookie } })
    const set = answer.headers['set-cookie'] ?? []
    const own = [set].flat().find((line) => line.startsWith('__Host-session=')) ?? ''
    return { status: answer.statusCode, text: answer.payload, headers: answer.headers, cookie: own.split(';')[0] ?? '' }
  }
  return { app, ask }
}

describe('Fastify', () => {
  test('the session is there in encapsulated plugins, in hooks and for unknown paths, without a server too', async () => {
    const { ask } = await start((app) => {
      app.register(async (inner) => {
        inner.addHook('preHandler', async (request) => request.session.set('visits', 1))
        inner.get('/inner', async (request) => request.session.get('visits'))
      })
      app.setNotFoundHandler(async (request, reply) => reply.code(404).send(`lost ${String(request.session.subject)}`))
    })
    const inner = await ask('/inner')
    assert.deepEqual([inner.status, inner.text], [200, '1'])
    assert.notEqual(inner.cookie, '')
    const lost = await ask('/nowhere')
    assert.deepEqual([lost.status, lost.text, lost.headers['cache-control']], [404, 'lost null', 'no-store'])
  })

  test('an onSend hook may still change the session; after that it is committed', async () => {
    const { ask } = await start((app) => {
      app.addHook('onSend', async (request) => request.session.set('visits', 2))
      app.get('/', async () => 'ok')
      app.get('/read', async (request) => request.session.get('visits'))
    })
    const { cookie } = await ask('/')
    assert.equal((await ask('/read', cookie)).text, '2')
  })

  test('an error handler that answers below 500 keeps what was changed, and one above does not', async () => {
    const { ask } = await start((app) => {
      app.setErrorHandler((_error, request, reply) => reply.code(request.url === '/mild' ? 422 : 503).send('handled'))
      app.get('/mild', (request) => {
        request.session.set('visits', 1)
        throw new Error('boom')
      })
      app.get('/hard', (request) => {
        request.session.set('visits', 1)
        throw new Error('boom')
      })
    })
    const mild = await ask('/mild')
    assert.deepEqual([mild.status, mild.text, mild.cookie === ''], [422, 'handled', false])
    const hard = await ask('/hard')
    assert.deepEqual([hard.status, hard.text, hard.cookie], [503, 'handled', ''])
  })

  test('a store that cannot be read goes to the error handler', async () => {
    const store = { ...memoryStore(), find: () => Promise.reject(new Error('unreachable')) }
    const { ask } = await start((app) => {
      app.setErrorHandler((error, _request, reply) => reply.code(503).send((error as Error).message))
      app.get('/', async (request) => request.session.set('visits', 1))
    }, store)
    const { cookie } = await ask('/')
    const { status, text } = await ask('/', cookie)
    assert.deepEqual([status, text], [503, 'unreachable'])
  })

  test('reply.raw is held without reply.hijack() too', async () => {
    const { ask } = await start((app) => {
      app.get('/', async (request, reply) => {
        request.session.set('visits', 1)
        reply.raw.end('raw')
      })
    })
    const { status, text, cookie } = await ask('/')
    assert.deepEqual([status, text], [200, 'raw'])
    assert.notEqual(cookie, '')
  })

  test('it is a decorator of the request that nobody else may take, and no log wanders into it', async () => {
    const { app, ask } = await start((instance) => {
      instance.get('/', async (request) => {
        await request.session.login('ada')
        return `${Object.keys(request).includes('session')} ${inspect(request, { depth: 0 }).includes('[Session]')}`
      })
    })
    assert.ok(app.hasRequestDecorator('session'))
    assert.throws(() => app.decorateRequest('session'), /already been added/)
    assert.equal((await ask('/')).text, 'false false')
  })
})
