import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, describe, test } from 'node:test'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import express4 from 'express4'
import { expressSessions } from '../../src/adapters/express.ts'
import { createSessions, db, memoryStore, type SessionStore, type Sessions } from '../../src/index.ts'

interface Data {
  visits: number
  cart: string[]
}

for (const [version, make] of [
  ['5', express],
  ['4', express4],
] as const) {
  describe(`Express ${version}`, () => {
    test('keeps a session from request to request, also across a redirect', async () => {
      const { base } = await serve(make, (app) => {
        app.post('/visit', (req, res) => {
          req.session.update('visits', (visits) => Number(visits ?? 0) + 1)
          res.redirect('/visits')
        })
        app.get('/visits', (req, res) => void res.send(JSON.stringify(req.session.get('visits'))))
      })
      const jar = await ask(`${base}/visit`, { method: 'POST' })
      assert.equal(jar.status, 302)
      assert.equal((await ask(`${base}/visits`, { cookie: jar.cookie })).body, '1')
      await ask(`${base}/visit`, { method: 'POST', cookie: jar.cookie })
      assert.equal((await ask(`${base}/visits`, { cookie: jar.cookie })).body, '2')
    })

    test('commits before the first byte of a stream, and keeps the order of what was written', async () => {
      const { base, store } = await serve(make, (app) => {
        app.get('/stream', (req, res) => {
          req.session.set('visits', 1)
          const lines = Array.from({ length: 200 }, (_, index) => `${index}\n`.repeat(200))
          Readable.from(lines).pipe(res)
        })
      })
      const answer = await ask(`${base}/stream`)
      assert.ok(answer.cookie)
      assert.equal(answer.body, Array.from({ length: 200 }, (_, index) => `${index}\n`.repeat(200)).join(''))
      assert.equal(sizeOf(store), 1)
    })

    test('answers HEAD, writeHead in all its forms, and flushHeaders with the cookie', async () => {
      const { base } = await serve(make, (app) => {
        app.use((req, _res, next) => {
          req.session.set('visits', 1)
          next()
        })
        app.head('/head', (_req, res) => void res.send('none of this'))
        app.get(
          '/object',
          (_req, res) => void res.writeHead(201, 'Made', { 'x-a': '1', 'Set-Cookie': 'other=1' }).end('x'),
        )
        app.get('/flat', (_req, res) => void res.writeHead(201, ['x-a', '1', 'set-cookie', 'other=1']).end('x'))
        app.get('/flush', (_req, res) => {
          res.setHeader('x-a', '1')
          res.flushHeaders()
          res.write('a')
          res.end('b')
        })
      })
      const head = await ask(`${base}/head`, { method: 'HEAD' })
      assert.ok(head.cookie)
      assert.equal(head.body, '')
      for (const path of ['/object', '/flat']) {
        const answer = await ask(base + path)
        assert.deepEqual([answer.status, answer.headers['x-a'], answer.setCookies.length], [201, '1', 2])
        assert.ok(answer.setCookies.includes('other=1'))
      }
      const flushed = await ask(`${base}/flush`)
      assert.deepEqual([flushed.body, flushed.headers['x-a'], flushed.setCookies.length], ['ab', '1', 1])
    })

    test('leaves a response alone whose handler never touched the session', async () => {
      const { base } = await serve(make, (app) => {
        app.get('/open', (_req, res) => void res.set('Cache-Control', 'public, max-age=600').send('open'))
        app.get(
          '/read',
          (req, res) =>
            void res
              .set('Cache-Control', 'public')
              .vary('Accept')
              .send(JSON.stringify(req.session.get('visits'))),
        )
      })
      const open = await ask(`${base}/open`)
      assert.deepEqual(
        [open.headers['cache-control'], open.headers.vary, open.setCookies],
        ['public, max-age=600', undefined, []],
      )
      const read = await ask(`${base}/read`)
      assert.deepEqual([read.headers['cache-control'], read.headers.vary], ['no-store', 'Accept, Cookie'])
    })

    test('drops data and logins of a response of 500 or more, and keeps logouts', async () => {
      const { base } = await serve(make, (app) => {
        app.post('/login', async (req, res) => {
          await req.session.login('42')
          res.send('in')
        })
        app.get('/boom', (req) => {
          req.session.set('visits', 9)
          throw new Error('boom')
        })
        app.post('/login-boom', async (req, res) => {
          await req.session.login('43')
          res.status(500).send('no')
        })
        app.post('/logout-boom', async (req, res) => {
          await req.session.logout()
          res.status(500).send('no')
        })
        app.get(
          '/me',
          (req, res) => void res.send(`${req.session.subject} ${JSON.stringify(req.session.get('visits'))}`),
        )
        app.use(
          (_error: Error, _req: Request, res: Response, _next: NextFunction) => void res.status(500).send('handled'),
        )
      })
      const { cookie } = await ask(`${base}/login`, { method: 'POST' })
      assert.deepEqual(await statusAndCookies(`${base}/boom`, cookie), [500, []])
      assert.deepEqual(await statusAndCookies(`${base}/login-boom`, cookie, 'POST'), [500, []])
      assert.equal((await ask(`${base}/me`, { cookie })).body, '42 undefined')

      const [status, removal] = await statusAndCookies(`${base}/logout-boom`, cookie, 'POST')
      assert.equal(status, 500)
      assert.match(String(removal), /Max-Age=0/)
      assert.equal((await ask(`${base}/me`, { cookie })).body, 'null undefined')
    })

    test('answers a failed commit with a clean 500: no header, no byte of the handler’s response', async () => {
      const failing: SessionStore = {
        ...memoryStore(),
        async create() {
          throw new Error('disk full')
        },
      }
      const { base } = await serve(
        make,
        (app) => {
          app.get('/write', (req, res) => {
            req.session.set('visits', 1)
            res.set('x-a', '1').cookie('other', '1').send('all is well')
          })
        },
        failing,
      )
      const answer = await ask(`${base}/write`)
      assert.equal(answer.status, 500)
      assert.deepEqual(
        [answer.headers['x-a'], answer.setCookies, answer.headers['cache-control']],
        [undefined, [], 'no-store'],
      )
      assert.ok(!answer.body.includes('well') && !answer.body.includes('disk'))
    })

    test('hands a store that cannot be read to the error handler', async () => {
      const store = memoryStore()
      const failing: SessionStore = {
        ...store,
        async find() {
          throw new Error('unreachable')
        },
      }
      const { base } = await serve(
        make,
        (app) => {
          app.get('/write', (req, res) => {
            req.session.set('visits', 1)
            res.send('ok')
          })
          app.use(
            (_error: Error, _req: Request, res: Response, _next: NextFunction) => void res.status(503).send('down'),
          )
        },
        failing,
      )
      const { cookie } = await ask(`${base}/write`)
      assert.deepEqual(await ask(`${base}/write`, { cookie }).then(({ status, body }) => [status, body]), [503, 'down'])
    })

    test('sends the first of two answers, although an error handler runs while the commit is under way', async () => {
      const { base } = await serve(make, (app) => {
        app.get('/twice', (req, res, next) => {
          req.session.set('visits', 1)
          res.status(200).send('first')
          next(new Error('too late'))
        })
        app.use((_error: Error, _req: Request, res: Response, next: NextFunction) => {
          if (res.headersSent) return next(undefined)
          res.status(500).send('second')
        })
      })
      const answer = await ask(`${base}/twice`)
      assert.deepEqual([answer.status, answer.body, answer.setCookies.length], [200, 'first', 1])
    })

    test('survives a client that leaves while the handler works', async () => {
      let left: (() => void) | undefined
      const gone = new Promise<void>((resolve) => (left = resolve))
      const { base } = await serve(make, (app) => {
        app.get('/slow', (req, res) => {
          res.on('close', () => {
            req.session.set('visits', 1)
            res.send('nobody listens')
            left?.()
          })
          started.resolve()
        })
        app.get('/ok', (_req, res) => void res.send('ok'))
      })
      const started = Promise.withResolvers<void>()
      const leaving = httpRequest(`${base}/slow`).on('error', () => {})
      leaving.end()
      await started.promise
      leaving.destroy()
      await gone
      assert.equal((await ask(`${base}/ok`)).body, 'ok')
    })
  })
}

const open: (() => Promise<void>)[] = []
after(async () => {
  for (const close of open) await close()
})

async function serve(make: typeof express, routes: (app: Express) => void, store: SessionStore = memoryStore()) {
  const sessions: Sessions<Data> = createSessions<Data>({
    keys: ['a key of forty characters, 0123456789 abc'],
    engine: db(store),
  })
  const app = make()
  app.use(expressSessions(sessions))
  routes(app)
  const server = createServer(app as RequestListener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(async () => {
    server.closeAllConnections()
    server.close()
    await sessions.close()
  })
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, store, sessions }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly setCookies: readonly string[]
  readonly cookie: string
  readonly body: string
}

async function ask(url: string, { method = 'GET', cookie = '' } = {}): Promise<Answer> {
  const sent = httpRequest(url, { method, headers: cookie === '' ? {} : { cookie } })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  const setCookies = response.headers['set-cookie'] ?? []
  const session = setCookies.find((value) => value.startsWith('__Host-session=')) ?? ''
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    setCookies,
    cookie: session.split(';')[0] ?? '',
    body,
  }
}

async function statusAndCookies(url: string, cookie: string, method = 'GET'): Promise<[number, readonly string[]]> {
  const { status, setCookies } = await ask(url, { method, cookie })
  return [status, setCookies]
}

function sizeOf(store: SessionStore): number {
  return (store as ReturnType<typeof memoryStore>).size
}
