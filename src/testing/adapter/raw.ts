import assert from 'node:assert/strict'
import { ServerResponse, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { AdapterTest } from './stage.ts'
import { turns } from './streams.ts'

/** Node's response, with everything one may say to it. */
export function rawTests(adapterTest: AdapterTest): void {
  adapterTest(
    'takes writeHead in all its forms, and the session may be changed until the body begins',
    async (serve) => {
      const heads: Record<string, (response: ServerResponse) => unknown> = {
        '/object': (response) => response.writeHead(201, { 'x-a': '1', 'Set-Cookie': 'other=1' }),
        '/message': (response) => response.writeHead(201, 'Made', { 'x-a': '1', 'set-cookie': ['other=1'] }),
        '/flat': (response) => response.writeHead(201, ['x-a', '1', 'set-cookie', 'other=1']),
        '/pairs': (response) =>
          response.writeHead(201, [
            ['x-a', '1'],
            ['set-cookie', 'other=1'],
          ] as never),
      }
      const { client } = await serve.raw((request, response, session) => {
        heads[String(request.url)]?.(response)
        assert.equal(response.headersSent, true)
        session.set('visits', 1)
        response.end('made')
      })
      for (const path of Object.keys(heads)) {
        // HTTP/2 has no status message, and Node warns whoever sets one.
        if (serve.protocol === 'HTTP/2' && path === '/message') continue
        const { status, headers, setCookies, text } = await client.ask(path)
        assert.deepEqual([status, headers['x-a'], setCookies.length, text], [201, '1', 2, 'made'], path)
        assert.equal(setCookies[0], 'other=1', path)
      }
    },
  )

  adapterTest('keeps the order of flushHeaders, write and end, and calls their callbacks', async (serve) => {
    const said: string[] = []
    const ended = Promise.withResolvers<void>()
    const { client } = await serve.raw((_request, response, session) => {
      session.set('visits', 1)
      response.setHeader('x-a', '1')
      response.flushHeaders()
      response.write('a', () => said.push('a'))
      response.write(Buffer.from('b'), () => said.push('b'))
      response.write('63', 'hex', () => said.push('c'))
      response.end('d', () => ended.resolve())
    })
    const { headers, text, setCookies } = await client.ask('/')
    assert.deepEqual([headers['x-a'], text, setCookies.length], ['1', 'abcd', 1])
    await ended.promise
    assert.deepEqual(said, ['a', 'b', 'c'])
  })

  adapterTest('sends the first of two answers, and says at once that it is given', async (serve) => {
    const seen: unknown[] = []
    const { client } = await serve.raw((_request, response, session) => {
      session.set('visits', 1)
      response.statusCode = 202
      response.end('first')
      seen.push(response.headersSent, response.writableEnded)
      response.statusCode = 500
      response.end('second')
    })
    const { status, text, setCookies } = await client.ask('/')
    assert.deepEqual([status, text, setCookies.length], [202, 'first', 1])
    assert.deepEqual(seen, [true, true])
  })

  adapterTest('holds a pipe back while the commit is under way, and lets it flow afterwards', async (serve) => {
    const committing = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    let read = 0
    const { client } = await serve.raw(
      (_request, response, session) => {
        session.set('visits', 1)
        const source = new Readable({
          highWaterMark: 1,
          read() {
            this.push(read++ < MANY ? String(read % 10) : null)
          },
        })
        source.pipe(response)
      },
      {
        store: (real) => ({
          async create(...args) {
            committing.resolve()
            await goOn.promise
            return real.create(...args)
          },
        }),
      },
    )
    const { answer } = client.send('/')
    await committing.promise
    await turns()
    assert.ok(read < 10, `${read} pieces were read`)
    goOn.resolve()
    const { text, cookie } = await answer
    assert.equal(text, '1234567890'.repeat(MANY / 10))
    assert.notEqual(cookie, '')
  })

  adapterTest('lets 103 pass at once, without a cookie, while the commit waits', async (serve) => {
    const goOn = Promise.withResolvers<void>()
    const { client } = await serve.raw(async (_request, response, session) => {
      session.set('visits', 1)
      response.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' })
      await goOn.promise
      response.end('body')
    })
    const sent = client.send('/')
    while (sent.informed.length === 0) await turns()
    goOn.resolve()
    const { status, text, setCookies } = await sent.answer
    assert.deepEqual([sent.informed, status, text, setCookies.length], [[103], 200, 'body', 1])
  })

  adapterTest('a failed commit is a clean 500 whatever was written before it failed', async (serve) => {
    const unreachable = (): Promise<never> => Promise.reject(new Error('the database does not answer'))
    const told = Promise.withResolvers<unknown>()
    const { client } = await serve.raw(
      (_request, response, session) => {
        session.set('visits', 1)
        response.writeHead(201, { 'x-a': '1', 'content-length': '11', 'set-cookie': 'other=1' })
        response.write('all is ')
        response.write('well', told.resolve)
        response.end()
      },
      { store: () => ({ create: unreachable }) },
    )
    const { status, headers, setCookies, text, complete } = await client.ask('/')
    assert.deepEqual(
      [status, headers['x-a'], setCookies, headers['cache-control'], complete],
      [500, undefined, [], 'no-store', true],
    )
    assert.equal(text, 'The session could not be loaded or saved.\n')
    assert.ok((await told.promise) instanceof Error, 'who waited for a write is told')
  })

  adapterTest('what Node refuses to send costs that response, and no other', async (serve) => {
    const warned = new Promise<Error>((resolve) => void process.once('warning', resolve))
    const { client } = await serve.raw((request, response, session) => {
      session.set('visits', 1)
      if (request.url === '/good') response.end('good')
      else response.end(42 as never)
    })
    const { status, text, setCookies, complete } = await client.ask('/')
    assert.ok(!text.includes('42'))
    // In HTTP/2 the head has left when Node looks at the body.
    if (serve.protocol === 'HTTP/2') assert.equal(complete, false)
    else assert.deepEqual([status, setCookies, complete], [500, [], true])
    assert.match((await warned).message, /could not be sent/)
    assert.equal((await client.ask('/good')).text, 'good')
  })

  adapterTest('breaks off a response that is destroyed after a write, and keeps what was committed', async (serve) => {
    const goOn = Promise.withResolvers<void>()
    const { client } = await serve.raw(async (request, response, session) => {
      if (request.url === '/read') {
        response.end(String(session.get('visits')))
        return
      }
      request.on('error', () => {})
      session.set('visits', 7)
      response.write('half')
      await goOn.promise
      response.destroy(new Error('the application gives up'))
    })
    const sent = client.send('/')
    const { cookie } = await sent.head
    goOn.resolve()
    assert.equal((await sent.answer).complete, false)
    assert.equal((await client.ask('/read', { cookie })).text, '7')
  })

  adapterTest('does nothing for a client that left, whatever is said to it then', async (serve) => {
    const started = Promise.withResolvers<void>()
    const done = Promise.withResolvers<void>()
    const { client, events } = await serve.raw((request, response, session) => {
      if (request.url === '/') {
        response.end('ok')
        return
      }
      session.set('visits', 1)
      response.on('close', () => {
        if (request.url === '/late') response.writeHead(200).end('nobody listens')
        done.resolve()
      })
      started.resolve()
    })
    for (const path of ['/late', '/silent']) {
      const sent = client.send(path)
      await started.promise
      sent.leave()
      await done.promise
    }
    await turns()
    assert.equal((await client.ask('/')).text, 'ok')
    assert.ok(!events.some(({ type }) => type === 'bypassed' || type === 'commit-failed'))
  })
}

/** What HTTP/2 does by itself or not at all. */
export function rawHttp1Tests(adapterTest: AdapterTest): void {
  adapterTest('asks for a body that waits for 100-continue, and answers it', async (serve) => {
    const { client } = await serve.raw(async (request, response, session) => {
      session.set('visits', 1)
      response.end(`got ${await textOf(request)}`)
    })
    const headers = { expect: '100-continue', 'content-type': 'text/x-any' }
    const sent = client.send('/', { method: 'POST', headers, body: 'a body' })
    const { text, setCookies } = await sent.answer
    assert.deepEqual([sent.informed, text, setCookies.length], [[100], 'got a body', 1])
  })

  adapterTest('reports what leaves round the methods of the response, if the session was touched', async (serve) => {
    const { client, sessions, events } = await serve.raw((request, response, session) => {
      if (request.url === '/write') session.set('visits', 1)
      if (request.url === '/read') session.get('visits')
      // As a middleware would that kept the methods before they were held.
      const { writeHead, end } = ServerResponse.prototype as unknown as Record<string, () => unknown>
      if (writeHead === undefined || end === undefined) return
      Reflect.apply(writeHead, response, [200])
      Reflect.apply(end, response, ['round'])
    })
    const reported: unknown[] = []
    const both = Promise.withResolvers<void>()
    sessions.on('bypassed', ({ id, modified }) => {
      if (reported.push([id, modified]) === 2) both.resolve()
    })
    for (const path of ['/untouched', '/write', '/read']) assert.equal((await client.ask(path)).text, 'round')
    await both.promise
    assert.deepEqual(reported, [
      [null, true],
      [null, false],
    ])
    assert.equal(events.length, 2)
  })
}

export function rawHttp2Tests(adapterTest: AdapterTest): void {
  adapterTest('reports what leaves by the stream of HTTP/2, if the session was touched', async (serve) => {
    const { client, sessions } = await serve.raw((request, response, session) => {
      if (request.url === '/write') session.set('visits', 1)
      const { stream } = response as unknown as { stream: Http2Stream }
      stream.respond({ ':status': 200 })
      stream.end('round')
    })
    const reported: unknown[] = []
    const once = new Promise<void>((resolve) => {
      sessions.on('bypassed', ({ id, modified }) => {
        reported.push([id, modified])
        resolve()
      })
    })
    for (const path of ['/untouched', '/write']) assert.equal((await client.ask(path)).text, 'round')
    await once
    assert.deepEqual(reported, [[null, true]])
  })
}

const MANY = 5_000

interface Http2Stream {
  respond(headers: object): void
  end(body: string): void
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
