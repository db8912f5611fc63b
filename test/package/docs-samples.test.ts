import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { request, type IncomingMessage, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import express, { type RequestHandler } from 'express'
import { expressSessions } from '../../src/adapters/express.ts'
import { createSessions, db, memoryStore, type Sessions } from '../../src/index.ts'
import { samplesOf, writeSample } from '../support/code-samples.ts'
import { startProgram } from '../support/program.ts'
import { serve } from '../support/serve.ts'

// Every sample of these pages is a whole program. It compiles, and it runs; those that serve are visited.
const root = join(import.meta.dirname, '../..')
/** Their samples are tested beside what they are about. */
const TESTED_ELSEWHERE = ['docs/django.md']
const PAGES = ['SECURITY.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root })].filter(
  (page) => !TESTED_ELSEWHERE.includes(page),
)
const SAMPLES = PAGES.flatMap((page) =>
  samplesOf(page).map((code, index) => ({ page, name: `${page.replaceAll(/\W/g, '-')}-${index}`, code })),
)
const KEY = 'only for this test: 0123456789 abcdef ghijkl'
const SECRETS = { SESSION_KEY: KEY, OLD_SESSION_KEY: `${KEY} of old`, SESSION_SECRET: 'a secret of the old kind' }

const MY_STORE = `
import { toyStore, type ToyStoreOptions } from '../../examples/toy-store/src/toy-store.ts'
let files = 0
export const myStore = (options: ToyStoreOptions) => toyStore(\`my-store-\${files++}.json\`, options)
`

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-docs-'))
const home = process.cwd()
before(() => {
  process.chdir(folder) // Where their files go.
  Object.assign(process.env, SECRETS)
  // What the reader writes.
  writeSample('my-store', MY_STORE)
  writeSample('my-cache', "export { memoryCache as myCache } from 'holdfast'\n")
})
after(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
})

describe('samples compile', () => {
  for (const page of new Set(SAMPLES.map((sample) => sample.page))) {
    test(page, async () => {
      const files = SAMPLES.filter((sample) => sample.page === page).map(({ name, code }) => writeSample(name, code))
      const config = join(root, `test-results/samples/tsconfig.${page.replaceAll(/\W/g, '-')}.json`)
      writeFileSync(config, JSON.stringify({ extends: '../../tsconfig.json', include: [], exclude: [], files }))
      await assert.doesNotReject(run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config]))
    })
  }
})

describe('samples run', () => {
  for (const { name, page, code } of SAMPLES.filter((sample) => !/\b(?:listen|serve)\(\{? *\w/.test(sample.code))) {
    test(`${page}: ${code.split('\n').find((line) => line !== '' && !line.startsWith('import')) ?? name}`, async () => {
      // By itself, also when it is a test.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      const args = ['--conditions=holdfast-source', writeSample(name, code)]
      const { stdout } = await run(process.execPath, args, { cwd: folder, env })
      const said = /^console\.log\(.*\) \/\/ (.*)$/m.exec(code)?.[1]
      if (said !== undefined) assert.equal(stdout.trim(), said)
    })
  }
})

test('docs/errors.md: who is not fresh is asked for the password', async (t) => {
  const code = SAMPLES.find((sample) => sample.code.includes('askForPassword'))?.code
  const { app, sessions } = await load<Site>('errors-application', `${code}\nexport { app, sessions }\n`)
  t.after(() => sessions.close())
  const browser = await serve(app)
  const { status, headers } = await browser.post('/account/delete')
  assert.deepEqual([status, headers.location], [303, '/password'])
})

test('docs/errors.md: a commit that fails says what happened below 500 and not how to mend it, and with nothing from 500 on', async (t) => {
  const failing = { ...memoryStore(), create: () => Promise.reject(new Error('secret of the disk')) }
  for (const [store, status, body] of [
    [memoryStore(), 413, /^The session data is too large or too deep\.$/],
    [failing, 500, /^The session could not be loaded or saved\.$/],
  ] as const) {
    const sessions = createSessions({ keys: [KEY], engine: db(store), limits: { bytes: 100 } })
    t.after(() => sessions.close())
    const failed: unknown[] = []
    sessions.on('commit-failed', ({ error }) => failed.push(error))
    const app = express().use(expressSessions(sessions))
    app.get('/', (req, res) => {
      req.session.set('text', 'x'.repeat(store === failing ? 1 : 200))
      res.send('saved')
    })
    const answer = await (await serve(app)).get('/')
    assert.equal(answer.status, status)
    assert.match(answer.body.trim(), body)
    assert.equal(failed.length, 1)
  }
})

describe('docs/adapters.md', () => {
  const samples = samplesOf('docs/adapters.md')
  const counting = samples.filter((code) => code.includes('Visit'))

  for (const code of counting) {
    const entry = /'holdfast\/(\w+)'/.exec(code)?.[1] ?? ''
    test(`the application with holdfast/${entry} counts`, { timeout: 30_000 }, async (t) => {
      const name = `adapters-${entry}`
      if (entry === 'fetch') {
        const { GET } = await load<{ GET: (request: Request) => Promise<Response> }>(name, code)
        const first = await GET(new Request('http://localhost/'))
        assert.equal(await first.text(), 'Visit 1')
        const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? ''
        assert.equal(await (await GET(new Request('http://localhost/', { headers: { cookie } }))).text(), 'Visit 2')
        return
      }
      const { visit } = await startProgram(writeSample(name, code), SECRETS, t)
      assert.equal(await visit('GET', '/'), 'Visit 1')
      assert.equal(await visit('GET', '/'), 'Visit 2')
    })
  }

  test('shows every adapter', () => assert.equal(counting.length, 6))

  test('an upgrade without a session is refused', { timeout: 30_000 }, async (t) => {
    const upgrading = samples.find((code) => code.includes("'upgrade'")) ?? ''
    const { origin } = await startProgram(writeSample('adapters-upgrade', upgrading), SECRETS, t)
    const asking = request(origin, { headers: { connection: 'upgrade', upgrade: 'websocket' } }).end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    assert.equal(response.statusCode, 401)
    response.resume()
  })
})

describe('docs/express-session.md', () => {
  const [old = ''] = samplesOf('docs/express-session.md', 'js')
  const [ours = '', carrying = ''] = samplesOf('docs/express-session.md')
  const served = (code: string): string => `${code.replace(/^app\.listen\(.*$/m, '')}\nexport { app }\n`

  for (const [title, code] of Object.entries({ before: served(old), after: `${served(ours)}export { sessions }\n` })) {
    test(`the application ${title} counts, signs in, and signs out`, async (t) => {
      const { app, sessions } = await load<Partial<Site>>(`express-session-${title}`, code)
      t.after(() => sessions?.close())
      assert.ok(app)
      const browser = await serve(app)
      assert.equal((await browser.get('/')).body, 'Visit 1 of somebody')
      assert.equal((await browser.get('/')).body, 'Visit 2 of somebody')
      assert.equal((await browser.post('/login')).status, 303)
      assert.equal((await browser.get('/')).body, 'Visit 3 of ada')
      assert.equal((await browser.post('/logout')).status, 303)
      assert.equal((await browser.get('/')).body, 'Visit 1 of somebody')
    })
  }

  test('who is signed in there is signed in here, once', async (t) => {
    const { carryOver } = await load<{ carryOver: CarryOver }>('express-session-carrying', carrying)
    const theirs = createRequire(import.meta.url)('express-session') as ExpressSession
    const store = new theirs.MemoryStore()
    const secret = 'a secret of the old kind'
    const previous = express().use(theirs({ store, secret, resave: false, saveUninitialized: false }))
    previous.post('/login', (req, res) => {
      Object.assign(req.session, { userId: 'ada' })
      res.end()
    })
    const sessions = createSessions({ keys: [KEY], engine: db(memoryStore()) })
    t.after(() => sessions.close())
    const present = express().use(expressSessions(sessions), carryOver(store, secret))
    present.get('/', (req, res) => void res.send(req.session.subject ?? 'somebody'))

    const person = await serve(previous)
    await person.post('/login')
    const [name, value = ''] = [...person.jar][0] ?? []
    assert.equal(name, 'connect.sid')

    const browser = await serve(present)
    browser.jar.set('connect.sid', `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`)
    assert.equal((await browser.get('/')).body, 'somebody', 'a signature that is not right')
    browser.jar.set('connect.sid', value)
    const { body, setCookies } = await browser.get('/')
    assert.equal(body, 'ada')
    assert.ok(setCookies.some((line) => /^connect\.sid=;.*1970/.test(line)))
    assert.equal((await browser.get('/')).body, 'ada')

    const thief = await serve(present)
    thief.jar.set('connect.sid', value)
    assert.equal((await thief.get('/')).body, 'somebody', 'the old cookie is good for once')
  })
})

interface Site {
  readonly app: RequestListener
  readonly sessions: Sessions
}

/** Without its types: they describe `request.session` too. */
interface ExpressSession {
  (options: object): RequestHandler
  readonly MemoryStore: new () => object
}
type CarryOver = (store: object, secret: string) => RequestHandler

async function load<Exports>(name: string, code: string): Promise<Exports> {
  return (await import(writeSample(name, code))) as Exports
}
