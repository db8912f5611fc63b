import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import type { Outgoing } from '../../src/core/finish.ts'
import { holdResponse } from '../../src/http/hold.ts'

const NOTHING = { touched: false, setCookie: undefined }

type Held = Parameters<typeof holdResponse>

/** Holds it for a session whose commit is this one. */
function hold(response: ServerResponse, commit: () => Promise<Outgoing>): void {
  const sessions: Held[2] = { commit, reportBypass: () => assert.fail('nothing goes round it') }
  holdResponse(response, {} as Held[1], sessions)
}

/** Serves one request with the handler, and answers the body. */
async function serve(handler: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => handler(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text()
  } finally {
    server.close()
  }
}

describe('a held response', () => {
  test('says that its head is sent once the handler has settled it, and before that that it is not', async () => {
    const said: boolean[] = []
    await serve((response) => {
      hold(response, async () => NOTHING)
      said.push(response.headersSent)
      response.writeHead(200)
      said.push(response.headersSent)
      response.end()
      said.push(response.headersSent)
    })
    assert.deepEqual(said, [false, true, true])
  })

  test('waits for two sessions, if it holds two', async () => {
    const order: string[] = []
    const body = await serve((response) => {
      const commit = (name: string) => async () => {
        order.push(name)
        assert.equal(response.headersSent, false)
        return NOTHING
      }
      hold(response, commit('inner'))
      hold(response, commit('outer'))
      response.end('done')
      assert.equal(response.headersSent, true)
    })
    assert.equal(body, 'done')
    assert.deepEqual(order, ['outer', 'inner'])
  })

  test('stays an object that V8 keeps fast, however often one has waited', async () => {
    setFlagsFromString('--allow-natives-syntax')
    const isFast = runInThisContext('(object) => %HasFastProperties(object)') as (object: object) => boolean
    const fast: boolean[] = []
    for (let number = 0; number < 3; number++) {
      await serve((response) => {
        response.on('finish', () => fast.push(isFast(response)))
        hold(response, async () => NOTHING)
        response.end()
      })
    }
    assert.deepEqual(fast, [true, true, true])
  })
})
