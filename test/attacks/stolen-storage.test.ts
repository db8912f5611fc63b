import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Browser } from '../support/browser.ts'
import { COOKIE, ENGINES, openFile, startProbe, type Probe } from '../support/probe.ts'

// Stolen storage: the database was read (a backup, an injection), or can be written to, but no key is known.
// ASVS 14.2.4, 9.1.1, CVE-2019-16782 class, standards A13, F15, X48.

const EDITS: readonly { what: string; sql: string }[] = [
  { what: 'the subject', sql: "UPDATE holdfast_sessions SET subject = 'admin' WHERE subject = 'mallory'" },
  { what: 'the subject, to nobody', sql: "UPDATE holdfast_sessions SET subject = NULL WHERE subject = 'mallory'" },
  { what: 'absoluteAt', sql: "UPDATE holdfast_sessions SET absolute_at = absolute_at + 1 WHERE subject = 'mallory'" },
  { what: 'idleSeconds', sql: "UPDATE holdfast_sessions SET idle_seconds = 99999999 WHERE subject = 'mallory'" },
  { what: 'createdAt', sql: "UPDATE holdfast_sessions SET created_at = created_at - 1 WHERE subject = 'mallory'" },
  { what: 'the id', sql: "UPDATE holdfast_sessions SET id = 'AAAAAAAAAAAAAAAAAAAAAA' WHERE subject = 'mallory'" },
  { what: 'the seal, removed', sql: `UPDATE holdfast_sessions SET security = json_remove(security, '$.mac')` },
  { what: 'the seal, shortened', sql: `UPDATE holdfast_sessions SET security = json_set(security, '$.mac', 'AA')` },
  { what: 'the seal, empty', sql: `UPDATE holdfast_sessions SET security = json_set(security, '$.mac', '')` },
  { what: 'the seal, no string', sql: `UPDATE holdfast_sessions SET security = json_set(security, '$.mac', 1)` },
  {
    what: 'the time of the login',
    sql: `UPDATE holdfast_sessions SET security = json_set(security, '$.authenticatedAt', 9e15)`,
  },
  {
    what: 'the age of the verifier',
    sql: `UPDATE holdfast_sessions SET security = json_set(security, '$.current.issuedAt', 9e15)`,
  },
  {
    what: 'a verifier more',
    sql: `UPDATE holdfast_sessions SET security = json_set(security, '$.previous', json('{"verifier":"x","until":null}'))`,
  },
  ...['', '{}', 'null', '[]', '1', '{"mac":{}}', '{', '{"mac":"AAAAAAAAAAAAAAAAAAAAAA"}'].map((security) => ({
    what: `the whole security column, to '${security}'`,
    sql: `UPDATE holdfast_sessions SET security = '${security}'`,
  })),
]

describe('stolen storage', () => {
  test('nothing that stands in the database file opens a session', async () => {
    const { probe, mallory, owner } = await twoSignedIn('db')
    await owner.post('/write', { k: 'address', v: 'somewhere' })
    const database = openFile(probe.path)
    const rows = database.prepare('SELECT * FROM holdfast_sessions').all()
    database.close()
    const strings = rows.flatMap((row) => [...Object.values(row).map(String), ...stringsIn(String(row['security']))])
    assert.ok(strings.length > 20)
    for (const text of strings) {
      for (const value of [
        text,
        ...padded(text),
        ...assembled(
          rows.map((row) => String(row['id'])),
          text,
        ),
      ]) {
        const thief = probe.browser()
        thief.jar.set(COOKIE, value.replaceAll(/[^\x21-\x3a\x3c-\x7e]/g, '_'))
        assert.equal((await thief.get('/me')).json?.['subject'], null, value)
      }
    }
    assert.equal(await subject(mallory), 'mallory')
  })

  for (const engine of ENGINES) {
    for (const { what, sql } of EDITS) {
      test(`editing ${what}: the session is refused, with an event (${engine})`, async () => {
        const { probe, mallory } = await twoSignedIn(engine)
        const there = await edited(probe, engine, sql)
        const me = await moved(mallory, there).get('/me')
        assert.deepEqual([me.status, me.json, me.setCookies], [200, { subject: null, keys: [] }, []])
        // An edited id is simply not found.
        assert.equal(there.events.at(-1)?.type, what === 'the id' ? 'unknown' : 'tampered')
      })
    }
  }

  for (const column of ['security', 'subject', 'id', 'security, subject', 'id, security']) {
    test(`swapping ${column} between two rows: both are refused`, async () => {
      const { probe, mallory, owner } = await twoSignedIn('db')
      swap(probe, column.split(', '))
      assert.equal(await subject(mallory), null)
      assert.equal(await subject(owner), null)
      assert.deepEqual(new Set(probe.events.slice(-2).map(({ type }) => type)), new Set(['tampered']))
    })
  }

  test('giving a row the verifier of a token one holds: refused', async () => {
    const { probe, mallory } = await twoSignedIn('db')
    const secret = Buffer.from(String(mallory.jar.get(COOKIE)), 'base64url').subarray(20, 52)
    const verifier = createHash('sha256').update(secret).digest('base64url')
    await run(
      probe,
      `UPDATE holdfast_sessions SET security = json_set(security, '$.current.verifier', '${verifier}')
      WHERE subject = 'owner'`,
    )
    const { id } = (await probe.sessions.list('owner'))[0] ?? { id: '' }
    const forged = Buffer.concat([
      Buffer.from(id, 'base64url'),
      Buffer.from(String(mallory.jar.get(COOKIE)), 'base64url').subarray(16),
    ])
    mallory.jar.set(COOKIE, forged.toString('base64url'))
    assert.equal(await subject(mallory), null)
  })

  describe('an edit that a cached copy hides at first', () => {
    // The cache answers the load, so the edited row first shows in the middle of the request: when a
    // compare-and-swap fails and the store's record is read. It must be judged there as strictly as at the door.
    const edit = "UPDATE holdfast_sessions SET subject = 'admin', revision = revision + 1 WHERE subject = 'mallory'"

    for (const path of ['/elevate', '/reauth', '/write', '/increment', '/take', '/then-wait?do=/take', '/expiry']) {
      test(`${path} does not make an edited row genuine`, async () => {
        const { probe, mallory } = await twoSignedIn('cachedDb')
        assert.equal(await subject(mallory), 'mallory')
        await run(probe, edit)
        probe.gates.open('slow')
        const answer = await mallory.post(path, { seconds: 900 })
        assert.ok(!answer.body.includes('admin'), answer.body)
        probe.clock.advance(61) // What the cache still holds is over.
        assert.equal(await subject(mallory), null)
      })
    }

    test('signing in again under one’s own name does not sign in as the edited one', async () => {
      const { probe, mallory } = await twoSignedIn('cachedDb')
      assert.equal(await subject(mallory), 'mallory')
      await run(probe, edit)
      await mallory.post('/login', { subject: 'mallory' })
      assert.notEqual(await subject(mallory), 'admin')
    })

    test('signing in again does not carry over deadlines that were edited', async () => {
      const { probe, mallory } = await twoSignedIn('cachedDb')
      assert.equal(await subject(mallory), 'mallory')
      await run(
        probe,
        "UPDATE holdfast_sessions SET idle_seconds = 99999999, revision = revision + 1 WHERE subject = 'mallory'",
      )
      await mallory.post('/login', { subject: 'mallory' })
      probe.clock.advance(1801)
      assert.equal(await subject(mallory), null)
    })
  })
})

async function twoSignedIn(engine: (typeof ENGINES)[number]) {
  const probe = await startProbe({ engine })
  const [mallory, owner] = [probe.browser(), probe.browser()]
  await mallory.post('/login', { subject: 'mallory' })
  await owner.post('/login', { subject: 'owner' })
  return { probe, mallory, owner }
}

async function run({ path }: Probe, sql: string): Promise<void> {
  const database = openFile(path)
  database.exec(sql)
  database.close()
}

/** The file edited, and the application restarted, so that no cache remembers better. */
async function edited(probe: Probe, engine: (typeof ENGINES)[number], sql: string): Promise<Probe> {
  await probe.close()
  await run(probe, sql)
  return startProbe({ engine, path: probe.path, clock: probe.clock })
}

function swap({ path }: Probe, columns: readonly string[]): void {
  const database = openFile(path)
  const rows = database.prepare('SELECT rowid AS at, * FROM holdfast_sessions').all()
  const [first, second] = rows
  assert.ok(first && second)
  const set = database.prepare(
    `UPDATE holdfast_sessions SET ${columns.map((name) => `${name} = ?`).join(', ')} WHERE rowid = ?`,
  )
  set.run(...columns.map((name) => `${String(first[name])}~`), String(first['at'])) // Out of the way of the unique id.
  set.run(...columns.map((name) => String(first[name])), String(second['at']))
  set.run(...columns.map((name) => String(second[name])), String(first['at']))
  database.close()
}

function stringsIn(json: string): string[] {
  return [...json.matchAll(/"([^"]+)"/g)].map((match) => String(match[1]))
}

/** As long as a token is. */
function padded(text: string): string[] {
  return [text.padEnd(91, 'A'), text.padStart(91, 'A')]
}

/** A stolen hash where the secret belongs. */
function assembled(ids: readonly string[], text: string): string[] {
  const bytes = Buffer.alloc(68)
  return ids.map((id) => {
    bytes.write(id, 0, 'base64url')
    bytes.write(text, 20, 'base64url')
    return bytes.toString('base64url')
  })
}

function moved(browser: Browser, probe: Probe): Browser {
  const there = probe.browser()
  for (const [name, value] of browser.jar) there.jar.set(name, value)
  return there
}

async function subject(browser: Browser): Promise<unknown> {
  return (await browser.get('/me')).json?.['subject']
}
