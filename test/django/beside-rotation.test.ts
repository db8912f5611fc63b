import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { djangoSqlite, sessionsFromSettings } from '../../src/django.ts'
import { DJANGOS, NO_DJANGO } from '../support/django.ts'
import { cookieOf, SHARED_KEY, startShared } from '../support/django-shared.ts'
import { DJANGO_KEY, makeDjangoTables } from '../support/django-tables.ts'

const NEW_KEY = 'the SECRET_KEY that took the place of the other one'
type Site = ReturnType<typeof makeDjangoTables>

/** The same tables, by other keys. */
function withKeys({ database }: Pick<Site, 'database'>, SECRET_KEY: string, ...SECRET_KEY_FALLBACKS: string[]) {
  return sessionsFromSettings<Record<string, unknown>>(
    { SECRET_KEY, SECRET_KEY_FALLBACKS, USE_TZ: true, SESSION_COOKIE_SECURE: true },
    { beside: djangoSqlite(database) },
  )
}

/** Who the visitor is, the data `a`, and the key that the browser has then. */
async function look(sessions: ReturnType<typeof withKeys>, key: string | null): Promise<[unknown, unknown, string]> {
  const seen: unknown[] = []
  const request = new Request('https://example.com/', { headers: { cookie: `sessionid=${key}` } })
  const response = await sessions.handle(request, (session) => {
    seen.push(session.subject, session.get('a'))
    return new Response()
  })
  const value = /^sessionid=([^;]*)/.exec(response.headers.getSetCookie()[0] ?? '')?.[1]
  return [seen[0], seen[1], value ?? String(key)]
}

describe('another SECRET_KEY', () => {
  const signIn = async (site: Site): Promise<string> => {
    const { key } = await site.visit(null, async (session) => {
      await session.login('1')
      session.set('a', 1)
    })
    return String(key)
  }

  test('with the old one as a fallback: the visitor stays, under a new key, once', async () => {
    const site = makeDjangoTables()
    const old = await signIn(site)
    const sessions = withKeys(site, NEW_KEY, DJANGO_KEY)
    const [subject, data, key] = await look(sessions, old)
    assert.deepEqual([subject, data], ['1', 1])
    assert.notEqual(key, old)
    assert.deepEqual(await look(sessions, key), ['1', 1, key])
    assert.deepEqual(await look(withKeys(site, NEW_KEY), key), ['1', 1, key])
    assert.deepEqual((await look(sessions, old)).slice(0, 2), [null, undefined])
  })

  test('without it: the session is nobody\u2019s, and empty', async () => {
    const site = makeDjangoTables()
    const old = await signIn(site)
    assert.deepEqual(await look(withKeys(site, NEW_KEY), old), [null, undefined, old])
  })

  test('of several requests at once one changes the key, and none fails', async () => {
    const site = makeDjangoTables()
    const old = await signIn(site)
    const sessions = withKeys(site, NEW_KEY, DJANGO_KEY)
    const all = await Promise.all(Array.from({ length: 6 }, () => look(sessions, old)))
    assert.equal(site.rows().length, 1)
    assert.deepEqual(
      all.map(([subject]) => subject),
      all.map(() => '1'),
    )
    assert.equal(all.filter(([, , key]) => key === site.rows()[0]?.key).length, 1)
  })
})

const recent = DJANGOS.find(({ major }) => major >= 5)
test(
  'another SECRET_KEY is the same on both sides',
  { skip: recent === undefined && (NO_DJANGO || 'no Django from 4.1 on') },
  async () => {
    assert.ok(recent)
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-rotation-'))
    after(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'db.sqlite3')
    const place = {
      database: { ENGINE: 'django.db.backends.sqlite3', NAME: path },
      extras: { beside: djangoSqlite(path) },
    }
    const before = await startShared(recent, place)
    const both = { SECRET_KEY: NEW_KEY, SECRET_KEY_FALLBACKS: [SHARED_KEY] }
    const rotated = await startShared(recent, { ...place, settings: both })
    const { pk } = await before.django.call<{ pk: string }>('add_user', 'ada', 'secret')
    for (const [signIn, look] of [
      [before.here, rotated.there],
      [before.there, rotated.here],
      [before.here, rotated.here],
    ] as const) {
      const old = cookieOf(await signIn(null, ['login', pk], ['set', 'a', 1]))
      const answer = await look(old, ['user'], ['get', 'a'])
      assert.deepEqual(answer.seen, [pk, 1])
      for (const again of [rotated.here, rotated.there]) {
        const next = await again(cookieOf(answer), ['user'], ['get', 'a'])
        assert.deepEqual([next.seen, next.cookie], [[pk, 1], null])
      }
    }
  },
)
