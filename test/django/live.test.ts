import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { djangoPostgres, djangoRedis, sessionsFromSettings } from '../../src/django.ts'
import { createSessionSigner, SESSION_SALT } from '../../src/django/wire/session-text.ts'
import { newId } from '../../src/testing/records.ts'
import { serveDjango, serveNode, visitor, type Side, type Visitor } from '../support/django-live.ts'
import { djangosWithServers } from '../support/django-site.ts'
import type { DjangoPython } from '../support/django.ts'
import { usePostgres, type Postgres } from '../support/postgres.ts'
import { command, LIBRARIES, useRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

// A real Django and a real server of ours on one PostgreSQL and one Redis, and browsers that go to both.

const ENGINES = ['db', 'cached_db', 'cache', 'signed_cookies'] as const
const KEY = 'what both sides sign with, until it is rotated'
const NEW_KEY = 'what both sides sign with, after it was rotated'
const ADA = { name: 'ada', password: 'secret of ada' }
const BOB = { name: 'bob', password: 'secret of bob' }
const BOTH_WAYS = [
  [0, 1],
  [1, 0],
] as const

const pythons = djangosWithServers()
const port = await useRedis()
const redis = port === undefined ? undefined : await LIBRARIES[0]?.connect(port)
if (pythons.length === 0) test('live', { skip: 'no python3 has django, psycopg2 and django_redis' }, () => {})

for (const python of pythons) {
  const postgres = await usePostgres()
  if (postgres === undefined || redis === undefined) break
  const passwords = new Map([ADA, BOB].map(({ name, password }) => [name, password]))
  for (const engine of ENGINES) await live({ python, engine, postgres, passwords })
}

interface Place {
  readonly python: DjangoPython
  readonly engine: (typeof ENGINES)[number]
  /** With the tables of one site, whose engines share them. */
  readonly postgres: Postgres
  /** As they are by now. */
  readonly passwords: Map<string, string>
}

async function live({ python, engine, postgres: { url, pool }, passwords }: Place): Promise<void> {
  const copiesLiveOn = engine === 'signed_cookies'
  const hasRows = engine === 'db' || engine === 'cached_db'
  const backend = python.major >= 4 ? 'django.core.cache.backends.redis.RedisCache' : 'django_redis.cache.RedisCache'
  const cache = { BACKEND: backend, LOCATION: `redis://127.0.0.1:${port}/0`, KEY_PREFIX: `holdfast-test-${newId()}` }
  const sides = await startSides([KEY])

  describe(`${engine}, Django ${python.version} and Node side by side`, () => {
    for (const [one, other] of BOTH_WAYS) {
      const [here, there] = [sides[one], sides[other]]

      test(`signed in at ${here.name} is signed in at ${there.name}, with what the visitor had`, async () => {
        const ada = visitor()
        await ada.post(there, '/count', { key: 'n' })
        const anonymous = ada.copy()
        assert.deepEqual(await signIn(ada, here, ADA.name), { user: 'ada', data: { n: 1 } })
        assert.deepEqual(await ada.look(there), { user: 'ada', data: { n: 1 } })
        assert.deepEqual(await ada.post(there, '/count', { key: 'n' }), { user: 'ada', data: { n: 2 } })
        assert.deepEqual(await ada.look(here), { user: 'ada', data: { n: 2 } })
        for (const side of sides) assert.equal((await anonymous.look(side)).user, null, 'no fixation')
      })

      test(`signed out at ${here.name} is signed out at ${there.name}`, async () => {
        const ada = visitor()
        await signIn(ada, there, ADA.name)
        const copy = ada.copy()
        assert.equal((await ada.look(here)).user, 'ada')
        await ada.post(here, '/logout')
        assert.equal(ada.jar.size, 0)
        for (const side of [there, here]) {
          assert.equal((await ada.look(side)).user, null)
          assert.equal((await copy.copy().look(side)).user, copiesLiveOn ? 'ada' : null, side.name)
        }
      })

      test(`a password that changes at ${here.name} ends the other browsers at both, and not this one`, async () => {
        const [bob, second, third] = [visitor(), visitor(), visitor()]
        await signIn(bob, there, BOB.name)
        await signIn(second, there, BOB.name)
        await signIn(third, here, BOB.name)
        const password = `new at ${here.name}`
        await bob.post(here, '/password', { password })
        passwords.set(BOB.name, password)
        for (const side of [there, here]) {
          assert.equal((await bob.look(side)).user, 'bob')
          for (const old of [second, third]) assert.equal((await old.copy().look(side)).user, null)
        }
        assert.equal((await signIn(visitor(), there, BOB.name)).user, 'bob')
      })

      test(`an expiry that is set at ${here.name} holds at ${there.name}`, async () => {
        const ada = visitor()
        await signIn(ada, there, ADA.name)
        const { setCookies } = await ada.send(here, '/expire', { seconds: 1 })
        assert.match(setCookies.join(), /; max-age=1(?:;|$)/i)
        // A cookie that is the session is forgotten by the browser alone; here that is ours to do.
        if (copiesLiveOn) return
        const gone = async (side: Side): Promise<boolean> => (await ada.copy().look(side)).user === null
        await until(() => gone(there))
        await until(() => gone(here))
      })

      const hasFallbacks = here.name === 'Node' || Number.parseFloat(python.version) > 4
      if (hasFallbacks) {
        test(`a rotated SECRET_KEY, met at ${here.name} first, signs nobody out who came by`, async () => {
          const [ada, absent] = [visitor(), visitor()]
          await signIn(ada, there, ADA.name)
          await signIn(absent, here, ADA.name)
          const rotated = await startSides([NEW_KEY, KEY])
          assert.equal((await ada.look(rotated[one])).user, 'ada')
          assert.equal((await ada.look(rotated[other])).user, 'ada')
          const done = await startSides([NEW_KEY])
          for (const side of done) {
            assert.equal((await ada.look(side)).user, 'ada', side.name)
            assert.equal((await absent.copy().look(side)).user, null, side.name)
          }
        })
      }

      if (!copiesLiveOn) {
        test(`a logout at ${here.name} among reads at both stays, for every request to Node`, async () => {
          for (let round = 0; round < 5; round++) {
            const ada = visitor()
            await signIn(ada, there, ADA.name)
            const before = ada.copy()
            let signedOut = false
            let over = false
            const late: string[] = []
            const read = async (side: Side): Promise<void> => {
              while (!over) {
                const isLate = signedOut
                const { user } = await before.copy().look(side)
                // What Django's own late fills bring back to Django, is beyond us.
                if (isLate && user !== null && (side.name === 'Node' || engine !== 'cached_db')) late.push(side.name)
              }
            }
            const readers = sides.flatMap((side) => Array.from({ length: 6 }, () => read(side)))
            // A cache may drop what it holds at any time. Then Django fills it anew, and late.
            const copy = `${cache.KEY_PREFIX}:1:django.contrib.sessions.cached_db${ada.jar.get('sessionid')}`
            let evicted = 0
            const evict = async (): Promise<void> => {
              for (; !signedOut; evicted++) await command(port ?? 0, 'DEL', copy)
            }
            const evictor = engine === 'cached_db' ? evict() : undefined
            await until(() => evictor === undefined || evicted > 3)
            await ada.post(here, '/logout')
            signedOut = true
            for (let more = 0; more < 10; more++) assert.equal((await before.copy().look(sides[1])).user, null)
            over = true
            await Promise.all([...readers, evictor])
            assert.deepEqual(late, [])
            assert.equal((await before.copy().look(sides[1])).user, null)
          }
        })
      }
    }

    if (!copiesLiveOn) {
      test('50 writers at Node lose nothing while Django reads the same session and writes others', async () => {
        const ada = visitor()
        await signIn(ada, sides[0], ADA.name)
        await Promise.all([
          ...Array.from({ length: 50 }, () => ada.copy().post(sides[1], '/count', { key: 'node' })),
          ...Array.from({ length: 25 }, () => ada.copy().look(sides[0])),
          ...Array.from({ length: 25 }, () => visitor().post(sides[0], '/count', { key: 'django' })),
        ])
        assert.deepEqual(await ada.look(sides[1]), { user: 'ada', data: { node: 50 } })
        assert.ok((await readable(sides[0])).some(({ node }) => !hasRows || node === 50))
      })
    }

    if (hasRows) {
      test('50 writers of one session, half of them at Django: what Holdfast writes takes nothing away', async (t) => {
        const ada = visitor()
        await signIn(ada, sides[1], ADA.name)
        await recordUpdates(t)
        await Promise.all(
          Array.from({ length: 25 }, () =>
            sides.map((side) => ada.copy().post(side, '/count', { key: side.name })),
          ).flat(),
        )
        const signer = createSessionSigner({ keys: [KEY], salt: SESSION_SALT })
        const countsIn = (text: string): { Node: number; Django: number } => {
          const decoded = signer.decode(text)
          assert.equal(decoded.kind, 'data')
          const { Node = 0, Django = 0 } = JSON.parse(decoded.kind === 'data' ? decoded.json : '{}') as Partial<
            Record<Side['name'], number>
          >
          return { Node, Django }
        }
        const { rows: updates } = await pool.query<{ app: string; old: string; new: string }>(
          'SELECT * FROM seen ORDER BY id',
        )
        const [ours, theirs] = [false, true].map((isDjango) =>
          updates.filter(({ app }) => (app === 'django') === isDjango),
        )
        assert.equal(theirs?.length, 25)
        let written = 0
        for (const update of ours ?? []) {
          const [before, next] = [countsIn(update.old), countsIn(update.new)]
          written += next.Node - before.Node
          assert.ok(next.Node > before.Node)
          assert.equal(next.Django, before.Django)
        }
        assert.equal(written, 25, 'every change of every writer at Node is in one of its updates')
        const overwritten = (theirs ?? []).map((update) => countsIn(update.old).Node - countsIn(update.new).Node)
        const lost = overwritten.reduce((sum, one) => sum + one, 0)
        assert.equal(
          (await ada.look(sides[1])).data['Node'] ?? 0,
          25 - lost,
          'only Django, which overwrites, took any away',
        )
        await readable(sides[0])
      })
    }

    /** Every row, by Django; and none is one that it cannot read. */
    async function readable(django: Side): Promise<Record<string, unknown>[]> {
      const { json } = await visitor().send(django, '/rows')
      const rows = Object.values(json ?? {}) as Record<string, unknown>[]
      const { rows: stored } = await pool.query<{ session_data: string }>('SELECT session_data FROM django_session')
      assert.equal(rows.length, stored.length)
      return rows
    }

    async function recordUpdates(t: { after(end: () => Promise<void>): void }): Promise<void> {
      await pool.query(`
        CREATE TABLE seen (id serial, app text, old text, new text);
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO seen (app, old, new) VALUES (current_setting('application_name'), OLD.session_data, NEW.session_data);
          RETURN NEW;
        END $$;
        CREATE TRIGGER see AFTER UPDATE ON django_session FOR EACH ROW EXECUTE FUNCTION see()`)
      t.after(async () => {
        await pool.query('DROP TRIGGER see ON django_session; DROP FUNCTION see; DROP TABLE seen')
      })
    }

    async function signIn(who: Visitor, side: Side, name: string) {
      return who.post(side, '/login', { name, password: passwords.get(name) })
    }
  })

  /** Django first. The first key signs. */
  async function startSides([SECRET_KEY, ...SECRET_KEY_FALLBACKS]: readonly [string, ...string[]]): Promise<
    [Side, Side]
  > {
    const settings = {
      SECRET_KEY,
      SECRET_KEY_FALLBACKS,
      SESSION_COOKIE_SECURE: true,
      SESSION_ENGINE: `django.contrib.sessions.backends.${engine}`,
      USE_TZ: true,
      TIME_ZONE: 'UTC',
      CACHES: { default: cache },
    } as const
    const { hostname, port: number, username, pathname, searchParams } = new URL(url)
    const database = {
      ENGINE: 'django.db.backends.postgresql',
      NAME: pathname.slice(1),
      HOST: hostname,
      PORT: number,
      USER: username,
      OPTIONS: { options: searchParams.get('options')?.trim(), application_name: 'django' },
    }
    const usesCache = engine === 'cached_db' || engine === 'cache'
    const sessions = sessionsFromSettings<Record<string, unknown>>(settings, {
      beside: djangoPostgres(pool),
      ...(usesCache && redis !== undefined ? { cache: djangoRedis(redis) } : {}),
    })
    const django = await serveDjango(python, { ...settings, DATABASES: { default: database } })
    const node = await serveNode(sessions, pool)
    after(async () => {
      await django.stop()
      await node.stop()
    })
    return [django, node]
  }
}
