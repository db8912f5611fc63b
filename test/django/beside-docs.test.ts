import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Session } from '../../src/core/session.ts'
import { DIFFERENCES } from './histories/differences.ts'
import { djangoSqlite, sessionsFromSettings, type DjangoTable } from '../../src/django.ts'
import { DJANGO_KEY, makeDjangoTables } from '../support/django-tables.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/django.md'), 'utf8')
const section = page.slice(page.indexOf('## Beside a running Django'), page.indexOf('## What you write in place'))
const words = section.replaceAll(/\s+/g, ' ').replaceAll('*', '').toLowerCase()

describe('docs/django.md, beside a running Django', () => {
  for (const { what } of DIFFERENCES) {
    test(`says that ${what}`, () => assert.ok(words.includes(what.toLowerCase())))
  }

  test('names methods that are there', () => {
    const table = section.slice(section.indexOf('| Of Django'), section.indexOf('Here `getExpiryAge()`'))
    const names = Array.from(table.matchAll(/\bsession\.([a-z]\w+)/g), ([, name = '']) => name)
    assert.ok(names.length > 10)
    for (const name of names) assert.ok(name in Session.prototype, name)
  })

  test('counts right what a request asks of the tables', async () => {
    const asked: string[] = []
    const { database } = makeDjangoTables()
    const tables = djangoSqlite(database)
    const watched = {
      name: tables.name,
      open: (settings: Parameters<typeof tables.open>[0]): DjangoTable =>
        new Proxy(tables.open(settings), {
          get(table, verb) {
            const value: unknown = Reflect.get(table, verb)
            if (typeof value !== 'function') return value
            return (...args: unknown[]): unknown => {
              asked.push(String(verb))
              return Reflect.apply(value, table, args)
            }
          },
        }),
    }
    const open = () => sessionsFromSettings({ SECRET_KEY: DJANGO_KEY, USE_TZ: true }, { beside: watched })
    const [one, other] = [open(), open()]
    const begun = await one.handle(new Request('https://example.com/'), async (session) => {
      await session.login('1')
      return new Response()
    })
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const read = async (sessions: typeof one): Promise<string[]> => {
      asked.length = 0
      await sessions.handle(new Request('https://example.com/', { headers: { cookie } }), (session) => {
        assert.equal(session.subject, '1')
        return new Response()
      })
      return [...asked]
    }
    assert.deepEqual(await read(one), ['loadWithUser'])
    assert.deepEqual(await read(other), ['load', 'findUser'])
    assert.deepEqual(await read(other), ['loadWithUser'])
    asked.length = 0
    await one.handle(new Request('https://example.com/'), () => new Response())
    assert.deepEqual(asked, [])
  })
})
