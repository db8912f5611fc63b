import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { createSessions, db, ERRORS, memoryStore, type SessionsOptions } from '../../src/index.ts'

const good: SessionsOptions = { keys: ['a key of forty characters, 0123456789 abc'], engine: db(memoryStore()) }

describe('createSessions', () => {
  for (const [name, options, message] of [
    ['a misspelt option', { idleTimeOut: 5 }, /'idleTimeOut' is unknown; did you mean 'idleTimeout'\?/],
    ['an option of nobody', { wibble: 5 }, /'wibble' is unknown\./],
    ['half a second', { idleTimeout: 0.5 }, /idleTimeout must be a whole number of at least 1, not 0\.5/],
    ['a number as a string', { absoluteTimeout: '43200' }, /absoluteTimeout must be .* not '43200'/],
    [
      'renewal faster than its grace time',
      { renewalInterval: 59 },
      /renewalInterval must be a whole number of at least 60/,
    ],
    ['a policy of nobody', { onReuse: 'ignore' }, /onReuse must be 'revoke' or 'report', not 'ignore'/],
    ['no sessions at all', { maxPerSubject: 0 }, /maxPerSubject must be/],
    [
      'a misspelt cookie option',
      { cookie: { samesite: 'strict' } },
      /'cookie\.samesite' is unknown; did you mean 'cookie\.sameSite'\?/,
    ],
    ['a misspelt limit', { limits: { byte: 5 } }, /'limits\.byte' is unknown; did you mean 'limits\.bytes'\?/],
    ['no limits', { limits: null }, /limits must be an object, not null/],
    ['a cookie by name alone', { cookie: 'session' }, /cookie must be an object, not 'session'/],
    ['a number of seconds for a clock', { clock: 5 }, /clock must be an object with now\(\)/],
    ['a store in place of an engine', { engine: memoryStore() }, /engine must be db\(store\)/],
    ['a schema of the old kind', { schema: { parse: () => ({}) } }, /schema must be a Standard Schema/],
    [
      'a schema of a version to come',
      { schema: { '~standard': { version: 2, validate: () => ({}) } } },
      /Standard Schema/,
    ],
    ['a schema that is nothing', { schema: null }, /Standard Schema/],
    ['onMisfit without a schema', { onMisfit: 'drop' }, /onMisfit is of no use without a schema/],
    [
      'a misfit of nobody',
      { schema: z.object({}), onMisfit: 'ignore' },
      /onMisfit must be 'throw' or 'drop', not 'ignore'/,
    ],
    ['no bytes at all', { limits: { bytes: 0 } }, /limits\.bytes must be/],
  ] as const) {
    test(`refuses ${name} and says how to mend it`, () => {
      assert.throws(() => createSessions({ ...good, ...(options as object) }), { code: 'ERR_OPTION', message })
    })
  }

  test('opens nothing when it refuses', () => {
    assert.throws(() => createSessions({ keys: ['short'] }), { code: 'ERR_KEYS' })
    assert.throws(() => createSessions(undefined as unknown as SessionsOptions), { code: 'ERR_KEYS' })
    assert.deepEqual(globSync('holdfast.sqlite*', { cwd: process.cwd() }), [])
  })

  test('refuses requests after close, and closes once', async () => {
    const sessions = createSessions(good)
    await Promise.all([sessions.close(), sessions.close()])
    await assert.rejects(async () => sessions.open({ headers: {} }), { code: 'ERR_CLOSED' })
  })
})

test('every error of the table is raised somewhere', () => {
  const root = join(import.meta.dirname, '../../src')
  const source = globSync('**/*.ts', { cwd: root })
    .filter((file) => file !== join('core', 'errors.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  for (const code of Object.keys(ERRORS)) assert.ok(source.includes(`'${code}'`), code)
})
