import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createKeyRing } from '../../src/token/key-ring.ts'
import { newId, newSecret, readToken, writeToken } from '../../src/token/token.ts'
import type { Browser } from '../support/browser.ts'
import { COOKIE, ENGINES, KEY, openFile, startProbe } from '../support/probe.ts'

// A stolen key, alone and with a look at the storage; and a writer of the storage who kept an old row.
// What SECURITY.md says they can and cannot do. Standards F15, X48.

const ring = createKeyRing([KEY])

for (const engine of ENGINES) {
  describe(`somebody with a key, engine ${engine}`, () => {
    test('opens no session, of a known id or another, whatever the storage shows them', async () => {
      const { probe, owner, id } = await signedIn()
      const database = openFile(probe.path)
      const row = database.prepare('SELECT security FROM holdfast_sessions').get()
      database.close()
      const { current } = JSON.parse(String(row?.['security'])) as { current: { verifier: string } }
      for (const [tried, generation, secret] of [
        [newId(), 0, newSecret()],
        [id, 1, newSecret()],
        [id, 1, Buffer.from(current.verifier, 'base64url')],
        [id, 0, Buffer.from(current.verifier, 'base64url')],
      ] as const) {
        const thief = probe.browser()
        thief.jar.set(COOKIE, writeToken({ id: tried, generation, secret }, COOKIE, ring))
        assert.equal(await subject(thief), null)
      }
      assert.equal(await subject(owner), null, 'a made-up secret of its present generation made it look stolen')
      assert.equal(probe.events.filter(({ type }) => type === 'reuse').length, 1)
    })

    test('ends a session by its id, where onReuse says so, and not where it only reports', async () => {
      for (const [onReuse, left] of [
        ['revoke', null],
        ['report', 'owner'],
      ] as const) {
        const { probe, owner, id } = await signedIn({ onReuse })
        const thief = probe.browser()
        thief.jar.set(COOKIE, writeToken({ id, generation: 0, secret: newSecret() }, COOKIE, ring))
        assert.equal(await subject(thief), null)
        assert.equal(await subject(owner), left)
      }
    })
  })

  describe(`somebody who puts an old row back, engine ${engine}`, () => {
    test('revives a session that was ended for whoever has its token, until its absolute limit', async () => {
      const { probe, owner } = await signedIn()
      const copy = owner.copy()
      const database = openFile(probe.path)
      database.exec('CREATE TABLE kept AS SELECT * FROM holdfast_sessions')
      await owner.post('/logout')
      assert.equal(await subject(copy), null)

      probe.clock.advance(60)
      const columns = 'id, revision, subject, data, created_at, seen_at, idle_seconds, absolute_at, security'
      database.exec(`INSERT INTO holdfast_sessions (${columns}) SELECT ${columns} FROM kept`)
      assert.equal(await subject(copy), 'owner')

      for (const [seconds, alive] of [
        [43_200 - 60 - 1, 'owner'],
        [1, null],
      ] as const) {
        probe.clock.advance(seconds)
        database.exec(`UPDATE holdfast_sessions SET seen_at = ${probe.clock.now()}`)
        assert.equal(await subject(copy), alive, 'never idle, as the writer wishes; its absolute limit is sealed')
      }
      database.close()
    })
  })

  async function signedIn(options: { onReuse?: 'revoke' | 'report' } = {}) {
    const probe = await startProbe({ engine, ...options })
    const owner = probe.browser()
    await owner.post('/login', { subject: 'owner' })
    const id = readToken(String(owner.jar.get(COOKIE)), COOKIE, ring)?.token.id
    assert.ok(id)
    return { probe, owner, id }
  }
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}
