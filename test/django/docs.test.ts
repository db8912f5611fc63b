import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { sessionsFromSettings } from '../../src/django.ts'
import { EXTRAS } from '../../src/django/extras.ts'
import { SETTINGS } from '../../src/django/settings.ts'
import { Session } from '../../src/core/session.ts'
import { memoryStore, type Sessions } from '../../src/index.ts'
import { createBrowser } from '../support/browser.ts'
import { samplesOf, writeSample } from '../support/code-samples.ts'
import { problemWith } from './refusals.ts'
import { SECRET_KEY } from './site.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/django.md'), 'utf8')

/** Django 6.1, as its documentation has them. */
const DJANGO_DEFAULTS: Record<string, string> = {
  SECRET_KEY: 'none',
  SECRET_KEY_FALLBACKS: '[]',
  SESSION_ENGINE: "'django.contrib.sessions.backends.db'",
  SESSION_COOKIE_AGE: '1209600',
  SESSION_COOKIE_NAME: "'sessionid'",
  SESSION_COOKIE_DOMAIN: 'null',
  SESSION_COOKIE_PATH: "'/'",
  SESSION_COOKIE_SECURE: 'false',
  SESSION_COOKIE_HTTPONLY: 'true',
  SESSION_COOKIE_SAMESITE: "'Lax'",
  SESSION_EXPIRE_AT_BROWSER_CLOSE: 'false',
  SESSION_SAVE_EVERY_REQUEST: 'false',
  SESSION_CACHE_ALIAS: "'default'",
  SESSION_FILE_PATH: 'null',
  SESSION_SERIALIZER: "'django.contrib.sessions.serializers.JSONSerializer'",
}

describe('the table of settings', () => {
  const rows = tableUnder('Setting')

  test('lists every setting of the source, and no other', () => {
    assert.deepEqual(
      rows.map(([name]) => name),
      Object.keys(SETTINGS),
    )
  })

  for (const [name = '', meaning, ours, django, why] of rows) {
    test(`is right about ${name}`, () => {
      assert.ok(meaning)
      assert.equal(ours, defaultOf(name))
      assert.equal(django, DJANGO_DEFAULTS[name])
      assert.equal(why !== '', ours !== django, 'a reason, where it is stricter')
    })
  }
})

describe('the table of what is refused', () => {
  for (const [setting = '', instead] of tableUnder('In Django', 'Use here')) {
    test(setting, () => {
      const [, name = '', value = ''] = /^(\w+) = (.+)$/.exec(setting) ?? []
      assert.match(problemWith({ [name]: fromPython(value) }), new RegExp(`^'?${name}\\b`))
      assert.ok(instead)
    })
  }
})

test('the table of extras lists every extra, and no other', () => {
  const names = tableUnder('Extra').map(([name = '']) => name)
  assert.deepEqual(names.toSorted(byName), EXTRAS.toSorted(byName))
})

test('every method or command that stands for one of Django is there', async () => {
  const sessions = sessionsFromSettings({ SECRET_KEY }, { store: memoryStore() })
  const rows = tableUnder('In Django', 'Here')
  assert.ok(rows.length > 10)
  for (const [, here = ''] of rows) {
    const [, command] = /^npx holdfast ([a-z-]+)$/.exec(here) ?? []
    if (command !== undefined) {
      assert.ok(existsSync(new URL(`../../src/cli/commands/${command}.ts`, import.meta.url)), here)
      continue
    }
    const [, owner, method = ''] = /^(?:await )?(sessions?)\.(\w+)\(.*\)$/.exec(here) ?? []
    const found: unknown = Reflect.get(owner === 'sessions' ? sessions : Session.prototype, method)
    assert.equal(typeof found, 'function', here)
  }
  await sessions.close()
})

describe('the samples', () => {
  const [application = '', ...others] = samplesOf('docs/django.md')
  const [password = '', ...alone] = others.toReversed()
  const home = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-docs-'))
  before(() => {
    process.chdir(folder) // Where their SQLite files go.
    writeFileSync('settings.py', "import os\n\nSECRET_KEY = os.environ['SECRET_KEY']\nSESSION_COOKIE_AGE = 60 * 20\n")
    Object.assign(process.env, { SECRET_KEY, OLD_SECRET_KEY: `${SECRET_KEY} of old` })
  })
  after(() => {
    process.chdir(home)
    rmSync(folder, { recursive: true })
  })

  test('compile', () => {
    const files = [application + password, ...alone].map((code, index) => writeSample(`django-${index}`, code))
    const config = join(root, 'test-results/samples/tsconfig.django.json')
    writeFileSync(config, JSON.stringify({ extends: '../../tsconfig.json', include: [], exclude: [], files }))
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'pipe' })
  })

  test('that make sessions make them', async () => {
    const making = alone.filter((code) => code.includes('const sessions ='))
    assert.ok(making.length >= 4)
    for (const [index, code] of making.entries()) {
      const { sessions } = await load<{ sessions: Sessions }>(`django-alone-${index}`, `${code}\nexport { sessions }\n`)
      const answer = await sessions.handle(new Request('https://shop.example/'), async (session) => {
        await session.login('ada')
        return new Response()
      })
      assert.match(answer.headers.get('set-cookie') ?? '', /^__Host-sessionid=.*; HttpOnly; Secure; SameSite=Lax$/)
      await sessions.close()
    }
  })

  test('that parse settings find what they say', async () => {
    const code = alone.find((sample) => sample.includes('parseDjangoSettings(')) ?? ''
    const found = await load<Record<string, unknown>>('django-parsing', `${code}\nexport { age, secure, problems }\n`)
    assert.deepEqual(found['age'], { value: 1200, line: 1 })
    assert.deepEqual(found['secure'], { computed: 'it uses the name true; Python writes True', line: 2 })
    assert.deepEqual(found['problems'], [])
    for (const part of ['value: 1200, line: 1', "computed: 'it uses the name true;"]) assert.ok(code.includes(part))
  })

  test('that check a password print what they say', () => {
    const code = alone.find((sample) => sample.includes('makeDjangoPassword(')) ?? ''
    const said = Array.from(code.matchAll(/^console\.log\(.*\) \/\/ (true|false)/gm), ([, answer]) => answer)
    const program = ['--conditions=holdfast-source', writeSample('django-passwords', code)]
    const printed = execFileSync(process.execPath, program, { encoding: 'utf8' })
    assert.deepEqual(said, ['true', 'false'])
    assert.deepEqual(printed.trim().split('\n'), said)
  })

  test('of the application greet, sign in, and change the password', async () => {
    const code = `${application + password}\nexport { app, sessions }\n`.replace(/^app\.listen\(.*\)$/m, '')
    const { app, sessions } = await load<{ app: RequestListener; sessions: Sessions }>('django-application', code)
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const agent = new Agent()
    const { port } = server.address() as AddressInfo
    const [laptop, phone] = [0, 1].map(() => createBrowser(`http://127.0.0.1:${port}`, agent))
    assert.ok(laptop && phone)

    assert.equal((await laptop.get('/')).body, 'Hello, stranger')
    for (const browser of [laptop, phone]) {
      assert.equal((await browser.post('/login')).status, 302)
      assert.equal((await browser.get('/')).body, 'Hello, ada')
    }
    assert.equal((await laptop.post('/password')).status, 302)
    assert.equal((await laptop.get('/')).body, 'Hello, ada')
    assert.equal((await phone.get('/')).body, 'Hello, stranger')
    assert.equal((await phone.post('/password')).status, 403)

    agent.destroy()
    server.closeAllConnections()
    server.close()
    await sessions.close()
  })
})

/** The rows of the table whose header begins with these cells. A cell that is one piece of code comes without ticks. */
function tableUnder(...header: readonly string[]): string[][] {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => header.every((cell, index) => cellsOf(line)[index] === cell))
  assert.notEqual(start, -1, `a table with ${header.join(', ')}`)
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map(cellsOf)
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'))
}

function defaultOf(name: string): string {
  const setting = Object.entries(SETTINGS).find(([known]) => known === name)?.[1]
  assert.ok(setting)
  if (setting.required === true) return 'none'
  if (setting.default === undefined) return "'__Host-sessionid'" // Chosen by the other settings; see cookie.test.ts.
  return JSON.stringify(setting.default).replaceAll('"', "'")
}

function fromPython(literal: string): unknown {
  const constants: Record<string, unknown> = { True: true, False: false, None: null }
  if (literal in constants) return constants[literal]
  return literal.startsWith("'") ? literal.slice(1, -1) : Number(literal)
}

async function load<Exports>(name: string, code: string): Promise<Exports> {
  return (await import(writeSample(name, code))) as Exports
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1
}
