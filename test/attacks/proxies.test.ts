import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { nodeSessions } from '../../src/adapters/node.ts'
import { COOKIE, startProbe, type Probe } from '../support/probe.ts'

// Proxies: headers that a proxy writes, and that a client may write as well, change what is Secure or whose host it is.
// Holdfast believes none of them, so there is nothing to configure and nothing to forge.
// ASVS 4.1.3, 15.3.4, CVE-2026-39963 class, standards X38, X54, X55, D9, G7, V-PROXY.

const PROTOCOLS = [
  'https',
  'http',
  'https,http',
  'http,https',
  'HTTPS',
  ' https',
  'https ',
  '',
  'wss',
  'on',
  'https\thttp',
  'null',
]
const HOSTS = ['evil.test', 'evil.test:443', 'user@evil.test', '[::1]', '', 'app.example, evil.test', 'EVIL.test.']

/** What a client may claim, each alone and all together. */
const CLAIMS: readonly Readonly<Record<string, string | readonly string[]>>[] = [
  {},
  ...PROTOCOLS.map((value) => ({ 'x-forwarded-proto': value })),
  { 'x-forwarded-proto': ['https', 'http'] },
  { 'x-forwarded-proto': ['http', 'https'] },
  ...HOSTS.flatMap((value) => [
    { host: value === '' ? 'x' : value },
    { 'x-forwarded-host': value },
    { 'x-host': value },
  ]),
  { forwarded: 'proto=https;host=evil.test;for=1.2.3.4' },
  { forwarded: 'proto=http' },
  { 'x-forwarded-port': '443' },
  { 'x-forwarded-ssl': 'on', 'front-end-https': 'on', 'x-url-scheme': 'https', 'x-forwarded-scheme': 'https' },
  { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-client-ip': '::1' },
  { 'x-forwarded-prefix': '/evil', 'x-original-url': '/evil', 'x-rewrite-url': '/evil' },
]

describe('proxies', () => {
  test('whatever a request claims of its protocol, host and client, the cookie is the same and so is the session', async () => {
    const probe = await startProbe()
    for (const headers of CLAIMS) {
      const visitor = probe.browser()
      const { setCookies } = await visitor.post('/login', { subject: 'visitor' }, headers)
      assert.equal(setCookies.length, 1, JSON.stringify(headers))
      assert.match(
        String(setCookies[0]),
        /^__Host-session=[\w-]{91}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
        JSON.stringify(headers),
      )
      const me = await visitor.get('/me', headers)
      assert.deepEqual([me.json?.['subject'], me.setCookies], ['visitor', []])
      assert.ok(!JSON.stringify([me.headers, me.body]).includes('evil'))
      const out = await visitor.post('/logout', {}, headers)
      assert.match(String(out.setCookies[0]), /^__Host-session=; Max-Age=0; Path=\/; .*; Secure/)
    }
    assert.equal(probe.size(), 0)
  })

  test('an absolute target, a host with a user in it, two hosts: the session is the one in the cookie', async () => {
    const { probe, cookie } = await signedIn()
    for (const [target, ...hosts] of [
      ['http://evil.test/me', 'evil.test'],
      ['https://evil.test/me', 'app.example'],
      ['/me', 'user:password@app.example'],
      ['/me', 'app.example:99999'],
      ['//evil.test/me', 'app.example'],
    ]) {
      const text = await sendRaw(probe, [`GET ${target} HTTP/1.1`, ...hosts.map((host) => `Host: ${host}`), cookie])
      if (text.startsWith('HTTP/1.1 200')) assert.match(text, /"subject":"victim"/)
      assert.ok(!/set-cookie|evil/i.test(text), text)
    }
  })

  test('HTTP/2: an :authority that differs from Host changes nothing', async () => {
    const { probe, cookie } = await signedIn()
    const serve = nodeSessions(probe.sessions, async (_request, response, session) => {
      await session.login('victim')
      response.end(session.subject)
    })
    const server = createHttp2Server((request, response) => {
      void serve(request as unknown as IncomingMessage, response as unknown as ServerResponse)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    after(() => {
      client.destroy()
      server.close()
    })
    const stream = client.request({
      ':path': '/',
      ':authority': 'evil.test',
      host: 'app.example',
      cookie: cookie.slice('Cookie: '.length),
    })
    const [head] = (await once(stream, 'response')) as [Record<string, string | string[]>]
    assert.match(String(head['set-cookie']), /^__Host-session=[\w-]{91}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    stream.resume()
    await once(stream, 'close')
  })

  describe('a Secure cookie over plain http, which the browser will not send back, is reported', () => {
    for (const [headers, reported] of [
      [{ host: 'app.example' }, true],
      [{ host: '192.168.1.7:3000' }, true],
      [{ host: 'localhost.evil.test' }, true],
      [{ host: '127.0.0.1.evil.test' }, true],
      [{ host: 'app.example', 'x-forwarded-for': '1.2.3.4' }, true],
      [{ host: 'localhost:3000' }, false],
      [{ host: 'shop.localhost' }, false],
      [{ host: '127.0.0.1:3000' }, false],
      [{ host: '[::1]:3000' }, false],
      [{ host: 'app.example', 'x-forwarded-proto': 'https' }, false],
      [{ host: 'app.example', forwarded: 'proto=https' }, false],
    ] as const) {
      test(`${JSON.stringify(headers)}: ${reported ? 'once' : 'not at all'}`, async () => {
        const probe = await startProbe()
        for (let time = 0; time < 3; time++) await probe.browser().post('/write', {}, headers)
        const events = probe.events.filter(({ type }) => type === 'insecure-transport')
        assert.equal(events.length, reported ? 1 : 0)
        assert.equal(probe.size(), 3, 'only a report depends on it')
      })
    }
  })
})

async function signedIn() {
  const probe = await startProbe()
  const victim = probe.browser()
  await victim.post('/login', { subject: 'victim' })
  return { probe, cookie: `Cookie: ${COOKIE}=${victim.jar.get(COOKIE)}` }
}

async function sendRaw({ port }: Probe, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end([...lines, 'Connection: close', '', ''].join('\r\n'), 'latin1')
  let text = ''
  for await (const chunk of socket.setEncoding('latin1')) text += chunk
  return text
}
