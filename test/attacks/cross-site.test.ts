import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import express from 'express'
import { isAllowed, sameOriginOnly } from '../../examples/site/src/same-origin.ts'
import { expressSessions } from '../../src/adapters/express.ts'
import { createSessions, db, memoryStore } from '../../src/index.ts'
import { createBrowser } from '../support/browser.ts'
import { COOKIE, KEY, startProbe } from '../support/probe.ts'

// Cross-site requests: a foreign page acts with the visitor's cookie, signs them out, or signs them in as someone else.
// Holdfast's own part is the cookie's SameSite. Judging where a request comes from is the application's; what
// `examples/site` shows for it is tested here.
// ASVS 3.5.1-3.5.3, WSTG-SESS-05, standards X26-X28, X30, X31, D1-D3, D7-D11, R15, V-ORIGIN.

const OURS = 'https://app.example'

const METHODS = {
  safe: ['GET', 'HEAD', 'OPTIONS'],
  unsafe: ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'get', 'Head', ''],
}

const SITES = {
  ours: ['same-origin'],
  foreign: ['same-site', 'cross-site', 'none', 'bogus', '', 'Same-Origin', 'same-origin, cross-site', ' same-origin'],
}

const ORIGINS = {
  ours: [OURS],
  foreign: [
    'null',
    '',
    'http://app.example',
    'https://app.example:444',
    'https://app.example:443',
    'https://www.app.example',
    'https://example',
    'https://app.example.evil.test',
    'https://evil.test/app.example',
    'https://evilapp.example',
    'https://app.example@evil.test',
    'https://user@app.example',
    'https://APP.example',
    'https://app.example.',
    'https://app.example/',
    'https://app.example, https://evil.test',
    'https://xn--pp-2kc.example',
    'https://аpp.example',
    'app.example',
    '*',
  ],
}

describe('the truth table of origins (examples/site)', () => {
  const origins = [...ORIGINS.ours, ...ORIGINS.foreign, undefined]

  test('what changes nothing may come from anywhere', () => {
    for (const method of METHODS.safe) {
      for (const site of [...SITES.ours, ...SITES.foreign, undefined]) {
        for (const origin of origins) assert.ok(isAllowed({ method, site, origin }, [OURS]))
      }
    }
  })

  test('what changes something: Sec-Fetch-Site decides when it is there, whatever Origin says', () => {
    for (const method of METHODS.unsafe) {
      for (const origin of origins) {
        for (const site of SITES.ours) assert.ok(isAllowed({ method, site, origin }, [OURS]), `${method} ${site}`)
        for (const site of SITES.foreign) {
          assert.ok(!isAllowed({ method, site, origin }, [OURS]), `${method} ${site} ${origin}`)
        }
      }
    }
  })

  test('and when it is not there, only the whole origin does: scheme, host and port', () => {
    for (const method of METHODS.unsafe) {
      assert.ok(isAllowed({ method, site: undefined, origin: OURS }, ['https://other.example', OURS]))
      assert.ok(!isAllowed({ method, site: undefined, origin: OURS }, []), 'no origin is ours')
      for (const origin of [...ORIGINS.foreign, undefined]) {
        assert.ok(!isAllowed({ method, site: undefined, origin }, [OURS]), `${method} ${origin}`)
      }
    }
  })
})

describe('over HTTP, with the guard of examples/site before the sessions', () => {
  const SAME = { 'sec-fetch-site': 'same-origin' }

  test('login CSRF: a foreign form does not sign the victim in as the attacker', async () => {
    const { browser } = await startGuarded()
    const victim = browser()
    await victim.post('/login', { subject: 'victim' }, SAME)
    const before = victim.jar.get(COOKIE)
    for (const headers of FOREIGN) {
      const answer = await victim.post('/login', { subject: 'attacker' }, headers)
      assert.deepEqual([answer.status, answer.setCookies], [403, []], JSON.stringify(headers))
    }
    assert.equal(victim.jar.get(COOKIE), before)
    assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    const visitor = browser()
    await visitor.post('/login', { subject: 'attacker' }, { 'sec-fetch-site': 'cross-site' })
    assert.equal(visitor.jar.size, 0)
  })

  test('logout CSRF: neither a foreign form nor an image signs the victim out', async () => {
    const { browser } = await startGuarded()
    const victim = browser()
    await victim.post('/login', { subject: 'victim' }, SAME)
    for (const headers of FOREIGN) assert.equal((await victim.post('/logout', {}, headers)).status, 403)
    const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }
    assert.equal((await victim.get('/logout', image)).status, 404)
    assert.equal((await victim.get('/logout?_method=POST', { 'x-http-method-override': 'POST' })).status, 404)
    assert.equal((await victim.get('/me')).json?.['subject'], 'victim')
    assert.equal((await victim.post('/logout', {}, SAME)).status, 200)
    assert.equal((await victim.get('/me')).json?.['subject'], null)
  })

  test('no content type, method, safelisted header or spoofed proxy header gets a foreign request through', async () => {
    const { browser } = await startGuarded()
    const victim = browser()
    await victim.post('/login', { subject: 'victim' }, SAME)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'APPLICATION/JSON']) {
      for (const extra of [
        {},
        { accept: 'application/json', 'x-requested-with': 'XMLHttpRequest' },
        { host: 'app.example', 'x-forwarded-host': 'app.example', 'x-forwarded-proto': 'https', referer: `${OURS}/` },
        { forwarded: 'proto=https;host=app.example', 'x-http-method-override': 'GET', origin: 'https://evil.test' },
      ]) {
        for (const headers of [{ 'sec-fetch-site': 'cross-site' }, {}]) {
          const answer = await victim.post('/write', { v: 'x' }, { 'content-type': type, ...extra, ...headers })
          assert.equal(answer.status, 403, JSON.stringify([type, extra, headers]))
        }
      }
    }
    assert.equal((await victim.get('/me')).json?.['written'], null)
  })

  test('a header given twice is neither of the two; a method in lower case is none', async () => {
    const { port, browser } = await startGuarded()
    const victim = browser()
    await victim.post('/login', { subject: 'victim' }, SAME)
    const cookie = `Cookie: ${COOKIE}=${victim.jar.get(COOKIE)}`
    for (const lines of [
      ['POST /write HTTP/1.1', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
      ['POST /write HTTP/1.1', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Site: same-origin'],
      ['POST /write HTTP/1.1', `Origin: ${OURS}`, 'Origin: https://evil.test'],
      ['post /write HTTP/1.1', 'Sec-Fetch-Site: cross-site'],
    ]) {
      const socket = connect(port, '127.0.0.1')
      socket.end([...lines, cookie, 'Host: x', 'Content-Length: 0', 'Connection: close', '', ''].join('\r\n'))
      let text = ''
      for await (const chunk of socket.setEncoding('latin1')) text += chunk
      assert.match(text, /^HTTP\/1\.1 (?:403|400) /, lines.join(' | '))
    }
    assert.equal((await victim.get('/me')).json?.['written'], null)
  })
})

describe('Holdfast’s own part', () => {
  test('SameSite is always said, so that no browser falls back to two minutes of lenience', async () => {
    for (const [sameSite, said] of [
      [undefined, 'Lax'],
      ['lax', 'Lax'],
      ['strict', 'Strict'],
      ['none', 'None'],
    ] as const) {
      const probe = await startProbe(sameSite === undefined ? {} : { cookie: { sameSite } })
      const browser = probe.browser()
      const lines = [
        ...(await browser.post('/login', { subject: 'x' })).setCookies,
        ...(await browser.post('/logout')).setCookies,
      ]
      assert.equal(lines.length, 2)
      for (const line of lines) assert.deepEqual(line.match(/SameSite=\w+/gi), [`SameSite=${said}`])
    }
  })
})

/** What a browser says, or an old one leaves out, when another site makes it ask. */
const FOREIGN: readonly Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'cross-site', origin: OURS },
  { 'sec-fetch-site': 'same-site', origin: 'https://blog.app.example' },
  { 'sec-fetch-site': 'none' },
  { origin: 'https://evil.test' },
  { origin: 'null' },
  { referer: `${OURS}/` },
  {},
]

async function startGuarded() {
  const sessions = createSessions({ keys: [KEY], engine: db(memoryStore()) })
  const app = express()
  app.use(sameOriginOnly([OURS]))
  app.use(expressSessions(sessions))
  app.use(express.json({ type: () => true, strict: false }))
  app.post('/login', async (req, res) => {
    await req.session.login(String((req.body as { subject: unknown }).subject))
    res.json({})
  })
  app.post('/logout', async (req, res) => void res.json(await req.session.logout()))
  app.post('/write', (req, res) => {
    req.session.set('written', true)
    res.json({})
  })
  app.get('/me', (req, res) => {
    res.json({ subject: req.session.subject, written: req.session.get('written') ?? null })
  })
  app.use(((error: { status?: number }, _req, res, _next) => {
    res.status(error.status ?? 500).json({})
  }) as express.ErrorRequestHandler)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent({ keepAlive: true })
  after(async () => {
    agent.destroy()
    server.close()
    server.closeAllConnections()
    await sessions.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, browser: () => createBrowser(`http://127.0.0.1:${port}`, agent) }
}
