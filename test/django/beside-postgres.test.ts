import assert from 'node:assert/strict'
import { test } from 'node:test'
import { djangoPostgres, sessionsFromSettings } from '../../src/django.ts'
import { djangosWith, startSite } from '../support/django-site.ts'
import { usePostgres } from '../support/postgres.ts'
import { visitHoldfast, type Step, type Visit } from './histories/play.ts'

const [python] = djangosWith('psycopg2')
const postgres = await usePostgres()
assert.ok(python !== undefined && postgres !== undefined)
const { url, pool } = postgres
const { hostname, port, username, pathname, searchParams } = new URL(url)
const SECRET_KEY = 'what this Django signs its sessions with, and nothing else'
const django = await startSite(python, {
  database: {
    ENGINE: 'django.db.backends.postgresql',
    NAME: pathname.slice(1),
    HOST: hostname,
    PORT: port,
    USER: username,
    OPTIONS: { options: searchParams.get('options')?.trim() },
  },
  useTz: true,
  timeZone: 'UTC',
  modules: ['histories'],
  settings: {
    AUTHENTICATION_BACKENDS: ['django.contrib.auth.backends.ModelBackend'],
    ROOT_URLCONF: 'tables',
    ALLOWED_HOSTS: ['*'],
  },
})
await django.call('migrate')
const sessions = sessionsFromSettings<Record<string, unknown>>(
  { SECRET_KEY, USE_TZ: true },
  { beside: djangoPostgres(pool) },
)
const site = { sessions, cookieName: 'sessionid', setPassword: async () => '', now: () => Date.now() }
const here = (cookie: string | null, ...steps: Step[]): Promise<Visit> => visitHoldfast(site, cookie, steps, 200)
const keyOf = ({ cookie }: Visit): string => cookie?.value ?? assert.fail('no cookie')
const there = (cookie: string | null, ...steps: Step[]): Promise<Visit> => django.call('visit', cookie, steps, 200)

test('who signs in on one side is signed in on the other, and who signs out is out of both', async () => {
  const { pk } = await django.call<{ pk: string }>('add_user', 'ada', 'secret')
  const anonymous = keyOf(await here(null, ['set', 'cart', [1, 1.5, 'Zoë']]))
  assert.deepEqual((await there(anonymous, ['get', 'cart'], ['user'])).seen, [[1, 1.5, 'Zoë'], null])

  const ours = keyOf(await here(anonymous, ['login', pk]))
  assert.notEqual(ours, anonymous)
  assert.deepEqual((await there(anonymous, ['user'])).seen, [null])
  assert.deepEqual((await there(ours, ['user'], ['append', 'cart', 7])).seen, [pk, null])
  assert.deepEqual((await here(ours, ['user'], ['get', 'cart'])).seen, [pk, [1, 1.5, 'Zoë', 7]])
  assert.equal(keyOf(await here(ours, ['logout'])), '')
  assert.deepEqual((await there(ours, ['user'])).seen, [null])

  const theirs = keyOf(await there(null, ['login', pk]))
  assert.deepEqual((await here(theirs, ['user'])).seen, [pk])
  await there(theirs, ['logout'])
  assert.deepEqual((await here(theirs, ['user'])).seen, [null])
})
