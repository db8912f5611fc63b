import assert from 'node:assert/strict'
import type { AdapterTest } from './stage.ts'
import { turns } from './streams.ts'

/** Node's responses that do not get to their end. */
export function rawFailureTests(adapterTest: AdapterTest): void {
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
    const warned = Promise.withResolvers<string>()
    const listen = ({ name, message }: Error): void => {
      if (name === 'HoldfastWarning') warned.resolve(message)
    }
    process.on('warning', listen)
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
    assert.match(await warned.promise, /could not be sent/)
    process.off('warning', listen)
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
