import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask, type Answer } from '../support/browser.ts'
import { bitFlips, controlValues, forgedValues, unicodeValues, type Material } from '../support/forged-values.ts'
import { COOKIE, openFile, startProbe, type Probe } from '../support/probe.ts'
import { rawRequest } from '../support/raw-request.ts'

// Forged and malformed values: whatever no key of ours has sealed is what no cookie is, and costs no I/O.
// ASVS 1.2.4, 1.3.3, 7.2.1, WSTG-SESS-01, WSTG-SESS-10, standards X02, X12, X15, X17, X39, A5, A8, F15, F18, V-ID. Names: cookie-name.test.ts. Headers: cookie-header.test.ts.

describe('forged values', () => {
  test('more than 250 of them over HTTP: each is answered as no cookie is, without one store call', async () => {
    const { probe, material } = await stolenOwnSession()
    const values = forgedValues(material)
    assert.ok(values.length > 250, `${values.length} vectors`)
    for (const path of ['/me', '/open']) {
      const none = shown(await ask(probe.base + path, {}))
      probe.watched.calls.length = 0
      for (const value of values) {
        const answer = await ask(probe.base + path, { headers: { cookie: `${COOKIE}=${value}` } })
        assert.deepEqual(shown(answer), none, value)
      }
      assert.deepEqual(probe.watched.calls, [])
    }
    assert.equal(probe.events.filter((event) => event.type === 'forged').length, 2 * values.length)
    assert.equal(probe.events.filter((event) => event.type === 'reuse' || event.type === 'unknown').length, 0)
  })

  test('every single bit of a genuine token counts: 728 flips over a raw socket', async () => {
    const { probe, material } = await stolenOwnSession()
    const none = stripDate((await rawRequest(probe.port, '/me', [])).text)
    const flips = bitFlips(material.token)
    assert.equal(flips.length, 728)
    probe.watched.calls.length = 0
    let served = 0
    for (const flip of flips) {
      const { status, text } = await rawRequest(probe.port, '/me', [Buffer.concat([Buffer.from(`${COOKIE}=`), flip])])
      if (isHeaderText(flip)) {
        assert.equal(stripDate(text), none, flip.toString('latin1'))
        served++
      } else assert.equal(status, 400, 'Node’s parser refuses control characters')
    }
    assert.ok(served > 500)
    assert.deepEqual(probe.watched.calls, [])
  })

  test('NUL, CR, LF and DEL in the cookie never reach a session, and break nothing', async () => {
    const { probe, material } = await stolenOwnSession()
    probe.watched.calls.length = 0
    for (const value of controlValues(material.token)) {
      const { status, text } = await rawRequest(probe.port, '/me', [`${COOKIE}=${value}; after=1`])
      assert.ok(status === 200 || status === 400, `${JSON.stringify(value)}: ${status}`)
      assert.ok(!text.includes('"owner"'), JSON.stringify(value))
    }
    assert.deepEqual(probe.watched.calls, [])
  })

  test('bytes above ASCII, as Latin-1 and as UTF-8', async () => {
    const { probe, material } = await stolenOwnSession()
    const none = stripDate((await rawRequest(probe.port, '/me', [])).text)
    probe.watched.calls.length = 0
    for (const bytes of [
      [0xc0, 0xaf],
      [0xe0, 0x80, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xff, 0xfe],
      [0xf4, 0x90, 0x80, 0x80],
    ]) {
      const value = Buffer.concat([Buffer.from(`${COOKIE}=${material.token}`), Buffer.from(bytes)])
      assert.equal(stripDate((await rawRequest(probe.port, '/me', [value])).text), none, 'overlong or broken UTF-8')
    }
    for (const value of unicodeValues(material.token)) {
      const isLatin1 = Buffer.from(value, 'latin1').toString('latin1') === value
      for (const bytes of [Buffer.from(value, 'utf8'), ...(isLatin1 ? [Buffer.from(value, 'latin1')] : [])]) {
        const { text } = await rawRequest(probe.port, '/me', [Buffer.concat([Buffer.from(`${COOKIE}=`), bytes])])
        assert.equal(stripDate(text), none, JSON.stringify(value))
      }
    }
    assert.deepEqual(probe.watched.calls, [])
  })

  test('in process, where a framework may have decoded the header: no session, no store call, no cookie', async () => {
    const { probe, material } = await stolenOwnSession()
    const flips = bitFlips(material.token).map((flip) => flip.toString('latin1'))
    const { token } = material
    const values = [
      ...forgedValues(material),
      ...unicodeValues(token),
      ...controlValues(token),
      ...flips,
      `${token}\r\nA: b`,
    ]
    probe.watched.calls.length = 0
    for (const value of values) {
      const session = probe.sessions.open({ headers: { cookie: `${COOKIE}=${value}` } })
      assert.ok(!(session instanceof Promise), 'nothing to wait for')
      assert.deepEqual([session.subject, session.id, session.isEmpty, session.isNew], [null, null, true, true], value)
      assert.deepEqual(probe.sessions.commit(session), { touched: true, setCookie: undefined })
    }
    assert.deepEqual(probe.watched.calls, [])
  })

  test('a write with a forged value gets a fresh token, and never the forged id', async () => {
    const { probe, material } = await stolenOwnSession()
    for (const value of forgedValues(material).filter((_, index) => index % 7 === 0)) {
      const answer = await ask(`${probe.base}/write`, {
        method: 'POST',
        body: {},
        headers: { cookie: `${COOKIE}=${value}` },
      })
      assert.equal(answer.status, 200, value)
      assert.equal(answer.setCookies.length, 1)
      const issued = String(answer.setCookies[0]?.split(/[=;]/)[1])
      assert.match(issued, /^[\w-]{91}$/)
      assert.ok(!issued.startsWith(material.id.slice(0, 21)))
      if (value.length > 3) assert.ok(!JSON.stringify(answer).includes(value), 'nothing is reflected')
    }
  })

  test('logging out with a forged value ends nothing and asks nothing', async () => {
    const { probe, material } = await stolenOwnSession()
    probe.watched.calls.length = 0
    for (const value of forgedValues(material)) {
      const answer = await ask(`${probe.base}/logout`, { method: 'POST', headers: { cookie: `${COOKIE}=${value}` } })
      assert.deepEqual([answer.status, answer.setCookies], [200, []], value)
    }
    assert.deepEqual(probe.watched.calls, [])
    assert.equal(probe.size(), 1)
  })

  test('X05: quotes and $Version join no cookies, and show none', async () => {
    const { probe, material } = await stolenOwnSession()
    const pair = `${COOKIE}=${material.token}`
    for (const [header, subject] of [
      [`$Version=1; a="x; ${pair}; b=y"`, 'owner'], // The quotes mean nothing, so the pair is a pair.
      [`a="x; ${pair}; b=y"`, 'owner'],
      [`$Version=1; ${COOKIE}="${material.token}"; $Path=/`, null],
      [`a=${pair}`, null],
      [`a="${pair}"`, null],
      [`a=1,${pair}`, null],
      [`${COOKIE} =${material.token}`, null],
      [`${COOKIE}= ${material.token}`, null],
    ] as const) {
      const { json, body } = await ask(`${probe.base}/me`, { headers: { cookie: header } })
      assert.equal(json?.['subject'], subject, header)
      assert.ok(!body.includes(material.token.slice(0, 20)))
    }
  })

  test('A9: the token is taken from the cookie and from nowhere else', async () => {
    const { probe, material } = await stolenOwnSession()
    const { token } = material
    probe.watched.calls.length = 0
    for (const path of [`/me?${COOKIE}=${token}`, `/me?sid=${token}`, `/me?session=${token}`]) {
      assert.equal((await ask(probe.base + path, {})).json?.['subject'], null)
    }
    const headers = {
      authorization: `Bearer ${token}`,
      'x-session-id': token,
      'x-cookie': `${COOKIE}=${token}`,
      cookie2: `${COOKIE}=${token}`,
      'set-cookie': `${COOKIE}=${token}`,
    }
    assert.equal((await ask(`${probe.base}/me`, { headers })).json?.['subject'], null)
    assert.deepEqual(probe.watched.calls, [])
  })

  test('X07: a header of a quarter megabyte is read once, and the session in it is found', async () => {
    const { probe, material } = await stolenOwnSession()
    const pair = `${COOKIE}=${material.token}`
    for (const junk of ['a=1; '.repeat(50_000), ';'.repeat(250_000), `${'x'.repeat(250_000)}; `]) {
      assert.equal((await ask(`${probe.base}/me`, { headers: { cookie: junk + pair } })).json?.['subject'], 'owner')
      assert.equal((await ask(`${probe.base}/me`, { headers: { cookie: junk } })).json?.['subject'], null)
    }
  })
})

/** The attacker signs in, so that they hold a genuine token, and has seen what the database keeps of it. */
async function stolenOwnSession(): Promise<{ probe: Probe; material: Material }> {
  const probe = await startProbe()
  const attacker = probe.browser()
  // Until the token has a character that standard base64 spells otherwise.
  do await attacker.post('/login', { subject: 'owner' })
  while (!/[-_]/.test(String(attacker.jar.get(COOKIE))))
  const database = openFile(probe.path)
  const row = database.prepare('SELECT id, security FROM holdfast_sessions').get()
  database.close()
  const security = JSON.parse(String(row?.['security'])) as { current: { verifier: string } }
  const token = String(attacker.jar.get(COOKIE))
  return { probe, material: { token, id: String(row?.['id']), verifier: security.current.verifier } }
}

function shown({ status, headers, body }: Answer) {
  return { status, headers: { ...headers, date: undefined }, body }
}

function stripDate(text: string): string {
  return text.replace(/^date: .*\r\n/im, '')
}

/** What Node's parser lets into a header: all but control characters. */
function isHeaderText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f))
}
