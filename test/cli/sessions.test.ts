import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { cachedDb, createSessions, db, memoryCache, sqliteStore, type SessionStore } from '../../src/index.ts'
import { newRecord } from '../../src/testing/records.ts'
import { createVisitor } from '../support/visitor.ts'
import { configOf, KEY, makeProject, type Project } from './project.ts'

const ENGINE = "cachedDb(sqliteStore('sessions.sqlite'), memoryCache())"

describe('the configuration', () => {
  for (const [what, file, text] of [
    ['in TypeScript', 'holdfast.config.ts', `${configOf(ENGINE)}\nconst typed: number = 1`],
    ['in JavaScript', 'holdfast.config.js', configOf(ENGINE)],
    ['in an .mjs', 'holdfast.config.mjs', configOf(ENGINE)],
    ['that is a function', 'holdfast.config.ts', configOf(ENGINE).replace('default', 'default () =>')],
    ['that is an async function', 'holdfast.config.ts', configOf(ENGINE).replace('default', 'default async () =>')],
    [
      'with the settings of Django',
      'holdfast.config.ts',
      `import { sqliteStore } from 'holdfast'
       import { sessionsFromSettings } from 'holdfast/django'
       export default sessionsFromSettings({ SECRET_KEY: '${KEY}' }, { store: sqliteStore('sessions.sqlite') })`,
    ],
    ['that leaves something open', 'holdfast.config.ts', `${configOf(ENGINE)}\nsetInterval(() => {}, 1000)`],
  ] as const) {
    test(`${what} is found from a folder below, and means the files beside it`, async () => {
      const project = makeProject()
      project.write(file, text)
      mkdirSync(join(project.folder, 'src/deep'), { recursive: true })
      await signIn(project, 'ada')
      const { stdout, stderr, status } = project.holdfast(['list', '--subject', 'ada'], 'src/deep')
      assert.ok(stdout.endsWith('\nada has 1 session.\n'), stdout)
      assert.deepEqual([stderr, status], ['', 0])
      assert.equal(existsSync(join(project.folder, 'src/deep/sessions.sqlite')), false)
    })
  }

  test('that is nearer is taken', () => {
    const project = makeProject()
    project.write('holdfast.config.ts', 'throw new Error("the one above")')
    mkdirSync(join(project.folder, 'near'))
    project.write('near/holdfast.config.js', 'throw new Error("the near one")')
    assert.match(project.holdfast(['clear-expired'], 'near').stderr, /near one/)
  })

  for (const [what, text, problem] of [
    ['exports nothing', '', 'the default export of holdfast.config.ts must be what createSessions() answered'],
    ['exports something else', 'export default { list() {} }', 'the default export of holdfast.config.ts must be'],
    ['throws', 'throw new Error("no DATABASE_URL")', 'holdfast.config.ts cannot be loaded: no DATABASE_URL\n'],
    ['throws no error', 'throw "text"', 'holdfast.config.ts cannot be loaded: text\n'],
    ['rejects', 'export default async () => { throw new Error("x") }', 'holdfast.config.ts cannot be loaded: x\n'],
    ['cannot be read', 'export default (', 'holdfast.config.ts cannot be loaded: '],
    [
      'has no key',
      configOf(ENGINE).replace(/keys: .*\],/, 'keys: [],'),
      'holdfast.config.ts cannot be loaded: The keys',
    ],
    [
      'prints what a terminal would obey',
      'throw new Error("\\x1b[2J")',
      'holdfast.config.ts cannot be loaded: \\u{1b}[2J\n',
    ],
  ] as const) {
    test(`that ${what} is told so, with exit code 2`, () => {
      const project = makeProject()
      project.write('holdfast.config.ts', text)
      const { stdout, stderr, status } = project.holdfast(['list', '--subject', 'ada'])
      assert.ok(stderr.startsWith(`holdfast: ${problem}`), stderr)
      assert.deepEqual([stdout, status], ['', 2])
    })
  }
})

describe('what cannot be done is told on stderr, with exit code 2', () => {
  const project = makeProject()
  const URLS = '--url takes sqlite:PATH, postgres://… or mysql://…'
  for (const [args, problem] of [
    [['list'], '--subject is missing'],
    [['list', '--subject='], '--subject is missing'],
    [['list', '--subject', 'a', '--subject', 'b'], '--subject is there more than once'],
    [['list', '--subject', 'a', '--url', 'x', '--url', 'y'], '--url is there more than once'],
    [['list', '--subjct', 'a'], 'there is no option --subjct; did you mean --subject?'],
    [['clear-expierd'], "there is no command 'clear-expierd'; did you mean clear-expired?"],
    [['revoke'], 'the id of a session is missing'],
    [['revoke', '--all'], '--subject is missing'],
    [['revoke', 'some-id', '--all', '--subject', 'a'], "'some-id' is one argument too many"],
    [['migrate', '--dry-run=no'], '--dry-run takes no value'],
    [['list', '--subject', 'a', '--url', 'redis://localhost'], URLS],
    [['list', '--subject', 'a', '--url', 'sessions.sqlite'], URLS],
    [['list', '--subject', 'a', '--url', 'sqlite:'], '--url sqlite: needs the path of a file'],
    [['list', '--subject', 'a', '--url', 'sqlite:none'], 'there is no file none; holdfast migrate makes it'],
    [['migrate', '--url', 'sqlite:package.json'], 'package.json cannot be opened: file is not a database'],
    [['migrate', '--dry-run', '--url', 'sqlite:package.json'], 'package.json cannot be opened: file is not a database'],
    [
      ['migrate', '--url', 'postgres://me:secret@h:port/db'],
      '--url cannot be read; special characters in a password are written as %40',
    ],
    [
      ['migrate', '--url', 'postgres://localhost/db'],
      'this needs the package pg, which is not installed here: npm install pg',
    ],
    [
      ['migrate', '--url', 'mysql://localhost/db'],
      'this needs the package mysql2, which is not installed here: npm install mysql2',
    ],
  ] as const) {
    test(args.join(' '), () => {
      const answer = project.holdfast(args)
      assert.deepEqual(answer, { stdout: '', stderr: `holdfast: ${problem}\n`, status: 2 })
    })
  }

  test('a server that does not answer, and its password is not told', () => {
    const { folder, holdfast } = makeProject(['pg', 'mysql2'])
    for (const scheme of ['postgres', 'mysql']) {
      const { stdout, stderr, status } = holdfast(['clear-expired', '--url', `${scheme}://me:secret@127.0.0.1:1/db`])
      assert.match(stderr, /^holdfast: The session store failed: .*\n {2}connect ECONNREFUSED 127\.0\.0\.1:1\n$/)
      assert.deepEqual([stdout, status], ['', 2], folder)
    }
  })
})

describe('revoke', () => {
  test('takes an id that begins with a hyphen', async () => {
    const project = makeProject()
    const store = openStore(project)
    const record = newRecord(Date.now(), { id: `-${'b'.repeat(21)}`, subject: 'ada' })
    await store.create(record)
    const { stdout } = project.holdfast(['revoke', record.id, '--subject', 'ada', '--url', 'sqlite:sessions.sqlite'])
    assert.equal(stdout, `Revoked ${record.id}.\n`)
    assert.equal(await store.find(record.id), undefined)
  })

  test('does not repeat what may be a token', () => {
    const token = 'T'.repeat(91)
    for (const args of [[token], [token, '--subject', 'ada'], [token, '--json']]) {
      const { stdout, stderr, status } = makeProject().holdfast(['revoke', ...args])
      assert.equal(stderr, 'holdfast: this is too long for an id. If it is a token, it is a secret\n')
      assert.deepEqual([stdout, status], ['', 2])
    }
  })

  test('ends the session that a login has just put in the place of the one that is named', async () => {
    const project = makeProject()
    project.write('holdfast.config.ts', configOf(ENGINE))
    const sessions = createSessions({ keys: [KEY], engine: db(openStore(project)) })
    const visitor = createVisitor()
    await visitor.visit(sessions, (session) => session.login('ada'))
    const [before] = await sessions.list('ada')
    await visitor.visit(sessions, (session) => session.cycleKey())
    assert.equal(project.holdfast(['revoke', before?.id ?? '']).status, 0)
    assert.deepEqual(await sessions.list('ada'), [])
  })

  for (const where of [[], ['--url', 'sqlite:sessions.sqlite']]) {
    test(`${where.join(' ')} reaches an application that runs, and what it has in its own cache`, async () => {
      const project = makeProject()
      project.write('holdfast.config.ts', configOf(ENGINE))
      const sessions = createSessions({ keys: [KEY], engine: cachedDb(openStore(project), memoryCache()) })
      const visitor = createVisitor()
      await visitor.visit(sessions, (session) => session.login('ada'))
      assert.equal(await visitor.visit(sessions, ({ subject }) => subject), 'ada')
      assert.equal(project.holdfast(['revoke', '--all', '--subject', 'ada', ...where]).status, 0)
      assert.equal(await visitor.visit(sessions, ({ subject }) => subject), null)
    })
  }

  test('says what sessions in their cookies allow', () => {
    const project = makeProject()
    project.write('holdfast.config.ts', configOf("signedCookies({ endings: sqliteStore('endings.sqlite') })"))
    const refused = project.holdfast(['list', '--subject', 'ada'])
    assert.match(refused.stderr, /^holdfast: The engine cannot do this.* list\(\)/)
    assert.deepEqual([refused.stdout, refused.status], ['', 2])
    const all = project.holdfast(['revoke', '--all', '--subject', 'ada'])
    assert.deepEqual(all, { stdout: 'Signed ada out everywhere.\n', stderr: '', status: 0 })
    const json = project.holdfast(['revoke', '--all', '--subject', 'ada', '--json'])
    assert.deepEqual(JSON.parse(json.stdout), { revoked: null, propagated: true })
    assert.equal(project.holdfast(['revoke', 'some-id', '--subject', 'ada']).stdout, 'Revoked some-id.\n')
  })
})

test('nothing that a session holds is printed, and nothing that a terminal would obey', async () => {
  const project = makeProject()
  const store = openStore(project)
  const id = `\u001b[2J\u009b\u202e\u{e0001}${'a'.repeat(10)}`
  await store.create(newRecord(Date.now(), { id, subject: 'ada', data: '{"a":"precious"}', security: '"verifier"' }))
  const where = ['--url', 'sqlite:sessions.sqlite']
  for (const args of [[], ['--json']]) {
    const { stdout } = project.holdfast(['list', '--subject', 'ada', ...args, ...where])
    assert.ok(stdout.includes('aaaaaaaaaa'))
    assert.doesNotMatch(stdout, /precious|verifier/)
    assert.doesNotMatch(stdout, /[^\P{C}\n]/u)
    if (args.length > 0) assert.equal((JSON.parse(stdout) as { sessions: { id: string }[] }).sessions[0]?.id, id)
  }
  const { stdout } = project.holdfast(['list', '--subject', '\u001b[2J', ...where])
  assert.equal(stdout, '\\u{1b}[2J has 0 sessions.\n')
})

test('a dry run makes no file', () => {
  const project = makeProject()
  const { stdout } = project.holdfast(['migrate', '--dry-run', '--url', 'sqlite:new.sqlite'])
  assert.ok(
    stdout.endsWith(readFileSync(join(import.meta.dirname, '../../migrations/sqlite/0001_sessions.sql'), 'utf8')),
  )
  assert.equal(existsSync(join(project.folder, 'new.sqlite')), false)
})

function openStore({ folder }: Project): SessionStore {
  const store = sqliteStore(join(folder, 'sessions.sqlite'))
  after(() => store.close?.())
  return store
}

async function signIn(project: Project, subject: string): Promise<void> {
  const sessions = createSessions({ keys: [KEY], engine: db(openStore(project)) })
  await createVisitor().visit(sessions, (session) => session.login(subject))
}
