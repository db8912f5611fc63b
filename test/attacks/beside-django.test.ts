import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { djangoLogin, djangoSqlite } from '../../src/django.ts'
import type { SessionEvent } from '../../src/index.ts'
import { createSessionSigner } from '../../src/django/wire/session-text.ts'
import { DJANGO_KEY, makeDjangoTables } from '../support/django-tables.ts'

describe('beside Django', () => {
  test('a key that nobody was given opens nothing, and is not taken over', async () => {
    const { visit, rows } = makeDjangoTables()
    const planted = 'planted0planted0planted0planted0'
    const { key } = await visit(planted, (session) => session.set('a', 1))
    assert.notEqual(key, planted)
    assert.deepEqual(
      rows().map((row) => row.key),
      [key],
    )
  })

  test('a login gives a new key, also to who is signed in already, and the old one is dead', async () => {
    const { visit, rows } = makeDjangoTables()
    const first = await visit(null, (session) => session.set('cart', ['a']))
    const second = await visit(first.key, (session) => session.login('1'))
    const third = await visit(second.key, (session) => session.login('1'))
    assert.equal(new Set([first.key, second.key, third.key]).size, 3)
    assert.deepEqual(
      rows().map((row) => row.key),
      [third.key],
    )
    await visit(third.key, (session) => assert.deepEqual([session.subject, session.get('cart')], ['1', ['a']]))
  })

  test('who signs in as somebody else gets nothing of who was there before', async () => {
    const { visit } = makeDjangoTables()
    const ada = await visit(null, async (session) => {
      await session.login('1')
      session.set('secret', 'of ada')
    })
    const grace = await visit(ada.key, (session) => session.login('2'))
    await visit(grace.key, (session) => assert.deepEqual([session.subject, session.get('secret')], ['2', undefined]))
    await visit(ada.key, (session) => assert.equal(session.subject, null))
  })

  test('a save that is late does not bring back what was signed out', async () => {
    const { visit, rows } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.login('1'))
    const late = await visit(key, async (session) => {
      session.set('a', 1)
      await visit(key, (other) => other.logout())
    })
    assert.deepEqual([late.status, late.setCookie], [400, undefined])
    assert.deepEqual(rows(), [])
  })

  test('an application that lets a visitor choose a key does not let the visitor choose an identity', async () => {
    const { visit } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.login('1'))
    for (const name of ['_auth_user_id', '_auth_user_backend', '_auth_user_hash', '_session_expiry']) {
      const refused = { name: 'TypeError', code: 'ERR_RESERVED_KEY' }
      await visit(key, async (session) => {
        assert.throws(() => session.set(name, '2'), refused)
        assert.throws(() => session.delete(name), refused)
        assert.throws(() => session.update(name, () => '2'), refused)
        await assert.rejects(session.take(name), refused)
      })
    }
    await visit(key, (session) => session.clear())
    await visit(key, (session) => assert.equal(session.subject, '1'))
  })

  test('of two cookies with the name, the one that opens a session counts, and of two that do, none', async () => {
    const { visit } = makeDjangoTables()
    const [ada, mallory] = [await visit(null, (s) => s.login('1')), await visit(null, (s) => s.login('2'))]
    const both = (one: string | null, other: string | null) => ({
      headers: { cookie: `sessionid=${one}; sessionid=${other}` },
    })
    for (const more of [both('tossed0tossed0tossed0tossed0', ada.key), both(ada.key, 'tossed0tossed0tossed0tossed0')]) {
      await visit(null, (session) => assert.equal(session.subject, '1'), more)
    }
    for (const more of [both(mallory.key, ada.key), both(ada.key, mallory.key)]) {
      await visit(null, (session) => assert.equal(session.subject, null), more)
    }
  })

  test('the key is in no event, no id and no JSON', async () => {
    const { visit, sessions, rows } = makeDjangoTables()
    const told: SessionEvent[] = []
    sessions.on('*', (event) => told.push(event))
    const shown: string[] = []
    let key: string | null = null
    const keys: (string | null)[] = []
    const look = async (work: (session: Parameters<Parameters<typeof visit>[1]>[0]) => unknown): Promise<void> => {
      ;({ key } = await visit(key, async (session) => {
        await work(session)
        shown.push(JSON.stringify(session), String(session.id))
      }))
      keys.push(key)
    }
    await look((session) => session.set('a', 1))
    await look((session) => session.login('1'))
    await look((session) => session.cycleKey())
    await look((session) => session.set('b', 1))
    shown.push(JSON.stringify(await sessions.list('1')))
    await look((session) => session.logout())
    assert.deepEqual(rows(), [])
    assert.ok(told.length >= 4)
    for (const one of keys) if (one !== null) assert.ok(![...shown, JSON.stringify(told)].join().includes(one), one)
  })

  test('of many increments at once all count', async () => {
    const { visit } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.set('n', 0))
    const add = () => visit(key, (session) => void session.update('n', (n) => Number(n) + 1))
    await Promise.all(Array.from({ length: 50 }, add))
    await visit(key, (session) => assert.equal(session.get('n'), 50))
  })

  test('a value that is taken goes to one of those who ask', async () => {
    const { visit } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.set('state', 'x'))
    const taken: unknown[] = []
    const ask = () => visit(key, async (session) => taken.push(await session.take('state')))
    await Promise.all(Array.from({ length: 10 }, ask))
    assert.deepEqual(
      taken.filter((value) => value !== undefined),
      ['x'],
    )
  })

  test('of two logins with one cookie one takes its data along, and its key is dead for both', async () => {
    const { visit, rows } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.set('cart', 1))
    const both = await Promise.all(['1', '2'].map((pk) => visit(key, (session) => session.login(pk))))
    assert.deepEqual(new Set(rows().map((row) => row.key)), new Set(both.map((answer) => answer.key)))
    const carts: unknown[] = []
    for (const answer of both) await visit(answer.key, (session) => carts.push(session.get('cart')))
    assert.equal(carts.filter((cart) => cart === 1).length, 1)
  })

  test('a login whose response fails does not happen, and the old session stands', async () => {
    const { visit } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.set('cart', 1))
    const failed = await visit(key, (session) => session.login('1'), { status: 500 })
    assert.equal(failed.key, key)
    await visit(key, (session) => assert.deepEqual([session.subject, session.get('cart')], [null, 1]))
  })

  test('data that somebody without the key wrote into the table is none', async () => {
    const { visit, database, sessions } = makeDjangoTables()
    const told: SessionEvent[] = []
    sessions.on('tampered', (event) => told.push(event))
    const { key } = await visit(null, (session) => session.login('1'))
    const other = makeDjangoTables({ SECRET_KEY: 'another SECRET_KEY of fifty characters, and of a few more' })
    await other.visit(null, (session) => session.login('2'))
    const [row] = other.rows()
    database.prepare('UPDATE django_session SET session_data = ?').run(row?.text ?? '')
    await visit(key, (session) => assert.deepEqual([session.subject, session.keys()], [null, []]))
    assert.equal(told.length, 1)
  })

  test('a hash that fits no password signs nobody in, and ends the session', async () => {
    const { visit, database, rows } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.login('1'))
    database.exec("UPDATE auth_user SET password = 'pbkdf2_sha256$1$salt$new' WHERE id = 1")
    const answer = await visit(key, (session) => assert.equal(session.subject, null))
    assert.equal(answer.key, null)
    assert.deepEqual(rows(), [])
  })

  test('a response to a request that a page made beside others takes no cookie away', async () => {
    const { visit } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.login('1'))
    await visit(key, (session) => session.logout())
    const late = await visit(key, (session) => session.subject, { headers: { 'sec-fetch-mode': 'cors' } })
    assert.equal(late.setCookie, undefined)
    const page = await visit(key, (session) => session.subject, { headers: { 'sec-fetch-mode': 'navigate' } })
    assert.equal(page.key, null)
  })

  test('who knew an old password does not get in by it once it has changed', async () => {
    const { visit, database } = makeDjangoTables()
    const checked = { id: '1', password: 'pbkdf2_sha256$1$salt$ada' }
    const change = (): void => database.exec("UPDATE auth_user SET password = 'pbkdf2_sha256$1$salt$new' WHERE id = 1")
    const { key } = await visit(null, async (session) => {
      // The old password was right when it was checked. That takes a while, and it changes meanwhile.
      change()
      await assert.rejects(djangoLogin(session, checked), { code: 'ERR_LOGIN_STALE' })
      assert.equal(session.subject, null)
    })
    assert.equal(key, null)
    database.exec("UPDATE auth_user SET password = 'pbkdf2_sha256$1$salt$ada' WHERE id = 1")
    const late = await visit(null, async (session) => {
      await djangoLogin(session, checked)
      change()
    })
    await visit(late.key, (session) => assert.equal(session.subject, null))
  })

  test('whoever is signed out everywhere while not active does not come back by being active again', async () => {
    const { visit, database, sessions, rows } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.login('1'))
    await visit(null, (session) => session.login('2'))
    database.exec('UPDATE auth_user SET is_active = 0 WHERE id = 1')
    assert.deepEqual(await sessions.revokeAll('1'), { revoked: 1, propagated: true })
    database.exec('UPDATE auth_user SET is_active = 1 WHERE id = 1')
    await visit(key, (session) => assert.equal(session.subject, null))
    assert.equal(rows().length, 1)
  })

  test('a session too deep to be read keeps nobody else from being signed out', async () => {
    const { visit, database, sessions } = makeDjangoTables()
    const { key } = await visit(null, (session) => session.login('1'))
    const text = createSessionSigner({ keys: [DJANGO_KEY] }).encode(`{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`)
    database.prepare('INSERT INTO django_session VALUES (?, ?, ?)').run('0'.repeat(32), text, '2100-01-01 00:00:00')
    // Whose it is nobody can say, so the answer is an error. What could be done is done.
    await assert.rejects(sessions.revokeAll('1'), { code: 'ERR_DATA_LIMIT' })
    await visit(key, (session) => assert.equal(session.subject, null))
  })

  test('a request with a thousand cookies asks the database for a few', async () => {
    const { visit, sessions } = makeDjangoTables()
    const told: SessionEvent[] = []
    sessions.on('*', (event) => told.push(event))
    const cookie = Array.from({ length: 1000 }, (_, index) => `sessionid=flood${index}000`).join('; ')
    await visit(null, (session) => assert.equal(session.subject, null), { headers: { cookie } })
    assert.ok(told.length <= 10, `${told.length} were asked for`)
    assert.deepEqual(
      told.filter(({ type }) => type === 'duplicate-cookies').map((event) => 'accepted' in event && event.accepted),
      [false],
    )
  })

  test('what mends data that does not fit makes nobody of a visitor', async () => {
    const tables = makeDjangoTables()
    const { key } = await tables.visit(null, (session) => session.set('choice', { _auth_user_id: '1' }))
    const { sessions, visit } = makeDjangoTables({}, {
      beside: djangoSqlite(tables.database),
      verifyUsers: false,
      schema: z.object({ _auth_user_id: z.string() }),
      onMisfit: () => ({
        _auth_user_id: '1',
        _auth_user_backend: 'django.contrib.auth.backends.ModelBackend',
        _auth_user_hash: 'x',
      }),
    } as never)
    const { key: after } = await visit(key, (session) => session.keys())
    await visit(after, (session) => assert.equal(session.subject, null))
    await sessions.close()
  })

  for (const hostile of [
    '',
    'short',
    'x'.repeat(41),
    'x'.repeat(5000),
    "' OR 1=1 --",
    '%00'.repeat(8),
    '😀'.repeat(4),
  ]) {
    test(`the cookie '${hostile.slice(0, 20)}' is nobody's`, async () => {
      const { visit } = makeDjangoTables()
      await visit(null, (session) => session.login('1'))
      const headers = { cookie: `sessionid=${Buffer.from(hostile).toString('latin1')}` }
      const answer = await visit(
        null,
        (session) => assert.deepEqual([session.subject, session.isEmpty], [null, true]),
        { headers },
      )
      assert.equal(answer.status, 200)
    })
  }
})
