import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask } from '../support/browser.ts'
import { COOKIE, startProbe, type Probe } from '../support/probe.ts'
import { rawRequest } from '../support/raw-request.ts'

// Cookie tossing: a sibling host, another port or an old path gives the browser a second cookie of our name.
// ASVS 15.3.7, RFC 6265bis 4.2.2, standards X03, X06, X53, A10, A12.

describe('cookie tossing', () => {
  test('a forged cookie beside the genuine one, in both orders: the genuine one counts, and an event tells', async () => {
    const { probe, victim } = await twoSessions()
    const forged = 'B'.repeat(91)
    for (const values of [
      [forged, victim],
      [victim, forged],
      ['', victim],
      [victim, 'x', '"y"'],
    ]) {
      assert.equal(await subjectOf(probe, values), 'victim')
      assert.deepEqual(lastDuplicate(probe), { count: values.length, accepted: true })
    }
  })

  test('two genuine cookies, in both orders: nobody’s order decides, so neither counts', async () => {
    const { probe, victim, attacker } = await twoSessions()
    probe.watched.calls.length = 0
    for (const values of [
      [attacker, victim],
      [victim, attacker],
      [attacker, 'forged', victim],
    ]) {
      assert.equal(await subjectOf(probe, values), null)
      assert.deepEqual(lastDuplicate(probe), { count: values.length, accepted: false })
    }
    assert.deepEqual(probe.watched.calls, [])
  })

  test('two genuine cookies end nothing: a logout under them ends neither session', async () => {
    const { probe, victim, attacker } = await twoSessions()
    const cookie = `${COOKIE}=${attacker}; ${COOKIE}=${victim}`
    await ask(`${probe.base}/logout`, { method: 'POST', headers: { cookie } })
    assert.equal(await subjectOf(probe, [victim]), 'victim')
    assert.equal(await subjectOf(probe, [attacker]), 'attacker')
  })

  test('a write under two genuine cookies goes to neither session', async () => {
    const { probe, victim, attacker } = await twoSessions()
    const cookie = `${COOKIE}=${attacker}; ${COOKIE}=${victim}`
    await ask(`${probe.base}/write`, { method: 'POST', body: { k: 'card', v: '4111' }, headers: { cookie } })
    for (const value of [attacker, victim]) {
      const { json } = await ask(`${probe.base}/me`, { headers: { cookie: `${COOKIE}=${value}` } })
      assert.deepEqual(json?.['keys'], [])
    }
  })

  test('the replaced and the present token of one session are two genuine cookies too', async () => {
    const { probe, victim } = await twoSessions()
    probe.clock.advance(600)
    const renewal = await ask(`${probe.base}/me`, { headers: { cookie: `${COOKIE}=${victim}` } })
    const next = String(renewal.setCookies[0]?.split(/[=;]/)[1])
    assert.equal(await subjectOf(probe, [victim, next]), null)
    assert.equal(await subjectOf(probe, [next]), 'victim')
  })

  test('the same cookie twice is one cookie', async () => {
    const { probe, victim } = await twoSessions()
    assert.equal(await subjectOf(probe, [victim, victim, victim]), 'victim')
    assert.equal(lastDuplicate(probe), undefined)
  })

  test('split over two Cookie fields, it is all the same', async () => {
    const { probe, victim, attacker } = await twoSessions()
    const me = async (...fields: string[]): Promise<string> => (await rawRequest(probe.port, '/me', fields)).text
    assert.match(await me('a=1', `${COOKIE}=${victim}`), /"subject":"victim"/)
    assert.match(await me(`${COOKIE}=forged`, `${COOKIE}=${victim}`), /"subject":"victim"/)
    for (const [first, second] of [
      [attacker, victim],
      [victim, attacker],
    ]) {
      assert.match(await me(`${COOKIE}=${first}`, `${COOKIE}=${second}`), /"subject":null/)
    }
  })

  test('X53: a tossed cookie that was genuine elsewhere (another key) is a forged one here', async () => {
    const { probe, victim } = await twoSessions()
    const elsewhere = await startProbe({ keys: ['k9-the key of the application on the other port, fifty'] })
    const mallory = elsewhere.browser()
    await mallory.post('/login', { subject: 'mallory' })
    assert.equal(await subjectOf(probe, [String(mallory.jar.get(COOKIE)), victim]), 'victim')
  })

  test('a thousand different duplicates cost no store call and no more than a few seals to check', async () => {
    const { probe, victim } = await twoSessions()
    const flood = Array.from({ length: 1000 }, (_, index) => String(index).padStart(91, 'A'))
    probe.watched.calls.length = 0
    assert.equal(await subjectOf(probe, [...flood, victim]), null)
    const duplicate = lastDuplicate(probe)
    assert.ok(duplicate !== undefined && !duplicate.accepted && duplicate.count <= 4, 'reading stops early')
    assert.deepEqual(probe.watched.calls, [])
    assert.equal(await subjectOf(probe, [victim]), 'victim', 'and nothing was ended by it')
  })
})

async function twoSessions(): Promise<{ probe: Probe; victim: string; attacker: string }> {
  const probe = await startProbe()
  const [victim, attacker] = [probe.browser(), probe.browser()]
  await victim.post('/login', { subject: 'victim' })
  await attacker.post('/login', { subject: 'attacker' })
  return { probe, victim: String(victim.jar.get(COOKIE)), attacker: String(attacker.jar.get(COOKIE)) }
}

async function subjectOf(probe: Probe, values: readonly string[]): Promise<unknown> {
  const cookie = values.map((value) => `${COOKIE}=${value}`).join('; ')
  return (await ask(`${probe.base}/me`, { headers: { cookie } })).json?.['subject']
}

function lastDuplicate({ events }: Probe): { count: number; accepted: boolean } | undefined {
  const event = events.findLast(({ type }) => type === 'duplicate-cookies')
  return event?.type === 'duplicate-cookies' ? { count: event.count, accepted: event.accepted } : undefined
}
