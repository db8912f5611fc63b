import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { redisCache } from 'holdfast'
import pg from 'pg'
import { createClient } from 'redis'
import { parse } from 'yaml'
import { startPostgres } from '../../../test/support/servers.ts'
import { until } from '../../../test/support/until.ts'
import { readSettings } from '../src/settings.ts'
import { ANN, newCustomer, onAnotherDevice } from './support/people.ts'
import { startProcess } from './support/process.ts'
import { visit } from './support/visitor.ts'

// What compose.yaml says, held against the code; and what its containers do, done here without them: the same role, the
// same Redis, the same migration.
const root = join(import.meta.dirname, '../../..')
const site = join(root, 'examples/site')
const run = promisify(execFile)

interface Service {
  readonly image?: string
  readonly build?: { readonly dockerfile: string }
  readonly environment: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly command?: readonly string[]
  readonly healthcheck?: unknown
}

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml')) as { readonly services: Readonly<Record<string, Service>> }
  const { services } = compose

  test('gives the site what the site reads', () => {
    const { HOST, PORT, SITE_PROCESSES, ...others } = services['site']?.environment ?? {}
    assert.deepEqual(Object.keys(others).toSorted(), ['DATABASE_URL', 'REDIS_URL', 'SESSION_KEY'])
    const settings = readSettings(filled({ HOST, PORT, SITE_PROCESSES, ...others }))
    assert.deepEqual([settings.host, settings.port, settings.processes], ['0.0.0.0', 3000, 4])
    assert.equal(settings.databaseUrl, 'postgres://site:value-of-SITE_PASSWORD@postgres:5432/chandlery')
    assert.equal(settings.redisUrl, 'redis://site:value-of-REDIS_PASSWORD@redis:6379')
    assert.deepEqual(Object.keys(services).toSorted(), ['migrate', 'postgres', 'redis', 'site'])
  })

  test('holds no secret, and does not start without them', () => {
    for (const [name, { environment }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/KEY|PASSWORD|URL/.test(variable)) continue
        const [secret] = value.match(/\$\{\w+(?::\?[^}]+)?\}/) ?? []
        assert.match(String(secret), /:\?/, `${name}: ${variable}`)
      }
    }
  })

  test('can be reached from this machine alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? [])
    assert.deepEqual(ports, ['127.0.0.1:${PORT:-3000}:3000'])
  })

  test('has the versions that are tested', async () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> }
    assert.equal(/^FROM node:([\d.]+)-/.exec(read('examples/site/Dockerfile'))?.[1], devDependencies['node'])
    assert.deepEqual([services['postgres']?.image, services['redis']?.image], ['postgres:15', 'redis:7.0'])
    for (const page of ['docs/stores.md', 'docs/deploying.md']) assert.match(read(page), /PostgreSQL 15/, page)
  })

  test('lets PostgreSQL take all connections of the site', () => {
    const most = Number(/max_connections=(\d+)/.exec(services['postgres']?.command?.join(' ') ?? '')?.[1])
    const poolSize = Number(/POOL_SIZE = (\d+)/.exec(read('examples/site/src/storage/postgres.ts'))?.[1])
    assert.ok(most >= 4 * poolSize + 10, `${most} for 4 processes of ${poolSize}`)
  })

  test('builds an image of all that is needed and nothing that is secret', () => {
    const ignored = read('.dockerignore').split('\n')
    for (const needed of ['package.json', 'package-lock.json', 'tsconfig.json', 'src', 'migrations', 'examples/site']) {
      assert.ok(ignored.includes(`!${needed}`), needed)
    }
    for (const never of ['*', '**/.env', '**/data', '**/node_modules']) assert.ok(ignored.includes(never), never)
  })
})

const postgres = await startPostgres()
const redis = await startDeployedRedis()
const isMissing = postgres === undefined || redis === undefined
if (isMissing && process.env['CI'] !== undefined) throw new Error('PostgreSQL and Redis are needed here')

describe('the deployment', { skip: isMissing && 'skipped: apt-get install postgresql redis-server' }, () => {
  const address = `127.0.0.1:${postgres?.port}/chandlery`
  const ENV = {
    PORT: '0',
    SITE_PROCESSES: '2',
    SESSION_KEY: 'hB1Pq8sZ0rWm4tXv6yKc2dNf7gJa9eLu3oTi5wRx1sE',
    DATABASE_URL: `postgres://site:of-the-site@${address}`,
    REDIS_URL: redis?.url ?? '',
  }
  const owner = `postgres://postgres@127.0.0.1:${postgres?.port}`

  before(async () => {
    await query(`${owner}/postgres`, 'CREATE DATABASE chandlery')
    const roles = ['-d', `${owner}/chandlery`, '-v', 'ON_ERROR_STOP=1', '-f', join(site, 'deploy/roles.sql')]
    await run('psql', roles, { env: { ...process.env, SITE_PASSWORD: 'of-the-site' } })
  })
  after(async () => {
    await redis?.remove()
    await postgres?.remove()
  })

  test('does not start before the tables are made, and says who may make them', async () => {
    await using early = startProcess(ENV)
    assert.equal(await early.ended, 1)
    assert.match(
      early.output(),
      /^PostgreSQL at \S+\/chandlery cannot be used: permission denied for schema public\. Their owner makes the tables: .*README.md says how\n$/,
    )
  })

  test('makes the tables once, whoever else does it at the same time', async () => {
    const env = { PATH: process.env['PATH'], DATABASE_URL: `${owner}/chandlery`, SITE_ROLE: 'site' }
    const migrate = ['--conditions=holdfast-source', join(site, 'src/migrate.ts')]
    const runs = Array.from({ length: 3 }, () => run(process.execPath, migrate, { env }))
    for (const { stdout } of await Promise.all(runs)) assert.equal(stdout, 'The tables are there.\n')
  })

  test('takes what docs/deploying.md says of the table', async () => {
    const [, sql = ''] = /```sql\n(.*?)```/s.exec(read('docs/deploying.md')) ?? []
    assert.match(sql, /^ALTER TABLE/)
    await query(`${owner}/chandlery`, sql)
  })

  test('gives the role of the site what it needs and no more', async () => {
    await using running = startProcess(ENV)
    const origin = await running.address()
    const ann = await newCustomer(origin)
    await ann.submit('/basket', { article: 'ships-bell' })
    // PostgreSQL keeps no NUL.
    assert.equal((await visit(origin).submit('/sign-in', { ...ANN, email: 'a\0@b.example' })).status, 422)
    const phone = await onAnotherDevice(origin)
    assert.equal((await phone.submit('/account/devices', { end: 'others' })).status, 200)
    assert.equal((await ann.get('/account')).status, 303)
    const fresh = 'an even better sentence'
    const changed = await phone.submit('/account/password', { old: ANN.password, new: fresh })
    assert.match(changed.body, /Your password is changed/)
    const { stdout } = await run(
      process.execPath,
      ['--conditions=holdfast-source', join(root, 'src/cli/main.ts'), 'clear-expired'],
      { cwd: site, env: ENV },
    )
    assert.equal(stdout, 'Cleared 0 sessions.\n')
    assert.equal((await phone.submit('/account/delete')).path, '/account-closed')
    assert.doesNotMatch(running.output(), /not|error/i)

    for (const forbidden of [
      'CREATE TABLE mine (id int)',
      'INSERT INTO holdfast_schema (version, breaking) VALUES (2, true)',
      'DELETE FROM holdfast_subjects',
      'DROP TABLE holdfast_sessions',
      'TRUNCATE chandlery_users',
    ]) {
      await assert.rejects(query(ENV.DATABASE_URL, forbidden), /permission denied|must be owner/, forbidden)
    }
  })

  test('answers the command in the folder of the site', async () => {
    await using running = startProcess(ENV)
    const ann = await newCustomer(await running.address())
    const [user] = await query(ENV.DATABASE_URL, 'SELECT id FROM chandlery_users')
    const id = user?.id ?? ''
    const holdfast = async (...args: string[]): Promise<string> => {
      const command = ['--conditions=holdfast-source', join(root, 'src/cli/main.ts'), ...args]
      return (await run(process.execPath, command, { cwd: site, env: ENV })).stdout
    }
    assert.match(await holdfast('list', '--subject', id), /has 1 session\./)
    assert.match(await holdfast('revoke', '--all', '--subject', id), /Signed \S+ out everywhere: 1 session\./)
    assert.equal((await ann.get('/account')).status, 303)
    // The role may not see whether Redis asks for a password: it is told.
    assert.match(await holdfast('check', '--set', 'password=needed'), / hold, 0 fail, 0 cannot be told\./)
  })

  test('lets Redis do what a cache does, near copies included, and nothing else', async () => {
    const client = await createClient({ url: ENV.REDIS_URL }).connect()
    const cache = redisCache(client)
    await until(() => cache.near)
    for (const [command = '', ...args] of [
      ['FLUSHALL'],
      ['GET', 'of-somebody-else'],
      ['KEYS', '*'],
      ['CONFIG', 'GET', '*'],
    ]) {
      await assert.rejects(client.sendCommand([command, ...args]), /NOPERM/, command)
    }
    const [, rights = ''] = /user site on \S+ (.*)/.exec(read('docs/deploying.md')) ?? []
    assert.ok(rights !== '' && read('examples/site/deploy/redis.sh').includes(rights))
    await cache.close?.()
    client.destroy()
    const stranger = createClient({
      url: ENV.REDIS_URL.replace('site:', 'site:not-'),
      socket: { reconnectStrategy: false },
    })
    stranger.on('error', () => {})
    await assert.rejects(stranger.connect(), /WRONGPASS/)
  })

  test('goes on without Redis when the password of Redis is wrong, and says why without it', async () => {
    const REDIS_URL = ENV.REDIS_URL.replace('of-redis', 'of-nobody')
    await using running = startProcess({ ...ENV, SITE_PROCESSES: '1', REDIS_URL })
    const visitor = visit(await running.address())
    await visitor.submit('/basket', { article: 'ships-bell' })
    assert.match((await visitor.get('/basket')).body, /<option selected>1</)
    assert.match(running.output(), /Redis at \S+ does not serve, so all is read from PostgreSQL: WRONGPASS/)
    assert.doesNotMatch(running.output(), /of-nobody|of-the-site/)
  })
})

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** As compose fills it in, where everything is given. */
function filled(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const value = (_: string, name: string, fallback?: string): string => fallback ?? `value-of-${name}`
  const fill = (text: string): string => text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, value)
  return Object.fromEntries(Object.entries(environment).map(([name, text = '']) => [name, fill(text)]))
}

async function query(url: string, sql: string): Promise<{ id: string }[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<{ id: string }>(sql)).rows
  } finally {
    await client.end()
  }
}

/** With the file that the container runs. Undefined when Redis is not installed. */
async function startDeployedRedis(): Promise<{ url: string; remove(): Promise<void> } | undefined> {
  const folder = await mkdtempDisposable(`${tmpdir()}/chandlery-redis-`)
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  const args = [join(site, 'deploy/redis.sh'), '--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path]
  const env = { ...process.env, REDIS_FOLDER: folder.path, REDIS_PASSWORD: 'of-redis' }
  const child = spawn('sh', args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
  process.once('exit', () => child.kill('SIGKILL'))
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => void (log += chunk.toString()))
  await until(() => /Ready to accept connections/.test(log) || child.exitCode !== null)
  if (child.exitCode !== null) {
    await folder.remove()
    return undefined
  }
  return {
    url: `redis://site:of-redis@127.0.0.1:${port}`,
    async remove() {
      child.kill('SIGTERM')
      await once(child, 'exit')
      await folder.remove()
    },
  }
}
