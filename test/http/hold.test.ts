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
function hold(response: ServerResponse, commit: () => Outgoing | Promise<Outgoing>): void {
  const sessions: Held[2] = { commit, reportBypass: () => assert.fail('nothing goes round it') }
  holdResponse(response, {} as Held[1], sessions)
}

/** Serves one request with the handler, and answers the body. */
async function serve(handler: (response: ServerResponse) => void): Promise<string> {
  return (await answerOf(handler)).text()
}

async function answerOf(handler: (response: ServerResponse) => void): Promise<Response> {
  const server = createServer((_request, response) => handler(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.close()
  }
}

const COMMITS = {
  succeed: (setCookie: string): Outgoing => ({ touched: true, setCookie }),
  'succeed later': async (setCookie: string): Promise<Outgoing> => {
    await turn()
    return { touched: true, setCookie }
  },
  throw: (): never => {
    throw new Error('no')
  },
  reject: async (): Promise<never> => {
    await turn()
    throw new Error('no')
  },
} as const

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** To say `done` with a status of 201 and a header. */
const WAYS: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  end: (response) => response.setHeader('x-a', '1').writeHead(201).end('done'),
  'a flat head, and two writes': (response) => {
    response.writeHead(201, 'Made', ['x-a', '1'])
    response.write('do')
    response.end('ne')
  },
  'the head first': async (response) => {
    response.statusCode = 201
    response.setHeader('x-a', '1').flushHeaders()
    await turn()
    response.end('done')
  },
  'all of it late': async (response) => {
    response.writeHead(201, { 'x-a': '1' })
    await turn()
    response.write('do', () => {})
    await turn()
    response.end('ne')
  },
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

  for (const [outer, outerCommit] of Object.entries(COMMITS)) {
    for (const [inner, innerCommit] of Object.entries(COMMITS)) {
      test(`with two sessions, whose commits ${inner} and ${outer}, sends both cookies or one clean error`, async () => {
        for (const say of Object.values(WAYS)) {
          const said: boolean[] = []
          const answer = await answerOf((response) => {
            hold(response, () => innerCommit('inner=1'))
            hold(response, () => outerCommit('outer=1'))
            response.on('finish', () => said.push(response.headersSent, response.writableEnded))
            say(response)
          })
          const text = await answer.text()
          const isError = [innerCommit, outerCommit].some(
            (commit) => commit === COMMITS.throw || commit === COMMITS.reject,
          )
          assert.equal(text, isError ? 'The session could not be loaded or saved.\n' : 'done')
          assert.equal(answer.status, isError ? 500 : 201)
          assert.equal(answer.headers.get('x-a'), isError ? null : '1')
          if (!isError) assert.deepEqual(answer.headers.getSetCookie().toSorted(), ['inner=1', 'outer=1'])
          assert.deepEqual(said, [true, true])
        }
      })
    }
  }

  test('calls each callback once, also when Node refuses what was said after it', async () => {
    const calls: string[] = []
    const warned = once(process, 'warning')
    await answerOf((response) => {
      hold(response, async () => NOTHING)
      response.write('a', () => calls.push('first'))
      response.write(42 as never, () => calls.push('refused'))
      response.end('b', () => calls.push('last'))
    }).catch(() => {}) // It is broken off.
    await warned
    assert.deepEqual(calls.toSorted(), ['first', 'last', 'refused'])
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
