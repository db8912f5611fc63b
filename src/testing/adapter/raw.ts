import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { holdWrites, type AdapterTest } from './stage.ts'
import { turns } from './streams.ts'

/** What one may say to Node's response. */
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
    const { store, begun, goOn } = holdWrites('create')
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
      { store },
    )
    const { answer } = client.send('/')
    await begun
    await turns()
    assert.ok(read < 10, `${read} pieces were read`)
    goOn()
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
}

/** HTTP/2 does it by itself. */
export function continueTests(adapterTest: AdapterTest): void {
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
}

const MANY = 5_000

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
