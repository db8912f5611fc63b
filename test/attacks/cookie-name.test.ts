import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COOKIE, startProbe } from '../support/probe.ts'
import { rawRequest } from '../support/raw-request.ts'

// Prefix bypass: the browser lets a sibling host set a name that is not quite `__Host-session`, and a server that
// decodes, trims or folds names takes it for the real one.
// RFC 6265bis 4.1.3, 5.4, 5.6, standards X04, A11, R08, V-NAME.

/** Written into the Cookie field byte for byte, as Latin-1 where they can be. */
const OTHER_NAMES: readonly string[] = [
  // Case: browsers fold it, servers must not.
  '__host-session',
  '__HOST-session',
  '__Host-Session',
  '__HOST-SESSION',
  // Decoding and mangling, as PHP, Perl and query parsers do it.
  '%5F%5FHost-session',
  '%5f_Host-session',
  '__Host%2Dsession',
  '__Host-sessio%6E',
  '..Host-session',
  '. Host-session',
  '  .Host-session',
  '__Host_session',
  '__Host-session[]',
  '__Host-session[0]',
  '__Host-session[a]',
  '__Host-session.sig',
  '__Host-session%00',
  '__Host-session+',
  '\\_\\_Host-session',
  // Nameless: the browser sees a cookie without a name whose value begins like ours.
  '=__Host-session',
  '==__Host-session',
  ' =__Host-session',
  // More, less, and neighbours.
  '__Host-sessionx',
  'x__Host-session',
  '__Host-sessio',
  '__Secure-session',
  '__Host-__Host-session',
  'session',
  '$__Host-session',
  '"__Host-session"',
  '"__Host-session',
  "'__Host-session'",
  '__Host-session"',
  '__Host-session ',
  '__Host-session\t',
  '__Host- session',
  '__Host-session,',
  ',__Host-session',
  'a=__Host-session',
  'a,__Host-session',
  // What an object inherits.
  '__proto__',
  'constructor',
  'hasOwnProperty',
]

/** What languages trim or normalise and RFC 6265bis does not. */
const BLANKS = [
  '\u00a0',
  '\u0085',
  '\u1680',
  '\u180e',
  '\u202f',
  '\u205f',
  '\u3000',
  '\ufeff',
  '\u200b',
  '\u00ad',
  '\u2028',
  ...Array.from({ length: 11 }, (_, index) => String.fromCodePoint(0x2000 + index)),
]
const LOOKALIKES = [
  '\uff3f\uff3fHost-session',
  '__Host\u2010session',
  '__Hos\u0442-session',
  '__Host-se\u017f\u017fion',
]

describe('prefix bypass', () => {
  test('no other spelling of the name is the name: no session, no store call, no event', async () => {
    const { probe, token } = await signedIn()
    for (const name of OTHER_NAMES) {
      const { text } = await rawRequest(probe.port, '/me', [`${name}=${token}`])
      assert.ok(text.includes('"subject":null'), JSON.stringify(name))
    }
    for (const name of [...BLANKS.flatMap((blank) => [blank + COOKIE, COOKIE + blank]), ...LOOKALIKES]) {
      for (const bytes of encodings(`${name}=${token}`)) {
        const { text } = await rawRequest(probe.port, '/me', [bytes])
        assert.ok(text.includes('"subject":null'), JSON.stringify(name))
      }
    }
    assert.deepEqual(probe.watched.calls, [])
    assert.deepEqual(probe.events.slice(1), [], 'it is somebody else’s cookie, so there is nothing to report')
  })

  test('beside the genuine cookie none of them counts as a second one', async () => {
    const { probe, token } = await signedIn()
    for (const name of OTHER_NAMES) {
      for (const header of [`${name}=tossed; ${COOKIE}=${token}`, `${COOKIE}=${token}; ${name}=tossed`]) {
        const { text } = await rawRequest(probe.port, '/me', [header])
        assert.ok(text.includes('"subject":"victim"'), JSON.stringify(header))
      }
    }
    assert.deepEqual(probe.events.slice(1), [])
  })

  test('in process, where control characters arrive too: still another name', async () => {
    const { probe, token } = await signedIn()
    const names = ['\0', '\n', '\r', '\v', '\f', '\x1f', '\x7f'].flatMap((control) => [
      control + COOKIE,
      COOKIE + control,
    ])
    for (const name of [...names, ...OTHER_NAMES, ...BLANKS.map((blank) => blank + COOKIE), ...LOOKALIKES]) {
      const session = probe.sessions.open({ headers: { cookie: `${name}=${token}` } })
      assert.ok(!(session instanceof Promise), JSON.stringify(name))
      assert.equal(session.subject, null, JSON.stringify(name))
    }
    assert.deepEqual(probe.watched.calls, [])
  })

  test('only space and tab around the pair are trimmed, and do not matter', async () => {
    const { probe, token } = await signedIn()
    for (const header of [` ${COOKIE}=${token}`, `\t${COOKIE}=${token}\t `, `a=1;${COOKIE}=${token};b=2`]) {
      assert.match((await rawRequest(probe.port, '/me', [header])).text, /"subject":"victim"/, JSON.stringify(header))
    }
  })

  test('the name without a value, or without an equals sign, is no session and no hindrance', async () => {
    const { probe, token } = await signedIn()
    for (const alone of [COOKIE, `${COOKIE}=`, `${COOKIE}=;`]) {
      assert.match((await rawRequest(probe.port, '/me', [alone])).text, /"subject":null/)
      assert.match((await rawRequest(probe.port, '/me', [`${alone}; ${COOKIE}=${token}`])).text, /"subject":"victim"/)
    }
  })
})

async function signedIn() {
  const probe = await startProbe()
  const victim = probe.browser()
  await victim.post('/login', { subject: 'victim' })
  probe.watched.calls.length = 0
  return { probe, token: String(victim.jar.get(COOKIE)) }
}

/** As UTF-8, and as Latin-1 where it has the characters. */
function encodings(text: string): Buffer[] {
  const latin1 = Buffer.from(text, 'latin1')
  return [Buffer.from(text, 'utf8'), ...(latin1.toString('latin1') === text ? [latin1] : [])]
}
