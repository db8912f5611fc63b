import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { printFinding } from '../../src/cli/check/findings.ts'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'
import { NO_REDIS, useRedis } from '../support/redis.ts'
import { configOf, makeProject } from './project.ts'

const FILE = "cachedDb(sqliteStore('sessions.sqlite'), memoryCache())"

describe('holdfast check without a settings.py', () => {
  test('says of each part what it is set to; and exit code 0 when all hold', () => {
    const project = makeProject()
    project.write('holdfast.config.ts', configOf(FILE))
    const { stdout, stderr, status } = project.holdfast(['check'])
    assert.ok(
      stdout.startsWith(`The application: Holdfast

holds        HF101
  The session cookie travels over https only.
  cookie.secure is true.

holds        HF102
`),
      stdout,
    )
    assert.ok(stdout.includes('\nThe store: SQLite\n\nholds        HF110\n'), stdout)
    assert.ok(
      stdout.includes('\nholds        HF601\n  SQLite has on the disk what it has answered.\n  synchronous is FULL.\n'),
    )
    assert.ok(stdout.endsWith('\n13 hold, 0 fail, 0 cannot be told.\n'), stdout)
    assert.deepEqual([stderr, status], ['', 0])
  })

  test('says why something fails and what to do; and exit code 1', () => {
    const project = makeProject()
    project.write('holdfast.config.ts', configOf("db(sqliteStore('sessions.sqlite', { synchronous: 'normal' }))"))
    const { stdout, status } = project.holdfast(['check'])
    assert.ok(
      stdout.includes(`
fails        HF601
  SQLite has on the disk what it has answered.
  synchronous is NORMAL.
  Why: With 'normal' a power cut takes the last moments. Who signed out in them
  is signed in again, until the session ends by itself.
  Fix: sqliteStore(path, { synchronous: 'full' })
`),
      stdout,
    )
    assert.ok(stdout.endsWith('\n12 hold, 1 fail, 0 cannot be told.\n'), stdout)
    assert.equal(status, 1)
    const { ok, findings } = JSON.parse(project.holdfast(['check', '--json']).stdout)
    const [failed] = findings.filter(({ state }: { state: string }) => state !== 'holds')
    assert.deepEqual(
      [ok, failed.role, failed.system, failed.id, failed.state],
      [false, 'store', 'SQLite', 'HF601', 'fails'],
    )
    assert.deepEqual(Object.keys(failed), ['role', 'system', 'id', 'title', 'reason', 'fix', 'state', 'found'])
  })

  test('by --url looks at the store alone, and --set tells what nobody says there', () => {
    const project = makeProject()
    project.holdfast(['migrate', '--url', 'sqlite:sessions.sqlite'])
    const { stdout, status } = project.holdfast(['check', '--url', 'sqlite:sessions.sqlite'])
    assert.ok(stdout.startsWith('The store: SQLite\n'), stdout)
    assert.ok(stdout.includes('\ncannot tell  HF601\n'), stdout)
    assert.ok(
      stdout.endsWith(`
4 hold, 0 fail, 1 cannot be told.
With --set NAME=VALUE you tell what a server does not say.
By --url only the store was looked at: not the application, and not its cache.
`),
      stdout,
    )
    assert.equal(status, 1)
    const told = project.holdfast(['check', '--url', 'sqlite:sessions.sqlite', '--set', 'synchronous=FULL'])
    assert.ok(told.stdout.includes('  synchronous is FULL, passed in.\n'), told.stdout)
    assert.equal(told.status, 0)
  })

  test('--silence shows what fails, and fails no pipeline; what holds says so still', () => {
    const project = makeProject()
    project.write('holdfast.config.ts', configOf("db(sqliteStore('sessions.sqlite', { synchronous: 'normal' }))"))
    const silencing = ['check', '--silence', 'HF601', '--silence', 'HF101']
    const { stdout, status } = project.holdfast(silencing)
    assert.ok(
      stdout.includes(`
silenced     HF601
  SQLite has on the disk what it has answered.
  synchronous is NORMAL.

`),
      stdout,
    )
    assert.ok(stdout.includes('\nholds        HF101\n'), stdout)
    assert.ok(stdout.endsWith('\n12 hold, 0 fail, 0 cannot be told, 1 silenced.\n'), stdout)
    assert.equal(status, 0)
    const { ok, findings } = JSON.parse(project.holdfast([...silencing, '--json']).stdout)
    const silenced = findings.filter(({ state }: { state: string }) => state === 'silenced')
    assert.deepEqual([ok, silenced.map(({ id }: { id: string }) => id)], [true, ['HF601']])
  })

  for (const [args, problem] of [
    [['--silence', 'HF61'], '--silence HF61: there is no such check; did you mean HF601?'],
    [['--set', 'synchronos=FULL'], '--set synchronos: nothing here has it; did you mean synchronous?'],
    [['--set', 'synchronous'], '--set synchronous: = and a value are missing'],
  ] as const) {
    test(`${args.join(' ')} is told what is wrong, with exit code 2`, () => {
      const project = makeProject()
      project.write('holdfast.config.ts', configOf(FILE))
      assert.deepEqual(project.holdfast(['check', ...args]), {
        stdout: '',
        stderr: `holdfast: ${problem}\n`,
        status: 2,
      })
    })
  }

  test('without a configuration, or with a file that is not there, has nothing to check: exit code 2', () => {
    const project = makeProject()
    assert.match(project.holdfast(['check']).stderr, /^holdfast: there is no holdfast\.config\.ts /)
    const none = project.holdfast(['check', '--url', 'sqlite:none.sqlite'])
    assert.deepEqual([none.stdout, none.status], ['', 2])
    assert.match(none.stderr, /^holdfast: there is no file none\.sqlite/)
  })

  test('with a server that is down is no answer: exit code 2, and no stack', () => {
    const project = makeProject(['ioredis', 'pg'])
    const nowhere = 'new Redis({ port: 1, lazyConnect: true, retryStrategy: () => null })'
    const imports = "import { Redis } from 'ioredis'\nimport { redisCache, redisStore } from 'holdfast'"
    for (const [engine, problem] of [
      [
        `cachedDb(sqliteStore('a.sqlite'), redisCache(${nowhere}, { near: false }))`,
        /^holdfast: a server cannot be asked: There is no connection to Redis\n$/,
      ],
      [
        `db(redisStore(${nowhere}))`,
        /^holdfast: The session store failed: Redis .*\n {2}There is no connection to Redis\n$/,
      ],
    ] as const) {
      project.write('holdfast.config.ts', configOf(engine, imports))
      const { stdout, stderr, status } = project.holdfast(['check'])
      assert.match(stderr, problem)
      assert.deepEqual([stdout, status], ['', 2])
    }
  })
})

const [postgres, redis] = [await usePostgres(), await useRedis()]
test(
  'PostgreSQL and Redis are asked, and no password is shown',
  { skip: postgres ? (redis ? false : NO_REDIS) : NO_POSTGRES },
  () => {
    const project = makeProject(['pg', 'redis'])
    const url = Object.assign(new URL(String(postgres?.url)), { password: 'secret-of-postgres' }).href
    project.write(
      'holdfast.config.ts',
      configOf(
        `cachedDb(postgresStore(new pg.Pool({ connectionString: ${JSON.stringify(url)} })), redisCache(client))`,
        `import pg from 'pg'
       import { createClient } from 'redis'
       import { redisCache } from 'holdfast'
       const client = createClient({ url: 'redis://127.0.0.1:${redis}' })
       client.on('error', () => {})
       void client.connect()`,
      ),
    )
    const { stdout, stderr } = project.holdfast(['check'])
    for (const id of ['HF101', 'HF201', 'HF208', 'HF405', 'HF501'])
      assert.match(stdout, new RegExp(`^(?:holds|fails) +${id}$`, 'm'))
    assert.ok(!stdout.includes('secret-of-postgres'))
    assert.equal(stderr, '')
    assert.match(project.holdfast(['check', '--url', url]).stdout, /^The store: PostgreSQL\n\n(?:holds|fails) +HF201\n/)
  },
)

test('a finding fits a narrow terminal, with and without colour', () => {
  const [id, title, reason, fix] = ['HF999', 'This holds', 'Otherwise somebody could do something.', 'on']
  const finding = { id, title, reason, fix, state: 'fails', found: 'it is \u001b[31moff' } as const
  for (const paint of [
    (_: unknown, text: string) => text,
    (_: unknown, text: string) => `\u001b[1m${text}\u001b[22m`,
  ]) {
    let written = ''
    printFinding(finding, 'Fix', { print: (text) => void (written += text), width: 30, paint })
    assert.equal(
      stripVTControlCharacters(written),
      'fails        HF999\n  This holds.\n  it is \\u{1b}[31moff.\n  Why: Otherwise somebody\n  could do something.\n  Fix: on\n\n',
    )
  }
})
