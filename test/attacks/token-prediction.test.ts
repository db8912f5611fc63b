import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, mock, test } from 'node:test'
import { promisify } from 'node:util'
import { createSessions, db, memoryStore } from '../../src/index.ts'
import { COOKIE, KEY, startProbe } from '../support/probe.ts'

// Prediction: tokens that count, tell the time, repeat themselves across processes, or come from a broken generator.
// ASVS 7.2.2, 7.2.3, 11.5.1, 11.5.2, WSTG-SESS-01, standards X11, A1, A2, A4, A6.

const TOKENS = 50_000

describe('prediction', () => {
  test('50,000 tokens of one subject at one moment: every byte that should be random is', async () => {
    const clock = { now: () => Date.UTC(2030, 0, 1) }
    const sessions = createSessions({ keys: [KEY], engine: db(memoryStore({ clock, maxEntries: 100 })), clock })
    const tokens: Buffer[] = []
    for (let login = 0; login < TOKENS; login++) {
      const session = await sessions.open({ headers: {} })
      await session.login('owner')
      const { setCookie } = await sessions.commit(session)
      tokens.push(Buffer.from(String(setCookie?.split(/[=;]/)[1]), 'base64url'))
    }
    assert.ok(tokens.every(({ length }) => length === 68))
    for (const [from, to] of [
      [0, 16], // The id.
      [20, 52], // The secret.
      [52, 68], // The seal.
    ] as const) {
      assert.equal(new Set(tokens.map((token) => token.toString('hex', from, to))).size, TOKENS)
      for (let at = from; at < to; at++) {
        const counts = Array.from({ length: 256 }, () => 0)
        for (const token of tokens) counts[token[at] ?? 0] = (counts[token[at] ?? 0] ?? 0) + 1
        const expected = TOKENS / 256
        const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
        // 255 degrees of freedom: 255 on average, and eight standard deviations above it is once in many lifetimes.
        assert.ok(chiSquare < 255 + 8 * Math.sqrt(2 * 255), `byte ${at}: ${chiSquare}`)
      }
      for (let bit = 0; bit < (to - from) * 8; bit++) {
        const changed = tokens.filter((token, index) => {
          const before = tokens[index - 1] ?? token
          const byte = from + (bit >> 3)
          return (((token[byte] ?? 0) ^ (before[byte] ?? 0)) >> (bit & 7)) & 1
        }).length
        assert.ok(Math.abs(changed - TOKENS / 2) < 8 * Math.sqrt(TOKENS / 4), `bit ${bit} follows the one before`)
      }
    }
  })

  test('nothing in a token tells of the subject, the time or the key, in any spelling', async () => {
    const probe = await startProbe()
    const browser = probe.browser()
    const subject = 'a subject that nobody could overlook'
    await browser.post('/login', { subject })
    const bytes = Buffer.from(String(browser.jar.get(COOKIE)), 'base64url')
    const seconds = Math.floor(probe.clock.now() / 1000)
    const times = [Buffer.alloc(4), Buffer.alloc(4)]
    times[0]?.writeUInt32BE(seconds)
    times[1]?.writeUInt32LE(seconds)
    for (const telling of [Buffer.from(subject), Buffer.from(KEY.slice(0, 8)), ...times]) {
      assert.ok(!bytes.includes(telling.subarray(0, 8)))
    }
  })

  test('four processes started at once: 80,000 ids, none twice', async () => {
    const program = `import { newId } from ${JSON.stringify(new URL('../../src/token/token.ts', import.meta.url).href)}
      console.log(Array.from({ length: 20_000 }, newId).join('\\n'))`
    const run = promisify(execFile)
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () =>
        run(process.execPath, ['--input-type=module', '-e', program], { maxBuffer: 16 * 1024 * 1024 }),
      ),
    )
    const ids = outputs.flatMap(({ stdout }) => stdout.trim().split('\n'))
    assert.equal(ids.length, 80_000)
    assert.equal(new Set(ids).size, 80_000)
  })

  test('a generator that fails: 5xx and no cookie, and nothing weaker in its place', async () => {
    const probe = await startProbe()
    const broken = mock.method(crypto, 'randomFillSync', () => {
      throw new Error('no entropy')
    })
    syncBuiltinESMExports()
    const answers = []
    try {
      // What was drawn before may still be handed out, once.
      for (let visitor = 0; visitor < 200; visitor++) answers.push(await probe.browser().post('/write'))
    } finally {
      broken.mock.restore()
      syncBuiltinESMExports()
    }
    const served = answers.filter(({ status }) => status === 200)
    assert.ok(served.length < 100, `${served.length}`)
    assert.equal(new Set(served.flatMap(({ setCookies }) => setCookies)).size, served.length)
    for (const { status, setCookies } of answers.slice(served.length)) {
      assert.ok(status >= 500)
      assert.deepEqual(setCookies, [])
    }
    assert.equal(probe.size(), served.length)
    assert.equal((await probe.browser().post('/write')).setCookies.length, 1, 'and all is well again')
  })
})
