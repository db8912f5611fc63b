import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { djangoRedis } from '../../src/django.ts'
import type { SessionEvent } from '../../src/index.ts'
import { makeDjangoTables } from '../support/django-tables.ts'
import { command, LIBRARIES, NO_REDIS, useOwnRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const server = await useOwnRedis()
const client = server && (await LIBRARIES[0]?.connect(server.port))

describe('beside Django, while the cache does not answer', { skip: server === undefined && NO_REDIS }, () => {
  const site = (settings: object = {}) =>
    makeDjangoTables(
      { SESSION_ENGINE: 'cached_db', ...settings },
      { cache: djangoRedis(client as never, { timeout: 100 }) },
    )

  test('cached_db reads and saves, and a logout counts here at once and in the cache as soon as it hears of it', async () => {
    assert.ok(server)
    const { visit, sessions } = site()
    const told: SessionEvent[] = []
    sessions.on('*', (event) => told.push(event))
    const { key } = await visit(null, (session) => session.login('1'))
    const entry = `:1:django.contrib.sessions.cached_db${key}`
    assert.equal(await command(server.port, 'EXISTS', entry), 1)

    server.freeze()
    await visit(key, (session) => {
      assert.equal(session.subject, '1')
      session.set('a', 1)
    })
    await visit(key, async (session) => assert.deepEqual(await session.logout(), { propagated: false }))
    await visit(key, (session) => assert.equal(session.subject, null))
    assert.ok(told.some(({ type }) => type === 'cache-failed'))

    server.thaw()
    await until(() => told.some(({ type }) => type === 'invalidation-retried'))
    assert.equal(await command(server.port, 'EXISTS', entry), 0)
    await sessions.close()
  })

  test('the engine cache takes a save whose time is over, as in Django', async () => {
    const { visit, sessions } = site({ SESSION_ENGINE: 'cache' })
    const { key } = await visit(null, (session) => session.login('1'))
    const answer = await visit(key, (session) => session.setExpiry(-5))
    assert.deepEqual([answer.status, answer.key], [200, key])
    await visit(key, (session) => assert.equal(session.subject, null))
    await sessions.close()
  })

  test('the engine cache fails, and signs nobody out', async () => {
    assert.ok(server)
    const { visit, sessions } = site({ SESSION_ENGINE: 'cache' })
    const { key } = await visit(null, (session) => session.login('1'))
    server.freeze()
    await assert.rejects(
      visit(key, () => {}),
      { code: 'ERR_STORE' },
    )
    server.thaw()
    await visit(key, (session) => assert.equal(session.subject, '1'))
    await sessions.close()
  })
})

test('beside Django a database that fails is an error, and no visitor who was signed out', async () => {
  const { visit, database } = makeDjangoTables()
  const { key } = await visit(null, (session) => session.login('1'))
  database.exec('ALTER TABLE django_session RENAME TO away')
  await assert.rejects(
    visit(key, () => {}),
    { code: 'ERR_STORE' },
  )
  database.exec('ALTER TABLE away RENAME TO django_session')
  const failing = visit(key, (session) => {
    session.set('a', 1)
    database.exec('ALTER TABLE django_session RENAME TO away')
  })
  await assert.rejects(failing, { code: 'ERR_STORE' })
  database.exec('ALTER TABLE away RENAME TO django_session')
  await visit(key, (session) => assert.deepEqual([session.subject, session.get('a')], ['1', undefined]))
})
