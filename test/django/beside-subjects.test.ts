import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { djangoSqlite, djangoUser, sessionsFromSettings, updateSessionAuthHash } from '../../src/django.ts'
import { createSessions, memoryStore, db } from '../../src/index.ts'
import { DJANGO_KEY, makeDjangoTables } from '../support/django-tables.ts'

type Tables = ReturnType<typeof makeDjangoTables>

async function signIn({ visit }: Tables, subject: string): Promise<{ key: string; id: string }> {
  const { key } = await visit(null, (session) => session.login(subject))
  const shown: (string | null)[] = []
  await visit(key, (session) => shown.push(session.id))
  return { key: String(key), id: String(shown[0]) }
}

function sharing({ database }: Tables, extras: object) {
  const sessions = sessionsFromSettings<Record<string, unknown>>(
    { SECRET_KEY: DJANGO_KEY, USE_TZ: true, SESSION_COOKIE_SECURE: true },
    { beside: djangoSqlite(database), ...extras },
  )
  return { sessions }
}

async function subjectOf({ visit }: Tables, key: string): Promise<string | null> {
  const seen: (string | null)[] = []
  await visit(key, (session) => seen.push(session.subject))
  return seen[0] ?? null
}

describe('beside Django, sessions of a subject', () => {
  test('are listed by ids that open nothing, also where the table is larger than a batch', async () => {
    const tables = makeDjangoTables()
    const [one, , two] = [await signIn(tables, '1'), await signIn(tables, '2'), await signIn(tables, '1')]
    const many = Array.from({ length: 1001 }, () => tables.visit(null, (session) => session.set('a', 1)))
    await Promise.all(many)
    const listed = await tables.sessions.list('1')
    assert.deepEqual(listed.map(({ id }) => id).toSorted(), [one.id, two.id].toSorted())
    for (const { id, subject, expiresAt, lastSeenAt } of listed) {
      assert.equal(subject, '1')
      assert.ok(expiresAt.getTime() > lastSeenAt.getTime())
      assert.equal(await subjectOf(tables, id), null)
    }
    assert.deepEqual(await tables.sessions.list('3'), [])
  })

  test('are not listed when the password has changed since', async () => {
    const tables = makeDjangoTables()
    await signIn(tables, '1')
    tables.database.exec("UPDATE auth_user SET password = 'pbkdf2_sha256$1$salt$new' WHERE id = 1")
    assert.deepEqual(await tables.sessions.list('1'), [])
  })

  test('end one by one, for their owner alone', async () => {
    const tables = makeDjangoTables()
    const [ada, grace] = [await signIn(tables, '1'), await signIn(tables, '2')]
    const nothing = { revoked: false, propagated: true }
    assert.deepEqual(await tables.sessions.revoke(ada.id, { subject: '2' }), nothing)
    assert.equal(await subjectOf(tables, ada.key), '1')
    assert.deepEqual(await tables.sessions.revoke(ada.id, { subject: '1' }), { revoked: true, propagated: true })
    assert.equal(await subjectOf(tables, ada.key), null)
    assert.deepEqual(await tables.sessions.revoke(ada.id), nothing)
    assert.deepEqual(await tables.sessions.revoke(grace.key), nothing)
    assert.equal(await subjectOf(tables, grace.key), '2')
  })

  test('end all but one', async () => {
    const tables = makeDjangoTables()
    const [kept, other, grace] = [await signIn(tables, '1'), await signIn(tables, '1'), await signIn(tables, '2')]
    assert.deepEqual(await tables.sessions.revokeAll('1', { except: kept.id }), { revoked: 1, propagated: true })
    assert.deepEqual(await Promise.all([kept, other, grace].map(({ key }) => subjectOf(tables, key))), ['1', null, '2'])
  })

  test('have no epoch', async () => {
    const { sessions, visit } = makeDjangoTables()
    await assert.rejects(sessions.epoch('1'), { code: 'ERR_ENGINE' })
    await visit(null, (session) => assert.rejects(session.login('1', { since: 0 }), { code: 'ERR_ENGINE' }))
  })

  test('are cleared when their time is over', async () => {
    const { sessions, visit, rows } = makeDjangoTables()
    await visit(null, (session) => {
      session.set('a', 1)
      session.setExpiry(-5)
    })
    const { key } = await visit(null, (session) => session.set('a', 1))
    assert.equal(await sessions.clearExpired(), 1)
    assert.deepEqual(
      rows().map((row) => row.key),
      [key],
    )
  })
})

describe('beside Django, the user', () => {
  test('is the row of auth_user, without its password', async () => {
    const { visit } = makeDjangoTables()
    const { key } = await visit(null, async (session) => {
      assert.equal(await djangoUser(session), undefined)
      await session.login('1')
      assert.equal((await djangoUser(session))?.username, 'ada')
    })
    await visit(key, async (session) => {
      const user = await djangoUser(session)
      assert.equal(user?.email, 'ada@example.com')
      assert.doesNotMatch(JSON.stringify(user), /pbkdf2/)
      await session.logout()
      assert.equal(await djangoUser(session), undefined)
    })
  })

  test('whose password has changed keeps one session, whether the user is asked about or not', async () => {
    for (const verifyUsers of [true, false]) {
      const tables = makeDjangoTables({}, { verifyUsers })
      const [one, other] = [await signIn(tables, '1'), await signIn(tables, '1')]
      tables.database.exec("UPDATE auth_user SET password = 'pbkdf2_sha256$1$salt$new' WHERE id = 1")
      // With verification the session has to be told in the request that changes the password, as in Django.
      const kept = verifyUsers ? undefined : await tables.visit(one.key, (session) => updateSessionAuthHash(session))
      assert.equal(await subjectOf(tables, other.key), verifyUsers ? null : '1')
      if (kept?.key != null) assert.equal(await subjectOf(tables, kept.key), '1')
    }
  })

  test('who has just changed the password stays, though another request ends the session that no longer fits', async () => {
    const tables = makeDjangoTables()
    const { key } = await signIn(tables, '1')
    const kept = await tables.visit(key, async (session) => {
      tables.database.exec("UPDATE auth_user SET password = 'pbkdf2_sha256$1$salt$new' WHERE id = 1")
      assert.equal(await subjectOf(tables, key), null)
      await updateSessionAuthHash(session)
    })
    assert.equal(kept.status, 200)
    assert.equal(await subjectOf(tables, String(kept.key)), '1')
    assert.equal(tables.rows().length, 1)
  })

  test('is named as Django names it, and by no other text for the same key', async () => {
    const { visit } = makeDjangoTables()
    for (const other of ['01', ' 1', '+1', '1.0']) {
      await visit(null, (session) => assert.rejects(session.login(other), { code: 'ERR_USER' }))
    }
  })

  test('stays signed in where a schema drops what does not fit, or migrates it', async () => {
    for (const onMisfit of ['drop', () => ({ cart: [] })] as const) {
      const tables = makeDjangoTables()
      const { key } = await signIn(tables, '1')
      await tables.visit(key, (session) => session.set('cart', 'of an old version'))
      const schema = z.object({ cart: z.array(z.string()).optional() })
      const { sessions } = sharing(tables, { schema, onMisfit })
      const headers = { cookie: `sessionid=${key}` }
      await sessions.handle(new Request('https://example.com/', { headers }), (session) => {
        assert.deepEqual([session.subject, session.get('cart')], ['1', onMisfit === 'drop' ? undefined : []])
        session.modified = true
        return new Response()
      })
      assert.equal(await subjectOf(tables, key), '1')
    }
  })

  test('and what Django keeps in it are no concern of a schema, however strict', async () => {
    for (const onMisfit of ['throw', 'drop'] as const) {
      const tables = makeDjangoTables()
      const before = await tables.visit(null, (session) => {
        session.set('_csrftoken', 'a'.repeat(32))
        session.set('_messages', '[]')
        session.setTestCookie()
      })
      const schema = z.strictObject({ cart: z.array(z.string()).optional() })
      const { visit } = makeDjangoTables({}, { beside: djangoSqlite(tables.database), schema, onMisfit } as object)
      const { key } = await visit(before.key, (session) => session.login('1'))
      await visit(key, (session) => session.set('cart', ['a']))
      await visit(key, (session) => {
        assert.deepEqual([session.subject, session.get('cart')], ['1', ['a']])
        assert.equal(session.get('_csrftoken'), 'a'.repeat(32))
        assert.deepEqual([session.get('_messages'), session.testCookieWorked()], ['[]', true])
      })
      await assert.rejects(
        visit(key, (session) => session.set('cart', [1])),
        { code: 'ERR_DATA_SCHEMA' },
      )
    }
  })

  test('proves who it is for some time', async () => {
    const clock = { at: Date.now() }
    const { visit } = makeDjangoTables({}, { clock: { now: () => clock.at } })
    const { key } = await visit(null, (session) => session.login('1'))
    await visit(key, (session) => session.requireFresh(300))
    clock.at += 301_000
    await visit(key, (session) => assert.throws(() => session.requireFresh(300), { code: 'ERR_NOT_FRESH' }))
    const again = await visit(key, (session) => session.reauthenticated())
    assert.notEqual(again.key, key)
    await visit(again.key, (session) => session.requireFresh(300))
  })

  test('of a session that is not shared is a mistake', async () => {
    const own = createSessions({ keys: ['a key of this test alone, which is long enough'], engine: db(memoryStore()) })
    await own.handle(new Request('https://example.com/'), async (session) => {
      await assert.rejects(djangoUser(session), { code: 'ERR_OPTION' })
      await assert.rejects(updateSessionAuthHash(session), { code: 'ERR_OPTION' })
      return new Response()
    })
  })
})

test('beside Django with CSRF_USE_SESSIONS a login makes a new CSRF secret', async () => {
  const { visit } = makeDjangoTables({ CSRF_USE_SESSIONS: true })
  const seen: unknown[] = []
  const { key } = await visit(null, (session) => session.set('_csrftoken', 'a'.repeat(32)))
  const first = await visit(key, (session) => session.login('1'))
  const second = await visit(first.key, async (session) => {
    seen.push(session.get('_csrftoken'))
    await session.login('1')
  })
  await visit(second.key, (session) => seen.push(session.get('_csrftoken')))
  for (const secret of seen) assert.match(String(secret), /^[A-Za-z0-9]{32}$/)
  assert.equal(new Set(['a'.repeat(32), ...seen]).size, 3)
})
