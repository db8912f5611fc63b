import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Browser } from '../support/browser.ts'
import { COOKIE, ENGINES, newPath, openFile, startProbe, type Probe } from '../support/probe.ts'

// A restored backup: the store forgets renewals and logouts that browsers remember.
// Standards X57. What a backup holds, it brings back: a session that ended after it is alive again until its limits
// end it, so who restores one signs people out. What must not happen on top of that stands here.

for (const engine of ENGINES) {
  describe(`a restored backup, engine ${engine}`, () => {
    test('a token newer than the record is refused without an alarm, and the session is not ended for it', async () => {
      const { probe, owner } = await signedIn(engine)
      const backup = backUp(probe)
      const old = owner.copy()
      probe.clock.advance(600)
      await owner.get('/me')
      const restored = await startProbe({ engine, path: backup, clock: probe.clock })
      assert.equal(await subject(moved(owner, restored)), null)
      assert.deepEqual(
        restored.events.map(({ type }) => type),
        ['store-behind'],
      )
      assert.equal(await subject(moved(old, restored)), 'owner', 'the token that the record knows is good')
    })

    test('signing in again then is a session of its own', async () => {
      const { probe, owner } = await signedIn(engine)
      const backup = backUp(probe)
      probe.clock.advance(600)
      await owner.get('/me')
      const restored = await startProbe({ engine, path: backup, clock: probe.clock })
      const here = moved(owner, restored)
      assert.equal((await here.post('/login', { subject: 'owner' })).status, 200)
      assert.equal(await subject(here), 'owner')
    })

    test('no limit is moved by it: what was over stays over', async () => {
      const { probe, owner } = await signedIn(engine)
      const backup = backUp(probe)
      probe.clock.advance(1801)
      const restored = await startProbe({ engine, path: backup, clock: probe.clock })
      assert.equal(await subject(moved(owner, restored)), null)
    })

    test('signing everybody out afterwards ends what it brought back', async () => {
      const { probe, owner } = await signedIn(engine)
      const backup = backUp(probe)
      await owner.copy().post('/logout')
      const restored = await startProbe({ engine, path: backup, clock: probe.clock })
      await restored.sessions.revokeAll('owner')
      assert.equal(await subject(moved(owner, restored)), null)
    })
  })
}

async function signedIn(engine: (typeof ENGINES)[number]) {
  const probe = await startProbe({ engine })
  const owner = probe.browser()
  await owner.post('/login', { subject: 'owner' })
  return { probe, owner }
}

/** While the application runs, as a good backup is made. */
function backUp({ path }: Probe): string {
  const copy = newPath()
  const database = openFile(path)
  database.prepare('VACUUM INTO ?').run(copy)
  database.close()
  return copy
}

function moved(browser: Browser, probe: Probe): Browser {
  const there = probe.browser()
  there.jar.set(COOKIE, String(browser.jar.get(COOKIE)))
  return there
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}
