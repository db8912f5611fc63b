import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import express from 'express'
import { expressSessions } from '../../src/adapters/express.ts'
import { createSessions, db, HoldfastError, memoryStore } from '../../src/index.ts'
import { ask, type Answer, type Browser } from '../support/browser.ts'
import { COOKIE, ENGINES, KEY, openFile, startProbe, type Probe } from '../support/probe.ts'

// Exposure: the token in a log, a page, an error report, a trace, a dump.
// ASVS 14.2.1, 14.2.4, 16.5.1, 13.4.2, standards X09, X48, A9, A13, B4, F21, V-EXPOSE.

const KEYS = [KEY, 'k0-the key that was first before, of forty-five bytes']

describe('secret exposure', () => {
  for (const engine of ENGINES) {
    test(`after every kind of request, no output but Set-Cookie holds a token, a part of one, or a key (${engine})`, async () => {
      const console = captureConsole()
      const published: unknown[] = []
      const listen = (message: unknown): void => void published.push(message)
      subscribe('holdfast', listen)

      const probe = await startProbe({ engine, keys: KEYS, cookie: { maxAge: 3600 }, maxPerSubject: 3 })
      const tokens = new Set<string>()
      const answers = await everyFlow(probe, tokens)
      unsubscribe('holdfast', listen)
      const printed = console.release()
      await probe.close()

      const outputs = new Map<string, string | Buffer>([
        ['events', dump(probe.events)],
        ['diagnostics channel', dump(published)],
        ['console', printed],
        [
          'bodies and headers',
          dump(answers.map(({ headers, body }) => [{ ...headers, 'set-cookie': undefined }, body])),
        ],
        ...filesBeside(probe.path),
      ])
      for (const type of [
        'renewed',
        'reuse',
        'cycled',
        'tampered',
        'forged',
        'commit-failed',
        'interrupted',
        'ended',
      ]) {
        assert.ok(
          probe.events.some((event) => event.type === type),
          type,
        )
      }
      const secrets = [...[...tokens].flatMap(secretsOf), ...KEYS.flatMap(spellings)]
      assert.ok(tokens.size >= 10 && probe.events.length > 20 && published.length === probe.events.length)
      for (const [name, output] of outputs) assertNoneIn(output, secrets, name)
      assert.ok(
        [...tokens].some((token) => dump(probe.events).includes(token.slice(0, 21))),
        'the id is public',
      )
    })
  }

  test('a session in a log: inspect and JSON at any depth, and what a request logger would print', async () => {
    const probe = await startProbe()
    const owner = probe.browser()
    await owner.post('/login', { subject: 'owner' })
    const token = String(owner.jar.get(COOKIE))
    const request = { headers: { cookie: `${COOKIE}=${token}` }, url: '/' }
    const session = await probe.sessions.open(request)
    session.set('k', 'v')
    for (const output of [
      inspect(session, { depth: Infinity, showHidden: true, getters: true }),
      JSON.stringify(session),
      JSON.stringify({ request: { session } }),
      // oxlint-disable-next-line typescript/no-base-to-string -- a careless log line does just this
      String(session),
      inspect(Object.getOwnPropertyDescriptors(session), { depth: Infinity, showHidden: true }),
      // oxlint-disable-next-line typescript/no-misused-spread -- and so do loggers that copy what they are given
      JSON.stringify(structuredClone({ ...session })),
      inspect(probe.sessions, { depth: Infinity, showHidden: true }),
      JSON.stringify(probe.sessions) ?? '',
    ]) {
      assertNoneIn(output, [...secretsOf(token), ...spellings(KEY)], output.slice(0, 60))
    }
    assert.deepEqual(JSON.parse(JSON.stringify(session)), { id: session.id, subject: 'owner' })
  })

  test('every error that can be provoked: message, stack, cause and fix', async () => {
    const probe = await startProbe()
    const owner = probe.browser()
    await owner.post('/login', { subject: 'owner' })
    const token = String(owner.jar.get(COOKIE))
    const cookie = `${COOKIE}=${token}`
    const errors: unknown[] = []
    const collect = async (work: () => unknown): Promise<void> => {
      try {
        await work()
        assert.fail('nothing was thrown')
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), String(error))
        errors.push(error)
      }
    }
    const session = await probe.sessions.open({ headers: { cookie } })
    await collect(() => session.set('k', { card: [new Date() as never] }))
    await collect(() => session.update('k', (() => Promise.resolve(1)) as never))
    await collect(() => session.login(''))
    await collect(() => session.setExpiry(-1))
    await collect(() => session.login('owner', { since: 99 }))
    probe.clock.advance(400)
    await collect(() => session.requireFresh())
    probe.watched.fail('delete', 'find', 'update', 'replace')
    await collect(() => session.logout())
    session.set('k', 1)
    await collect(() => probe.sessions.commit(session))
    await collect(() => probe.sessions.commit(session))
    await collect(() => session.set('k', 2))
    probe.watched.heal()
    await probe.sessions.revokeAll('owner')
    const late = await probe.sessions.open({ headers: { cookie } })
    late.set('k', 1)
    await collect(() => probe.sessions.commit(late))
    for (const keys of [[], ['short'], [KEY, 'short'], ['secret'.repeat(10)], [KEY.slice(0, 20)]]) {
      await collect(() => createSessions({ keys }))
    }
    await collect(() => createSessions({ keys: [KEY], kees: [KEY] } as never))
    await probe.close()
    await collect(() => probe.sessions.open({ headers: { cookie } }))

    assert.ok(errors.filter((error) => error instanceof HoldfastError).length > 10)
    const shown = dump([errors, errors.map((error) => error instanceof Error && [error.stack, error.message])])
    assertNoneIn(shown, [...secretsOf(token), ...spellings(KEY), KEY.slice(0, 20), 'short'.repeat(2)], 'errors')
  })

  test('Express: neither the request nor its session shows the token where loggers look', async () => {
    const sessions = createSessions({
      keys: [KEY],
      engine: db(memoryStore()),
    })
    const app = express()
    let seen = ''
    app.use(expressSessions(sessions))
    app.get('/', async (req, res) => {
      await req.session.login('owner')
      const { headers: _, rawHeaders: __, ...rest } = req
      seen = [
        inspect(req.session, { depth: 9, showHidden: true }),
        JSON.stringify(req.session),
        Object.keys(rest),
      ].join('\n')
      res.json({ session: req.session })
    })
    const server = createServer((request, response) => void app(request, response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const first = await ask(base, {})
    const token = tokenIn(first)
    const second = await ask(base, { headers: { cookie: `${COOKIE}=${token}` } })
    server.close()
    assertNoneIn(seen + first.body + second.body, secretsOf(token), 'Express')
    assert.ok(!seen.split('\n').at(-1)?.split(',').includes('session'), 'not enumerable on the request')
  })
})

/** Every route and every kind of end, with a browser that renews, a thief, forgeries and failures. */
async function everyFlow(probe: Probe, tokens: Set<string>): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  const note = (answer: Answer): Answer => {
    answers.push(answer)
    const token = tokenIn(answer)
    if (token !== '') tokens.add(token)
    return answer
  }
  const browsers: readonly Browser[] = [probe.browser(), probe.browser(), probe.browser(), probe.browser()]
  const [, owner, , phone] = browsers // The first is evicted by the fourth login.
  assert.ok(owner && phone)
  note(await owner.post('/write', { k: 'basket', v: ['book'] }))
  for (const browser of browsers) {
    probe.clock.advance(1)
    note(await browser.post('/login', { subject: 'owner' }))
  }
  for (const path of [
    '/open',
    '/read',
    '/me',
    '/session',
    '/sessions',
    '/cached',
    '/stream',
    '/nowhere',
    '/cached?do=GET /me',
  ]) {
    note(await phone.get(path))
  }
  for (const path of [
    '/write',
    '/increment',
    '/take',
    '/boom',
    '/reauth',
    '/elevate',
    '/password',
    '/logout-others',
    '/then',
  ]) {
    note(await phone.post(path))
  }
  note(await phone.post('/write', { k: 'date', v: 'x'.repeat(70_000) }))
  note(await phone.post('/login', {}))
  const thief = phone.copy()
  probe.clock.advance(600)
  note(await phone.get('/me'))
  note(await phone.get('/me'))
  probe.clock.advance(61)
  note(await thief.get('/me'))
  note(await thief.get('/me', { 'sec-fetch-mode': 'navigate' }))
  note(await phone.get('/me'))
  note(await phone.post('/write'))
  note(await tampered(probe))
  for (const token of tokens) {
    for (const cookie of [
      `${COOKIE}=${token.slice(0, -1)}`,
      `${COOKIE}="${token}"`,
      [...tokens].map((each) => `${COOKIE}=${each}`).join('; '),
    ]) {
      note(await ask(`${probe.base}/session`, { headers: { cookie } }))
    }
  }
  note(await owner.post('/login', { subject: 'other' }))
  note(await owner.post('/sessions/revoke', { id: 'no such id' }))
  probe.watched.fail('find', 'update', 'delete', 'replace', 'create', 'touch')
  for (const path of ['/write', '/logout', '/elevate', '/take']) note(await owner.post(path))
  note(await probe.browser().post('/write'))
  probe.watched.heal()
  note(await owner.post('/admin/revoke-user', { subject: 'other' }))
  note(await owner.post('/write'))
  return answers
}

/** Somebody writes to the table; the refusal is reported. */
async function tampered(probe: Probe): Promise<Answer> {
  const victim = probe.browser()
  await victim.post('/login', { subject: 'tampered' })
  const database = openFile(probe.path)
  database.exec("UPDATE holdfast_sessions SET idle_seconds = 9, revision = revision + 1 WHERE subject = 'tampered'")
  database.close()
  await victim.post('/write')
  return victim.get('/me')
}

function tokenIn({ setCookies }: Answer): string {
  return setCookies.map((line) => String(/=([^;]*)/.exec(line)?.[1])).find((value) => value !== '') ?? ''
}

/** The whole token, and every stretch of its secret and seal that could serve anybody. */
function secretsOf(token: string): string[] {
  const bytes = Buffer.from(token, 'base64url')
  const [secret, seal] = [bytes.subarray(20, 52), bytes.subarray(52)]
  return [token, token.slice(28), ...spellings(secret), ...spellings(secret.subarray(0, 16)), ...spellings(seal)]
}

function spellings(secret: string | Buffer): string[] {
  const bytes = Buffer.from(secret)
  return [
    bytes.toString('latin1'),
    bytes.toString('base64url').slice(0, -1),
    bytes.toString('base64').replace(/.=*$/, ''),
    bytes.toString('hex'),
    // As `inspect` and JSON print a Buffer.
    bytes.toString('hex').replaceAll(/..(?=.)/g, '$& '),
    bytes.join(','),
  ]
}

function assertNoneIn(output: string | Buffer, secrets: readonly string[], name: string): void {
  const text = typeof output === 'string' ? output : output.toString('latin1')
  for (const secret of secrets) assert.ok(!text.includes(secret), `${name} shows a secret`)
}

function dump(value: unknown): string {
  return [
    inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null }),
    JSON.stringify(value),
  ].join('\n')
}

/** The database with its journal, as bytes. */
function filesBeside(path: string): [string, Buffer][] {
  return readdirSync(dirname(path)).map((name) => [name, readFileSync(join(dirname(path), name))])
}

type Write = (chunk: string | Uint8Array) => boolean

/** What the process prints, passed on all the same: the test runner reports on stdout too. */
function captureConsole() {
  const printed: string[] = []
  const streams = [process.stdout, process.stderr].map((stream) => ({
    stream,
    write: Reflect.get(stream, 'write') as Write,
  }))
  for (const { stream, write } of streams) {
    stream.write = (chunk: string | Uint8Array): boolean => {
      printed.push(Buffer.from(chunk).toString('latin1'))
      return Reflect.apply(write, stream, [chunk]) === true
    }
  }
  return {
    release() {
      for (const { stream, write } of streams) stream.write = write
      return printed.join('')
    },
  }
}
