import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  createSessions,
  db,
  mysqlStore,
  postgresStore,
  sqliteStore,
  type Sessions,
  type SessionStore,
} from '../../src/index.ts'
import { newId, newRecord, parallel } from '../../src/testing/records.ts'
import { NO_MYSQL, openPool as openMysql, useMysql } from '../support/mysql.ts'
import { NO_POSTGRES, openPool as openPostgres, usePostgres, withOptions } from '../support/postgres.ts'
import { createVisitor } from '../support/visitor.ts'
import { configOf, ENV, KEY, makeProject, type Project } from './project.ts'

const root = join(import.meta.dirname, '../..')
const postgres = await usePostgres()
const mysql = await useMysql()

/** An empty place for sessions, on a real server or in a file. */
interface Empty {
  readonly project: Project
  readonly url: string
  readonly store: () => SessionStore
  /** As its last statement after `holdfast migrate`: what only a newer Holdfast understands. */
  readonly makeNewer: () => Promise<unknown>
}

databaseTests('sqlite', async () => {
  const project = makeProject()
  const file = join(project.folder, 'sessions.sqlite')
  const store = (): SessionStore => {
    const opened = sqliteStore(file)
    after(() => opened.close?.())
    return opened
  }
  project.write('holdfast.config.ts', configOf("cachedDb(sqliteStore('sessions.sqlite'), memoryCache())"))
  return {
    project,
    url: `sqlite:${file}`,
    store,
    async makeNewer() {
      const database = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(file)
      database.exec('PRAGMA user_version = 3')
      database.close()
    },
  }
})

if (postgres === undefined) test('the commands on PostgreSQL', { skip: NO_POSTGRES })
else {
  databaseTests('postgres', async () => {
    const project = makeProject(['pg'])
    const schema = `holdfast_test_${newId().toLowerCase().replaceAll('-', '_')}`
    await postgres.pool.query(`CREATE SCHEMA ${schema}`)
    const url = withOptions(postgres.url, `-c search_path=${schema}`)
    const pool = openPostgres(url)
    after(() => pool.end())
    const engine = `db(postgresStore(new pg.Pool({ connectionString: ${JSON.stringify(url)} })))`
    project.write('holdfast.config.ts', configOf(engine, "import pg from 'pg'"))
    const makeNewer = () => pool.query('INSERT INTO holdfast_schema (version, breaking) VALUES (3, true)')
    return { project, url, store: () => postgresStore(pool), makeNewer }
  })
}

if (mysql === undefined) test('the commands on MariaDB', { skip: NO_MYSQL })
else {
  databaseTests('mysql', async () => {
    const project = makeProject(['mysql2'])
    const name = `holdfast_test_${newId().toLowerCase().replaceAll('-', '_')}`
    await mysql.pool.query(`CREATE DATABASE ${name}`)
    const url = Object.assign(new URL(mysql.url), { pathname: name }).href
    const pool = openMysql(url)
    after(async () => {
      await pool.query(`DROP DATABASE ${name}`)
      await pool.end()
    })
    const engine = `db(mysqlStore(createPool(${JSON.stringify(url)})))`
    project.write('holdfast.config.ts', configOf(engine, "import { createPool } from 'mysql2/promise'"))
    const makeNewer = () => pool.query('INSERT INTO holdfast_schema (version, breaking) VALUES (3, TRUE)')
    return { project, url, store: () => mysqlStore(pool), makeNewer }
  })
}

function databaseTests(database: string, open: () => Promise<Empty>): void {
  describe(`the commands on ${database}`, () => {
    test('migrate --dry-run prints the SQL that migrate applies, once', async () => {
      const { project, url } = await open()
      const early = project.holdfast(['list', '--subject', 'ada', '--url', url])
      assert.match(
        early.stderr,
        database === 'sqlite' ? /there is no file .*migrate/ : /missing in .*npx holdfast migrate/,
      )
      assert.equal(early.status, 2)
      const sql = readFileSync(join(root, `migrations/${database}/0001_sessions.sql`), 'utf8')
      const dry = project.holdfast(['migrate', '--dry-run', '--url', url])
      assert.deepEqual(dry, { stdout: `-- 0001_sessions.sql\n${sql}`, stderr: '', status: 0 })
      const { migrations } = JSON.parse(project.holdfast(['migrate', '--dry-run', '--json', '--url', url]).stdout)
      assert.deepEqual(migrations, [{ name: '0001_sessions.sql', sql }])

      const applied = project.holdfast(['migrate', '--url', url])
      assert.deepEqual(applied, { stdout: 'Applied 0001_sessions.sql.\n', stderr: '', status: 0 })
      for (const where of [['--url', url], []]) {
        assert.equal(project.holdfast(['migrate', ...where]).stdout, 'The tables are up to date.\n')
        assert.equal(project.holdfast(['migrate', '--dry-run', ...where]).stdout, '-- Nothing to do.\n')
      }
    })

    test('tables that a newer Holdfast made are refused, with exit code 1, and left as they are', async () => {
      const { project, url, makeNewer } = await open()
      project.holdfast(['migrate', '--url', url])
      await makeNewer()
      for (const command of [['migrate'], ['migrate', '--dry-run'], ['list', '--subject', 'ada']]) {
        for (const where of [['--url', url], []]) {
          const { stdout, stderr, status } = project.holdfast([...command, ...where])
          assert.match(
            stderr,
            /^holdfast: The store was made by a newer Holdfast.* schema 3, this one knows 1\. Update/,
          )
          assert.deepEqual([stdout, status], ['', 1], command.join(' '))
        }
      }
    })

    test('list and revoke by the configuration', async () => {
      const { project, url, store } = await open()
      project.holdfast(['migrate', '--url', url])
      const sessions = createSessions({ keys: [KEY], engine: db(store()) })
      const ids = await signIn(sessions, 3)

      const { stdout, stderr, status } = project.holdfast(['list', '--subject', 'ada'])
      assert.match(stdout, /^ID {22}CREATED {12}LAST SEEN {10}EXPIRES {12}DEVICE\n/)
      assert.ok(stdout.endsWith('\n\nada has 3 sessions.\n'), stdout)
      assert.equal(stdout.match(/^[\w-]{22}(?: {2}\d{4}-\d\d-\d\d \d\d:\d\dZ){3} {2}Unknown device$/gm)?.length, 3)
      assert.deepEqual([stderr, status], ['', 0])
      assert.deepEqual(listed(project, []), { ids, devices: Array(3).fill('Unknown device') })

      const notTheirs = project.holdfast(['revoke', `${ids[0]}`, '--subject', 'bob'])
      assert.deepEqual(notTheirs, { stdout: `There is no session ${ids[0]} of bob.\n`, stderr: '', status: 1 })
      const theirs = project.holdfast(['revoke', `${ids[0]}`, '--subject', 'ada'])
      assert.deepEqual(theirs, { stdout: `Revoked ${ids[0]}.\n`, stderr: '', status: 0 })
      const again = project.holdfast(['revoke', `${ids[0]}`, '--json'])
      assert.deepEqual([JSON.parse(again.stdout), again.status], [{ revoked: false, propagated: true }, 1])
      const all = project.holdfast(['revoke', '--all', '--subject', 'ada'])
      assert.deepEqual(all, { stdout: 'Signed ada out everywhere: 2 sessions.\n', stderr: '', status: 0 })
      assert.deepEqual(await sessions.list('ada'), [])
      assert.equal(await sessions.epoch('ada'), 1)
    })

    test('list and revoke by --url, with no device, and a word about caches', async () => {
      const { project, url, store } = await open()
      project.holdfast(['migrate', '--url', url])
      const sessions = createSessions({ keys: [KEY], engine: db(store()) })
      const ids = await signIn(sessions, 3)

      assert.match(project.holdfast(['list', '--subject', 'ada', '--url', url]).stdout, /EXPIRES\n/)
      assert.deepEqual(listed(project, ['--url', url]), { ids, devices: [null, null, null] })
      const one = project.holdfast(['revoke', `${ids[0]}`, '--url', url])
      assert.equal(one.stderr.trim(), `holdfast: ${CACHES}`)
      assert.deepEqual([one.stdout, one.status], [`Revoked ${ids[0]}.\n`, 0])
      const all = project.holdfast(['revoke', '--all', '--subject', 'ada', '--url', url, '--json'])
      assert.equal(all.stderr.trim(), `holdfast: ${CACHES}`)
      assert.deepEqual([JSON.parse(all.stdout), all.status], [{ revoked: 2, propagated: false }, 0])
      assert.deepEqual(await sessions.list('ada'), [])
    })

    test('clear-expired in three processes at once deletes each session once, and none that lives', async () => {
      const { project, url, store } = await open()
      project.holdfast(['migrate', '--url', url])
      const [old, now] = [Date.now() - 2 * 60 * 60 * 1000, Date.now()]
      const filled = store()
      await parallel(1700, () => filled.create(newRecord(old)))
      const living = newRecord(now, { subject: 'ada' })
      await filled.create(living)
      const cleared = await Promise.all(
        [['--url', url], ['--url', url], []].map((where) => start(project, ['clear-expired', '--json', ...where])),
      )
      const counts = cleared.map((text) => (JSON.parse(text) as { cleared: number }).cleared)
      assert.equal(
        counts.reduce((sum, count) => sum + count),
        1700,
      )
      assert.equal(project.holdfast(['clear-expired']).stdout, 'Cleared 0 sessions.\n')
      assert.deepEqual(await filled.find(living.id), living)
    })
  })
}

const CACHES =
  'by --url no cache can be told. Where the application has a shared one, a copy may be accepted for 60 s more'

async function signIn(sessions: Sessions, times: number): Promise<string[]> {
  for (let time = 0; time < times; time++) await createVisitor().visit(sessions, (session) => session.login('ada'))
  return (await sessions.list('ada')).map(({ id }) => id)
}

function listed(project: Project, where: readonly string[]) {
  const { stdout } = project.holdfast(['list', '--subject', 'ada', '--json', ...where])
  const { sessions } = JSON.parse(stdout) as { sessions: { id: string; device: string | null }[] }
  return { ids: sessions.map(({ id }) => id), devices: sessions.map(({ device }) => device) }
}

/** Like `project.holdfast`, but others may run meanwhile. Answers what it printed. */
async function start({ folder }: Project, args: readonly string[]): Promise<string> {
  const main = join(root, 'src/cli/main.ts')
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, ...ENV },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0)
  return printed
}
