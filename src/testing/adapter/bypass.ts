import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { ConnectMiddleware, RawApplication } from './application.ts'
import type { AdapterTest, Serve } from './stage.ts'

/** Ways round the adapter. It cannot close them, and says when somebody takes one. */
export function bypassTests(adapterTest: AdapterTest): void {
  adapterTest(
    'reports what leaves by methods that were kept from before, if the session was touched',
    async (serve) => {
      const kept = new WeakMap<ServerResponse, () => void>()
      await reports(serve, (response) => kept.get(response)?.(), {
        before(_request, response, next) {
          const [writeHead, end] = [response.writeHead.bind(response), response.end.bind(response)]
          kept.set(response, () => {
            writeHead(200)
            end('round')
          })
          next()
        },
      })
    },
  )
}

export function http2BypassTests(adapterTest: AdapterTest): void {
  adapterTest('reports what leaves by the stream of HTTP/2, if the session was touched', (serve) =>
    reports(serve, (response) => {
      const { stream } = response as unknown as { stream: Http2Stream }
      stream.respond({ ':status': 200 })
      stream.end('round')
    }),
  )
}

async function reports(
  serve: Serve,
  goRound: (response: ServerResponse) => void,
  options: { before?: ConnectMiddleware } = {},
): Promise<void> {
  const handle: RawApplication['handle'] = (request, response, session) => {
    if (request.url === '/write') session.set('visits', 1)
    if (request.url === '/read') session.get('visits')
    goRound(response)
  }
  const { client, sessions, events } = await serve.raw(handle, options)
  const reported: unknown[] = []
  const both = new Promise<void>((resolve) => {
    sessions.on('bypassed', ({ id, modified }) => {
      if (reported.push([id, modified]) === 2) resolve()
    })
  })
  for (const path of ['/untouched', '/write', '/read']) assert.equal((await client.ask(path)).text, 'round')
  await both
  assert.deepEqual(reported, [
    [null, true],
    [null, false],
  ])
  assert.equal(events.length, 2)
}

interface Http2Stream {
  respond(headers: object): void
  end(body: string): void
}
