import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { nodeSessions } from '../../src/adapters/node.ts'
import { readCookie } from '../../src/cookie/read.ts'
import { COOKIE, startProbe, type Probe } from '../support/probe.ts'
import { rawRequest } from '../support/raw-request.ts'

// The Cookie header as a whole: two parsers that read it differently let a cookie in, or let one out.
// RFC 6265bis 4.2.1, 5.8, ASVS 1.5.3, standards X05, X07, X43, A12, F12, R08, V-HDR.

describe('whole Cookie headers', () => {
  test('read as RFC 6265bis reads them: random headers against a model of the grammar', () => {
    const piece = fc.oneof(
      fc.constantFrom('a', COOKIE, '__host-session', '$Version', 'x'),
      fc.constantFrom('=', ';', '; ', ',', '"', ' ', '\t', '\\', '%3D', '%3B', '==', ';;', '\u00a0', ' = '),
      fc.string({ maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const header = pieces.join('')
        assert.deepEqual(readCookie(header, COOKIE), modelOf(header, COOKIE).slice(0, 4))
      }),
      { numRuns: 20_000 },
    )
  })

  for (const [what, header, expected] of [
    ['the pair first', 'PAIR; a=1', 'victim'],
    ['the pair in the middle', 'a=1; PAIR; b=2', 'victim'],
    ['the pair last', 'a=1; PAIR', 'victim'],
    ['no space behind the semicolon', 'a=1;PAIR;b=2', 'victim'],
    ['semicolons before and behind', ';;; PAIR ;;;', 'victim'],
    ['a name without a value before it', 'flag; PAIR', 'victim'],
    ['a value without a name before it', '=x; PAIR', 'victim'],
    ['a quote opened before and closed behind', 'a="x; PAIR; b=y"', 'victim'],
    ['$Version and a quote (the cookie sandwich)', '$Version=1; a="x; PAIR; b=y"', 'victim'],
    ['a backslash before the quote', 'a="x\\"; PAIR; b=y\\""', 'victim'],
    ['$Path and $Domain', '$Version=1; PAIR; $Path=/; $Domain=x', 'victim'],
    ['tabs', '\ta=1;\tPAIR\t;\tb=2', 'victim'],
    ['Latin-1 around it', 'a=\xe9; PAIR; b=\xff', 'victim'],
    ['UTF-8 around it', 'a=\xc3\xa9; PAIR; b=\xe2\x82\xac', 'victim'],
    ['a comma before it', 'a=1, PAIR', null],
    ['a comma behind it', 'PAIR, a=1', null],
    ['another pair’s value', 'a=PAIR', null],
    ['in quotes', '"PAIR"', null],
    ['percent-encoded separators', 'a=1%3B%20PAIR', null],
    ['attributes of a Set-Cookie', 'Set-Cookie: PAIR; Path=/', null],
  ] as const) {
    test(`${what}: ${expected ?? 'nobody'}`, async () => {
      const { probe, pair } = await signedIn()
      const { text } = await rawRequest(probe.port, '/me', [header.replace('PAIR', pair)])
      assert.ok(text.includes(`"subject":${JSON.stringify(expected)}`), text)
      assert.ok(!text.includes(pair.slice(-40)), 'a cookie is never reflected')
    })
  }

  test('two fields, in both orders, with and without the pair twice; Cookie2 is nothing', async () => {
    const { probe, pair } = await signedIn()
    for (const [fields, expected] of [
      [['a=1', pair], '"victim"'],
      [[pair, 'a=1'], '"victim"'],
      [[pair, pair], '"victim"'],
      [['', pair], '"victim"'],
      [[`${COOKIE}=tossed`, pair], '"victim"'],
      [[pair, `${COOKIE}=tossed`], '"victim"'],
    ] as const) {
      const { text } = await rawRequest(probe.port, '/me', fields)
      assert.ok(text.includes(`"subject":${expected}`), JSON.stringify(fields))
    }
    assert.match(await sendRaw(probe, `GET /me HTTP/1.1\r\nHost: x\r\nCookie2: ${pair}\r\n`), /"subject":null/)
  })

  test('HTTP/1.0, a lower-case field name, and a folded field, which Node’s parser refuses', async () => {
    const { probe, pair } = await signedIn()
    assert.match(await sendRaw(probe, `GET /me HTTP/1.0\r\nCookie: ${pair}\r\n`), /"subject":"victim"/)
    assert.match(await sendRaw(probe, `GET /me HTTP/1.1\r\nHost: x\r\ncookie:${pair}\r\n`), /"subject":"victim"/)
    const folded = await sendRaw(probe, `GET /me HTTP/1.1\r\nHost: x\r\nCookie: a=1;\r\n ${pair}\r\n`)
    assert.ok(folded.startsWith('HTTP/1.1 400') || folded.includes('"subject":"victim"'), folded)
  })

  test('HTTP/2, each pair a field of its own: the session is found in any of them', async () => {
    const { probe, pair } = await signedIn()
    const http2 = await startHttp2(probe)
    for (const crumbs of [
      [pair],
      ['a=1', pair],
      [pair, 'a=1'],
      ['a=1', 'b=2', pair, 'c=3'],
      Array.from({ length: 100 }, (_, index) => (index === 50 ? pair : `a${index}=1`)),
    ]) {
      assert.equal(await http2.ask(crumbs), '{"subject":"victim"}', `${crumbs.length} crumbs`)
    }
    assert.equal(await http2.ask([`${COOKIE}=tossed`, pair]), '{"subject":"victim"}')
    assert.equal(await http2.ask(['a=1', 'b=2']), '{"subject":null}')
    const crumbs = Array.from({ length: 500 }, (_, index) => `a${index}=1`)
    await assert.rejects(http2.ask([...crumbs, pair]), /ENHANCE_YOUR_CALM/, 'Node refuses so many before we see them')
  })

  for (const kibibytes of [4, 8, 16, 64, 256]) {
    test(`${kibibytes} KiB of other cookies before and behind, in many pairs, one name, or semicolons`, async () => {
      const { probe, pair } = await signedIn()
      const size = kibibytes * 1024
      for (const junk of ['a=1; '.repeat(size / 5), 'x'.repeat(size), 'a='.padEnd(size, 'x'), ';'.repeat(size)]) {
        const { text } = await rawRequest(probe.port, '/me', [`${junk}; ${pair}; ${junk.slice(0, 1000)}`])
        assert.ok(text.includes('"subject":"victim"'), `${junk.slice(0, 8)}: ${text.slice(0, 200)}`)
      }
    })
  }

  test('a header that Node refuses for its size: nobody is served, and the session is there afterwards', async () => {
    const { probe, pair } = await signedIn()
    // Node answers 431 and hangs up, in the middle of what is still being sent.
    const answer = rawRequest(probe.port, '/me', [`${'a=1; '.repeat(200_000)}${pair}`])
    assert.equal(
      await answer.then(
        ({ status }) => status,
        () => 431,
      ),
      431,
    )
    assert.match((await rawRequest(probe.port, '/me', [pair])).text, /"subject":"victim"/)
  })
})

/** RFC 6265bis, the server's half: split at `;`, then at the first `=`; SP and HTAB trimmed around name and value. */
function modelOf(header: string, name: string): string[] {
  const values = header.split(';').flatMap((part) => {
    const trimmed = part.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')
    const equals = trimmed.indexOf('=')
    return equals !== -1 && trimmed.slice(0, equals) === name ? [trimmed.slice(equals + 1)] : []
  })
  return [...new Set(values)]
}

async function signedIn() {
  const probe = await startProbe()
  const victim = probe.browser()
  await victim.post('/login', { subject: 'victim' })
  return { probe, pair: `${COOKIE}=${victim.jar.get(COOKIE)}` }
}

/** The head as it is, without its last blank line; answers all that came back. */
async function sendRaw({ port }: Probe, head: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(`${head}Connection: close\r\n\r\n`, 'latin1')
  let text = ''
  for await (const chunk of socket.setEncoding('latin1')) text += chunk
  return text
}

/** The same sessions behind a real HTTP/2 server. */
async function startHttp2({ sessions }: Probe) {
  const serve = nodeSessions(sessions, (_request, response, session) => {
    response.end(JSON.stringify({ subject: session.subject }))
  })
  const server = createHttp2Server((request, response) => {
    // The compatibility API speaks as node:http does.
    void serve(request as unknown as IncomingMessage, response as unknown as ServerResponse)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  after(() => {
    client.destroy()
    server.close()
  })
  return {
    async ask(cookie: string[]): Promise<string> {
      const stream = client.request({ ':path': '/me', cookie })
      let text = ''
      for await (const chunk of stream.setEncoding('utf8')) text += chunk
      return text
    },
  }
}
