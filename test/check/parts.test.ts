import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { checkParts, PART_CHECKS } from '../../src/check/check-parts.ts'
import type { InspectedPart } from '../../src/core/inspection.ts'
import {
  cache,
  cachedDb,
  createSessions,
  db,
  memoryCache,
  memoryStore,
  migrateMysql,
  migratePostgres,
  mysqlStore,
  postgresStore,
  redisCache,
  redisStore,
  signedCookies,
  sqliteStore,
  type SessionEngine,
  type SessionsOptions,
  type SessionStore,
} from '../../src/index.ts'
import { newRecord } from '../../src/testing/records.ts'
import { samplesOf } from '../support/code-samples.ts'
import { NO_MYSQL } from '../support/mysql.ts'
import { NO_POSTGRES } from '../support/postgres.ts'
import { command, LIBRARIES, newPrefix, NO_REDIS, useOwnRedis, useRedisCluster } from '../support/redis.ts'
import { startMariadb, startPostgres } from '../support/servers.ts'
import { until } from '../support/until.ts'

const KEY = 'only for this test: 0123456789 abcdef ghijkl'
const [GRANTS_POSTGRES = '', GRANTS_MYSQL = ''] = samplesOf('docs/stores.md', 'sql')
const AHEAD = { now: () => Date.now() - 20_000 }

// All are started before the first test: what is awaited later would let the tests end without the others.
const [kept, loose] = [
  await startPostgres(),
  await startPostgres([
    'synchronous_commit=off',
    'fsync=off',
    'full_page_writes=off',
    'default_transaction_isolation=serializable',
  ]),
]
const [durable, careless] = [
  await startMariadb(),
  await startMariadb([
    'innodb-flush-log-at-trx-commit=2',
    'log-bin=log',
    'sync-binlog=0',
    'skip-innodb-doublewrite',
    'transaction-isolation=READ-UNCOMMITTED',
  ]),
]
const redis = await useOwnRedis(['appendonly yes', 'appendfsync always', 'requirepass secret-of-redis'])
const plain = await useOwnRedis(['protected-mode no', 'maxmemory 100mb', 'maxmemory-policy allkeys-lru'])
after(() => Promise.all([kept, loose, durable, careless].map(async (server) => server?.remove())))

/** The ids of what does not hold, each with what was found. */
function faultsIn(parts: readonly InspectedPart[], passed?: ReadonlyMap<string, string>) {
  const findings = checkParts(parts, passed).filter(({ state }) => state !== 'holds')
  return Object.fromEntries(findings.map(({ id, state, found }) => [id, state === 'unknown' ? `? ${found}` : found]))
}

async function inspect(
  engine: SessionEngine,
  options: Partial<SessionsOptions> = {},
): Promise<readonly InspectedPart[]> {
  const sessions = createSessions({ keys: [KEY], engine, ...options })
  try {
    return await sessions.inspect()
  } finally {
    await sessions.close()
  }
}

/** What is said, but for what is changed. */
function changed(parts: readonly InspectedPart[], settings: InspectedPart['settings']): InspectedPart[] {
  return parts.map((part) => ({ ...part, settings: { ...part.settings, ...settings } }))
}

test('every check has an id of its own', () => {
  const ids = PART_CHECKS.map(({ id }) => id)
  assert.deepEqual(ids, [...new Set(ids)].toSorted())
})

describe('the application', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-parts-'))
  after(() => rmSync(folder, { recursive: true }))
  const store = (): SessionStore => sqliteStore(join(folder, 'sessions.sqlite'))

  test('as it comes has no fault', async () => {
    assert.deepEqual(faultsIn(await inspect(cachedDb(store(), memoryCache()))), {})
  })

  for (const [what, options, faults] of [
    [
      'plain http',
      { cookie: { name: 'sid', secure: false } },
      { HF101: 'cookie.secure is false', HF103: 'cookie.name is sid' },
    ],
    ['scripts', { cookie: { httpOnly: false } }, { HF102: 'cookie.httpOnly is false' }],
    ['other sites', { cookie: { sameSite: 'none' } }, { HF104: 'cookie.sameSite is none' }],
    [
      'two weeks',
      { idleTimeout: 1_209_600, absoluteTimeout: 1_209_600 },
      { HF105: 'idleTimeout is 1209600, absoluteTimeout is 1209600' },
    ],
    [
      'copies',
      { renewalInterval: false, onReuse: 'report' },
      { HF106: 'renewalInterval is false', HF107: 'onReuse is report' },
    ],
  ] as const) {
    test(`that allows ${what} is told so`, async () => {
      const warned = new Promise((resolve) => process.once('warning', resolve))
      assert.deepEqual(faultsIn(await inspect(db(store()), options)), faults)
      if (what === 'plain http' || what === 'scripts') await warned
    })
  }

  test('that keeps everything in cookies, or in memory, is told so', async () => {
    const HF108 = 'engine is signedCookies'
    assert.deepEqual(faultsIn(await inspect(signedCookies({ endings: store() }))), { HF108 })
    assert.deepEqual(faultsIn(await inspect(signedCookies())), { HF108, HF109: 'endings is none' })
    const HF110 = 'it is memoryStore()'
    assert.deepEqual(faultsIn(await inspect(signedCookies({ endings: memoryStore() }))), { HF108, HF110 })
    assert.deepEqual(faultsIn(await inspect(db(memoryStore()))), { HF110 })
    assert.deepEqual(faultsIn(await inspect(db(sqliteStore(':memory:')))), { HF110: 'file is :memory:' })
    assert.deepEqual(faultsIn(await inspect(cache(memoryStore()))), {})
  })

  test('with a store that cannot be looked at is told so', async () => {
    const silent = db({ ...memoryStore(), inspect: undefined } as unknown as SessionStore)
    assert.deepEqual(faultsIn(await inspect(silent)), { HF111: '? it has no inspect()' })
  })
})

describe('SQLite', { skip: process.platform === 'win32' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-parts-'))
  const file = join(folder, 'sessions.sqlite')
  after(() => rmSync(folder, { recursive: true }))

  test('that may lose the last moments, and that others may read or replace', async () => {
    assert.deepEqual(faultsIn(await inspect(db(sqliteStore(file, { synchronous: 'normal' })))), {
      HF601: 'synchronous is NORMAL',
    })
    chmodSync(file, 0o644)
    assert.deepEqual(faultsIn(await inspect(db(sqliteStore(file)))), { HF603: 'mode of the file is 0644' })
    chmodSync(file, 0o640)
    chmodSync(folder, 0o777)
    assert.deepEqual(faultsIn(await inspect(db(sqliteStore(file)))), { HF604: 'mode of the folder is 0777' })
    chmodSync(folder, 0o1777)
    assert.deepEqual(faultsIn(await inspect(db(sqliteStore(file)))), {})
  })
})

if (kept === undefined || loose === undefined) test('PostgreSQL', { skip: NO_POSTGRES })
else {
  describe('PostgreSQL', () => {
    const open = (port: number, user = 'postgres'): pg.Pool => {
      const pool = new pg.Pool({ connectionString: `postgresql://${user}@127.0.0.1:${port}/postgres` })
      pool.on('error', () => {})
      after(() => pool.end())
      return pool
    }
    const owner = open(kept.port)
    before(async () => {
      await migratePostgres(owner)
      await owner.query(`CREATE ROLE app LOGIN; ${GRANTS_POSTGRES}`)
    })

    test('as it comes, with the role and the grants of the documentation, has no fault', async () => {
      assert.deepEqual(faultsIn(await inspect(db(postgresStore(open(kept.port, 'app'))))), {})
    })

    test('that gives durability away, to a superuser, without tables', async () => {
      assert.deepEqual(faultsIn(await inspect(db(postgresStore(open(loose.port))))), {
        HF201: 'synchronous_commit is off',
        HF202: 'fsync is off',
        HF203: 'full_page_writes is off',
        HF205: 'rolsuper is true',
        HF208: 'waiting: 0001_sessions.sql',
        HF209: 'transaction_isolation is serializable',
      })
    })

    test('whose clock is another, or to which the way is open', async () => {
      const parts = await inspect(db(postgresStore(open(kept.port, 'app'), { clock: AHEAD })))
      assert.deepEqual(faultsIn(parts), { HF210: 'its clock is 20 s ahead' })
      const far = await inspect(db(postgresStore(open(kept.port, 'app'))))
      assert.deepEqual(faultsIn(changed(far, { client: '10.0.0.7' })), { HF206: 'ssl is false, client is 10.0.0.7' })
      assert.deepEqual(faultsIn(changed(far, { client: '10.0.0.7', ssl: 'true' })), {})
      assert.deepEqual(faultsIn(changed(far, { server_version: '11.22' })), { HF207: 'server_version is 11.22' })
    })

    test('with a replica that it does not wait for', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-wal-'))
      const [program = 'pg_receivewal'] = globSync('/usr/lib/postgresql/*/bin/pg_receivewal')
      const where = ['-h', '127.0.0.1', '-p', String(kept.port), '-U', 'postgres', '-D', folder]
      const replica = spawn(program, [...where, '--no-loop', '--synchronous'], { stdio: 'ignore' })
      after(() => {
        replica.kill('SIGKILL')
        rmSync(folder, { recursive: true })
      })
      const count = async () => (await owner.query('SELECT FROM pg_stat_replication')).rowCount
      await until(async () => (await count()) === 1)
      const look = () => inspect(db(postgresStore(open(kept.port, 'app'))))
      assert.deepEqual(faultsIn(await look()), { HF204: 'replicas is 1, synchronous_standby_names is empty' })
      await owner.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
      await owner.query('SELECT pg_reload_conf()')
      await until(
        async () => (await owner.query('SHOW synchronous_standby_names')).rows[0].synchronous_standby_names === '*',
      )
      assert.deepEqual(faultsIn(await look()), {})
      assert.deepEqual(faultsIn(changed(await look(), { synchronous_commit: 'local' })), {
        HF204: 'replicas is 1, synchronous_commit is local',
      })
    })
  })
}

if (durable === undefined || careless === undefined) test('MariaDB', { skip: NO_MYSQL })
else {
  describe('MariaDB', () => {
    const open = (port: number, user = 'root'): mysql.Pool => {
      const pool = mysql.createPool({ uri: `mysql://${user}@127.0.0.1:${port}/app`, connectionLimit: 1 })
      after(() => pool.end())
      return pool
    }
    before(async () => {
      for (const { port } of [durable, careless]) {
        const admin = await mysql.createConnection({ uri: `mysql://root@127.0.0.1:${port}`, multipleStatements: true })
        await admin.query('CREATE DATABASE app')
        await migrateMysql(open(port))
        if (port === durable.port) await admin.query(`CREATE USER 'app'@'%'; ${GRANTS_MYSQL}`)
        else await admin.query('ALTER TABLE app.holdfast_schema ENGINE = MyISAM')
        await admin.end()
      }
    })

    test('as it comes, with the user and the grants of the documentation, has no fault', async () => {
      assert.deepEqual(faultsIn(await inspect(db(mysqlStore(open(durable.port, 'app'))))), {})
    })

    test('that gives durability away, to root', async () => {
      const { HF305 = '', ...faults } = faultsIn(await inspect(db(mysqlStore(open(careless.port)))))
      assert.match(HF305, /^global privileges is ALTER, .*…$/)
      assert.deepEqual(faults, {
        HF301: 'innodb_flush_log_at_trx_commit is 2',
        HF302: 'log_bin is ON, sync_binlog is 0',
        HF303: 'innodb_doublewrite is OFF',
        HF304: 'table engines is InnoDB, MyISAM',
        HF309: 'transaction_isolation is READ-UNCOMMITTED',
      })
    })

    test('whose clock is another, or to which the way is open', async () => {
      const ahead = await inspect(db(mysqlStore(open(durable.port, 'app'), { clock: AHEAD })))
      assert.deepEqual(faultsIn(ahead), { HF310: 'its clock is 20 s ahead' })
      const far = await inspect(db(mysqlStore(open(durable.port, 'app'))))
      assert.deepEqual(faultsIn(changed(far, { client: '10.0.0.7' })), {
        HF306: 'Ssl_cipher is empty, client is 10.0.0.7',
      })
      assert.deepEqual(faultsIn(changed(far, { version: '10.5.9-MariaDB' })), { HF307: 'version is 10.5.9-MariaDB' })
      assert.deepEqual(faultsIn(changed(far, { version: '8.0.36' })), {})
    })
  })
}

if (redis === undefined || plain === undefined) test('Redis', { skip: NO_REDIS })
else {
  for (const library of LIBRARIES) {
    const { name } = library
    describe(`Redis through ${name}`, () => {
      const loose = {
        HF401: 'appendonly is no',
        HF402: 'appendfsync is everysec',
        HF403: 'maxmemory-policy is allkeys-lru',
        HF405: 'password is none, protected-mode is no',
      }

      test('as it comes for a cache is no place to keep sessions, and the other way round', async () => {
        const client = await library.connect(plain.port)
        assert.deepEqual(faultsIn(await inspect(db(redisStore(client)))), loose)
        const { HF401: _, HF402: __, ...forgetful } = loose
        assert.deepEqual(faultsIn(await inspect(cache(redisStore(client)))), forgetful)
        const asCache = await inspect(cachedDb(sqliteStore(':memory:'), redisCache(client)))
        assert.deepEqual(faultsIn(asCache), { HF110: 'file is :memory:', HF405: loose.HF405 })
        const full = changed(asCache, { maxmemory: '0', 'maxmemory-policy': 'noeviction' })
        assert.equal(faultsIn(full)['HF501'], 'maxmemory is 0, maxmemory-policy is noeviction')
      })

      test('whose owner refuses to say', async () => {
        await command(
          plain.port,
          'ACL',
          'SETUSER',
          'app',
          'on',
          '>pw',
          '~*',
          '&*',
          '+@all',
          '-config',
          '-acl',
          '-info',
          '+acl|whoami',
        )
        const client = await library.connect(plain.port)
        if (name === 'ioredis') await (client as unknown as { call: Call }).call('AUTH', 'app', 'pw')
        else await (client as unknown as { sendCommand: Send }).sendCommand(['AUTH', 'app', 'pw'])
        const parts = await inspect(db(redisStore(client)))
        assert.deepEqual(faultsIn(parts), {
          HF401: '? appendonly is not known',
          HF402: '? appendfsync is not known, no-appendfsync-on-rewrite is not known',
          HF403: '? maxmemory-policy is not known',
          HF404: '? replicas is not known, min-replicas-to-write is not known',
          HF405: '? password is not known, protected-mode is not known',
          HF407: '? redis_version is not known',
        })
        const told = new Map([
          ['maxmemory-policy', 'noeviction'],
          ['appendonly', 'no'],
        ])
        assert.equal(faultsIn(parts, told)['HF403'], undefined)
        assert.equal(faultsIn(parts, told)['HF401'], 'appendonly is no, passed in')
      })

      test('whose clock is another, with replicas that may be behind, or to which the way is open', async () => {
        const client = await library.connect(plain.port)
        const ahead = await inspect(db(redisStore(client, { clock: AHEAD })))
        assert.equal(faultsIn(ahead)['HF408'], 'its clock is 20 s ahead')
        const store = await inspect(db(redisStore(client)))
        assert.equal(faultsIn(changed(store, { replicas: '1' }))['HF404'], 'replicas is 1, min-replicas-to-write is 0')
        assert.equal(faultsIn(changed(store, { client: '10.0.0.7' }))['HF406'], 'tls is no, client is 10.0.0.7')
        assert.equal(faultsIn(changed(store, { redis_version: '6.0.16' }))['HF407'], 'redis_version is 6.0.16')
      })
    })
  }

  test('Redis that was told to keep sessions has no fault, nor has a cache beside them', async () => {
    const { createClient } = await import('redis')
    for (const RESP of [2, 3] as const) {
      const client = createClient({ RESP, url: `redis://:secret-of-redis@127.0.0.1:${redis.port}` })
      await client.connect()
      after(() => client.destroy())
      const parts = await inspect(cachedDb(redisStore(client), redisCache(client)))
      assert.deepEqual(faultsIn(parts), {})
      assert.ok(!JSON.stringify(parts).includes('secret-of-redis'))
    }
  })

  test('Redis is waited for by a client that was made a moment ago', async () => {
    const { Redis } = await import('ioredis')
    const client = new Redis({ host: '127.0.0.1', port: redis.port, password: 'secret-of-redis' })
    after(() => client.disconnect())
    assert.deepEqual(faultsIn(await inspect(db(redisStore(client)))), {})
  })

  test('Redis that evicts may forget whose sessions there are, and signing out everywhere misses them', async () => {
    const prefix = newPrefix()
    const [library] = LIBRARIES
    assert.ok(library)
    const store = redisStore(await library.connect(plain.port), { prefix })
    const record = newRecord(Date.now(), { subject: 'ada' })
    await store.create(record)
    await command(plain.port, 'UNLINK', `${prefix}subject:ada`) // As an eviction does.
    assert.deepEqual(await store.deleteBySubject('ada'), [])
    assert.deepEqual(await store.find(record.id), record)
  })
}

type Call = (command: string, ...args: string[]) => Promise<unknown>
type Send = (args: readonly string[]) => Promise<unknown>

test('a cluster of Redis says what one of its servers is set to', { skip: redis === undefined }, async () => {
  const ports = await useRedisCluster()
  if (ports === undefined) return
  for (const library of LIBRARIES) {
    const parts = await inspect(cachedDb(sqliteStore(':memory:'), redisCache(await library.connectCluster(ports))))
    const { HF110: _, ...faults } = faultsIn(parts)
    assert.deepEqual(faults, { HF501: 'maxmemory is 0, maxmemory-policy is noeviction' })
  }
})
