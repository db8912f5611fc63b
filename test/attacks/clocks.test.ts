import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COOKIE, ENGINES, startProbe, type Probe, type ProbeOptions } from '../support/probe.ts'
import type { Browser } from '../support/browser.ts'
import { fakeClock } from '../support/clock.ts'

// Clocks: the second before and after each limit, clocks that jump, and two processes that disagree.
// ASVS 7.3.1, 7.3.2, WSTG-SESS-07, standards X49, X56, B9, B11, C6, C7, C9, C11, C12, R05, V-CLOCK.

const IDLE = 1800
const ABSOLUTE = 43_200
const RENEWAL = 600
const GRACE = 60

for (const engine of ENGINES) {
  describe(`limits to the second, engine ${engine}`, () => {
    for (const [seconds, alive] of [
      [IDLE - 1, true],
      [IDLE, false],
      [IDLE + 1, false],
    ] as const) {
      test(`idle: ${seconds} s after the last request it is ${alive ? 'alive' : 'over'}`, async () => {
        const { probe, owner } = await signedIn({ engine, renewalInterval: false })
        probe.clock.advance(seconds)
        assert.equal(await subject(owner), alive ? 'owner' : null)
      })
    }

    for (const [seconds, alive] of [
      [ABSOLUTE - 1, true],
      [ABSOLUTE, false],
      [ABSOLUTE + 1, false],
    ] as const) {
      test(`absolute: ${seconds} s after the login it is ${alive ? 'alive' : 'over'}, in use all the time`, async () => {
        const { probe, owner } = await signedIn({ engine })
        for (let passed = 900; passed < ABSOLUTE; passed += 900) {
          probe.clock.advance(900)
          assert.equal(await subject(owner), 'owner')
        }
        probe.clock.advance(seconds - (ABSOLUTE - 900))
        assert.equal(await subject(owner), alive ? 'owner' : null)
      })
    }

    test('renewal: not a second before its time, and then at once', async () => {
      const { probe, owner } = await signedIn({ engine })
      probe.clock.advance(RENEWAL - 1)
      assert.deepEqual((await owner.get('/me')).setCookies, [])
      probe.clock.advance(1)
      assert.equal((await owner.get('/me')).setCookies.length, 1)
    })

    for (const [seconds, alive] of [
      [GRACE, true],
      [GRACE + 1, false],
    ] as const) {
      test(`grace: ${seconds} s after the new token was shown the old one is ${alive ? 'good' : 'theft'}`, async () => {
        const { probe, owner } = await signedIn({ engine })
        const tab = owner.copy()
        probe.clock.advance(RENEWAL)
        await owner.get('/me')
        await owner.get('/me')
        probe.clock.advance(seconds)
        assert.equal(await subject(tab), alive ? 'owner' : null)
        assert.equal(probe.events.filter(({ type }) => type === 'reuse').length, alive ? 0 : 1)
      })
    }

    test('idle time counts from the last request, less a tenth at most, however the requests are spread', async () => {
      // Touches are written now and then; that may end a session early, and must never end it late.
      for (const gap of [1, 59, 179, 180, 181, 600, 1000, 1620]) {
        for (const [wait, alive] of [
          [Math.floor(IDLE * 0.9) - 1, true],
          [IDLE, false],
        ] as const) {
          let { probe, owner } = await signedIn({ engine, renewalInterval: false })
          const pause = async (seconds: number): Promise<void> => {
            await probe.close() // Touches wait for half a second of real time; so none is left waiting here.
            probe.clock.advance(seconds)
            probe = await startProbe({ engine, path: probe.path, clock: probe.clock, renewalInterval: false })
            owner = moved(owner, probe)
          }
          for (let request = 0; request < 5; request++) {
            await pause(gap)
            assert.equal(await subject(owner), 'owner', `${gap}`)
          }
          await pause(wait)
          assert.equal(await subject(owner), alive ? 'owner' : null, `${gap} s between requests, ${wait} s after`)
        }
      }
    })

    test('seconds are seconds: a limit of 90 ends after 90, not after 90 ms or 90,000 s', async () => {
      const { probe, owner } = await signedIn({ engine, idleTimeout: 90, renewalInterval: false })
      probe.clock.advance(89)
      assert.equal(await subject(owner), 'owner')
      probe.clock.advance(90)
      assert.equal(await subject(owner), null)
    })

    test('2038, 2100 and a leap day: nothing overflows', async () => {
      for (const start of ['2038-01-19T03:14:00Z', '2100-02-28T23:30:00Z', '2028-02-29T00:00:00Z']) {
        const { probe, owner } = await signedIn({ engine, clock: fakeClock(Date.parse(start)) })
        probe.clock.advance(IDLE - 1)
        assert.equal(await subject(owner), 'owner', start)
        assert.equal(await subject(owner), 'owner', start)
        probe.clock.advance(IDLE)
        assert.equal(await subject(owner), null, start)
      }
    })

    test('nothing that a client sends moves a limit', async () => {
      const { probe, owner } = await signedIn({ engine, cookie: { maxAge: 86_400 }, renewalInterval: false })
      const headers = {
        date: 'Fri, 01 Jan 2100 00:00:00 GMT',
        'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT',
        'x-expires': '9999999999',
      }
      probe.clock.advance(IDLE)
      assert.equal((await owner.get('/me?maxAge=999999&expires=2100', headers)).json?.['subject'], null)
    })
  })

  describe(`clocks that jump, engine ${engine}`, () => {
    test('back: nobody is signed out, nothing is renewed twice, and the limits stay where they were', async () => {
      for (const seconds of [1, 61, 3600, 86_400]) {
        const { probe, owner } = await signedIn({ engine })
        probe.clock.advance(RENEWAL)
        await owner.get('/me')
        probe.clock.advance(-seconds)
        for (let request = 0; request < 3; request++) {
          assert.equal(await subject(owner), 'owner')
          assert.equal((await owner.post('/increment')).status, 200)
        }
        assert.ok(!probe.events.some(({ type }) => type === 'reuse' || type === 'store-behind' || type === 'unknown'))
        probe.clock.advance(seconds + IDLE)
        assert.equal(await subject(owner), null, 'the jump back lengthened nothing')
      }
    })

    test('back over the login: it still signs in, and the absolute limit is where it was', async () => {
      const { probe, owner } = await signedIn({ engine, idleTimeout: 10 * ABSOLUTE, renewalInterval: false })
      probe.clock.advance(-7200)
      assert.equal(await subject(owner), 'owner')
      probe.clock.advance(7200 + ABSOLUTE)
      assert.equal(await subject(owner), null)
    })

    test('forward past the limit: over, and it stays over when the clock is set right once a request has seen it', async () => {
      const { probe, owner } = await signedIn({ engine })
      probe.clock.advance(IDLE + 301)
      assert.equal(await subject(owner), null)
      await probe.sessions.clearExpired()
      probe.clock.advance(-IDLE)
      assert.equal(await subject(owner), null)
    })

    test('clearing by a clock that is five minutes fast deletes nothing that lives', async () => {
      const { probe, owner } = await signedIn({ engine })
      probe.clock.advance(IDLE - 1)
      const fast = await startProbe({ engine, path: probe.path, clock: fakeClock(probe.clock.now() + 300_000) })
      assert.equal(await fast.sessions.clearExpired(), 0)
      assert.equal(await subject(owner), 'owner')
    })
  })

  describe(`two processes whose clocks differ by five minutes, engine ${engine}`, () => {
    for (const skew of [-300, 300]) {
      test(`the other is ${skew} s off: nobody lives longer than the limit and the difference, by the first one’s clock`, async () => {
        const { probe, owner, other, there } = await skewed({ engine, renewalInterval: false }, skew)
        assert.equal(await subject(there), 'owner', 'the last request went to the other one')
        for (const clock of [probe.clock, other.clock]) clock.advance(IDLE + Math.abs(skew))
        assert.equal(await subject(owner), null)
        assert.equal(await subject(there), null)
      })

      test(`the other is ${skew} s off: a session in use on both is alive on both until the absolute limit`, async () => {
        const { probe, owner, other, there } = await skewed({ engine, renewalInterval: false }, skew)
        for (let passed = 0; passed < ABSOLUTE - 1200; passed += 600) {
          for (const clock of [probe.clock, other.clock]) clock.advance(600)
          for (const browser of [owner, there]) {
            assert.equal((await browser.post('/increment')).status, 200, `${passed}`)
            assert.equal(await subject(browser), 'owner', `${passed}`)
          }
        }
        for (const clock of [probe.clock, other.clock]) clock.advance(1200 + Math.abs(skew))
        assert.equal(await subject(owner), null)
        assert.equal(await subject(there), null)
      })
    }
  })
}

async function signedIn(options: ProbeOptions): Promise<{ probe: Probe; owner: Browser }> {
  const probe = await startProbe(options)
  const owner = probe.browser()
  await owner.post('/login', { subject: 'owner' })
  return { probe, owner }
}

async function skewed(options: ProbeOptions, skew: number) {
  const { probe, owner } = await signedIn(options)
  const clock = fakeClock(probe.clock.now() + skew * 1000)
  const other = await startProbe({ ...options, path: probe.path, clock })
  return { probe, owner, other, there: moved(owner, other) }
}

function moved(browser: Browser, probe: Probe): Browser {
  const there = probe.browser()
  there.jar.set(COOKIE, String(browser.jar.get(COOKIE)))
  return there
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}
