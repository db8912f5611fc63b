import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { readSettings, SettingError } from '../src/settings.ts'

const KEY = { SESSION_KEY: 'only for this test: 0123456789 abcdef' }
const DATABASE = { DATABASE_URL: 'postgres://shop:geheim@db.example/shop', ...KEY }

describe('the settings', () => {
  test('have to be nothing at all, and what is empty is not set', () => {
    const none = readSettings({})
    assert.deepEqual(none, readSettings({ DATABASE_URL: '', REDIS_URL: '', SESSION_KEY: '', PORT: '', HOST: '' }))
    assert.deepEqual([none.port, none.host, none.processes, none.databaseUrl], [3000, 'localhost', 1, undefined])
  })

  test('take the addresses of PostgreSQL and Redis in each of their forms', () => {
    for (const database of ['postgres://db', 'postgresql://shop:a%23b@db:5432/shop?sslmode=require']) {
      for (const redis of ['redis://cache', 'rediss://shop:a%2Fb@cache:6380/1']) {
        const { databaseUrl, redisUrl } = readSettings({ DATABASE_URL: database, REDIS_URL: redis, ...KEY })
        assert.deepEqual([databaseUrl, redisUrl], [database, redis])
      }
    }
  })

  test('are all in the README, and no others', () => {
    const [source, readme] = ['../src/settings.ts', '../README.md'].map((file) =>
      readFileSync(new URL(file, import.meta.url), 'utf8'),
    )
    const read = Array.from(source?.matchAll(/(?:given\(|env\[)'(\w+)'/g) ?? [], ([, name]) => name)
    const rows = Array.from(readme?.matchAll(/^\| (`[A-Z][^|]*)\|/gm) ?? [], ([, cell = '']) => cell)
    const told = Array.from(rows.join(' ').matchAll(/`(\w+)`/g), ([, name]) => name)
    assert.deepEqual(new Set(told), new Set(read))
  })

  const wrong = [
    [
      { ...DATABASE, DATABASE_URL: 'mysql://shop:geheim@db/shop' },
      /^DATABASE_URL begins with mysql:, not with postgres: or postgresql:\. /,
    ],
    [{ ...DATABASE, DATABASE_URL: 'shop:geheim@db/shop' }, /^DATABASE_URL begins with shop:/],
    [{ ...DATABASE, DATABASE_URL: '/geheim' }, /^DATABASE_URL cannot be read as an address/],
    [{ ...DATABASE, DATABASE_URL: 'postgres://shop:ge#heim@db/shop' }, /in a password, write # .* as %23/],
    [{ ...DATABASE, REDIS_URL: 'http://shop:geheim@cache' }, /^REDIS_URL begins with http:.* redis: or rediss:/],
    [{ ...DATABASE, REDIS_URL: 'redis://shop:ge/heim@cache' }, /^REDIS_URL cannot be read as an address/],
    [{ ...DATABASE, SESSION_KEY: '' }, /^DATABASE_URL needs SESSION_KEY: .*npx holdfast keygen$/],
    [{ REDIS_URL: 'redis://cache', ...KEY }, /^REDIS_URL needs DATABASE_URL: /],
    [{ SITE_PROCESSES: '0' }, /^SITE_PROCESSES must be a number from 1 to 256, not '0'$/],
    [{ PROXIES: 'true' }, /^PROXIES must be a number from 0 to 10, not 'true'$/],
  ] as const
  for (const [env, words] of wrong) {
    test(`say in one line what is wrong, without the password: ${words.source}`, () => {
      assert.throws(
        () => readSettings(env),
        (error) => {
          assert.ok(error instanceof SettingError)
          assert.match(error.message, words)
          assert.doesNotMatch(error.message, /ge.?heim|heim|\n/)
          return true
        },
      )
    })
  }
})
