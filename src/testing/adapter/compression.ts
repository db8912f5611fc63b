import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import type { ConnectMiddleware, RawApplication } from './application.ts'
import type { AdapterTest, Serve, Stage } from './stage.ts'

const TEXT = 'a line that repeats\n'.repeat(2_000)
const GZIP = { headers: { 'accept-encoding': 'gzip' } }

/** Another middleware that wraps the response: before the adapter, and after it. */
export function compressionTests(adapterTest: AdapterTest, compression: ConnectMiddleware): void {
  const places: Record<string, (serve: Serve, handle: RawApplication['handle'], failing?: true) => Promise<Stage>> = {
    outside: (serve, handle, failing) => serve.raw(handle, { before: compression, store: storeThat(failing) }),
    inside: (serve, handle, failing) =>
      serve.raw(
        (request, response, session) =>
          void compression(request, response, () => void handle(request, response, session)),
        { store: storeThat(failing) },
      ),
  }
  const sayings: Record<string, (response: ServerResponse) => unknown> = {
    'in one piece': (response) => response.end(TEXT),
    'in pieces': (response) => {
      response.write(TEXT.slice(0, 1_000))
      response.write(TEXT.slice(1_000, 30_000))
      response.end(TEXT.slice(30_000))
    },
    'after writeHead': (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(TEXT),
  }

  for (const [place, start] of Object.entries(places)) {
    for (const [how, say] of Object.entries(sayings)) {
      adapterTest(`compression ${place} the adapter: text ${how} arrives whole, with the cookie`, async (serve) => {
        const { client } = await start(serve, (_request, response, session) => {
          response.setHeader('content-type', 'text/plain')
          session.set('visits', 1)
          say(response)
        })
        const { headers, body, cookie } = await client.ask('/', GZIP)
        assert.equal(headers['content-encoding'], 'gzip')
        assert.ok(gunzipSync(body).toString() === TEXT, 'the same text')
        assert.notEqual(cookie, '')
        assert.deepEqual(headers.vary?.split(', ').toSorted(), ['Accept-Encoding', 'Cookie'])
      })
    }

    adapterTest(`compression ${place} the adapter: a failed commit is a clean 500`, async (serve) => {
      const { client } = await start(
        serve,
        (_request, response, session) => {
          response.setHeader('content-type', 'text/plain')
          session.set('visits', 1)
          response.end(TEXT)
        },
        true,
      )
      const { status, text, headers, complete } = await client.ask('/', GZIP)
      assert.deepEqual([status, headers['content-encoding'], complete], [500, undefined, true])
      assert.equal(text, 'The session could not be loaded or saved.\n')
    })
  }
}

function storeThat(failing: true | undefined) {
  if (failing === undefined) return () => ({})
  return () => ({ create: () => Promise.reject(new Error('the database does not answer')) })
}
