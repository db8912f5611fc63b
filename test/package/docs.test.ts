import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { COOKIE_OPTIONS, createCookieWriter } from '../../src/cookie/write.ts'
import { readOptions } from '../../src/core/options.ts'
import { Session } from '../../src/core/session.ts'
import { ERRORS } from '../../src/index.ts'
import { anchorsOf, rowsOf } from '../support/markdown.ts'

// What the documentation lists is compared with the source, both ways. A new option, error or event needs a row.
const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  ...globSync('docs/*.md', { cwd: root }),
]
const SOURCES = globSync('src/**/*.ts', { cwd: root })
const ENTRIES = Object.keys((JSON.parse(read('package.json')) as { exports: object }).exports).map((entry) =>
  entry.replace('.', 'holdfast'),
)

describe('links and imports', () => {
  for (const page of PAGES) {
    test(`of ${page} lead somewhere`, () => {
      for (const [, path = '', anchor] of read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
        const file = path === '' ? page : join(dirname(page), path)
        assert.ok(existsSync(join(root, file)), file)
        if (anchor !== undefined) assert.ok(anchorsOf(read(file)).includes(anchor), `${file}#${anchor}`)
      }
      for (const [, entry = ''] of read(page).matchAll(/['`](holdfast\/[\w/-]+)['`]/g)) {
        assert.ok(ENTRIES.includes(entry), entry)
      }
    })
  }
})

describe('docs/settings.md', () => {
  const page = read('docs/settings.md')
  const source = read('src/core/options.ts')
  const options = rowsOf(page, 'Options of `createSessions`')
  const cookie = rowsOf(page, 'Cookie options')

  test('lists every option of createSessions, and no other', () => {
    const known = /const KNOWN = \[([^\]]*)\]/.exec(source)?.[1] ?? ''
    assert.deepEqual(firstsOf(options), quotedIn(known).toSorted())
    assert.deepEqual(
      firstsOf(options),
      [...fieldsOf(source, 'SessionsOptions'), ...fieldsOf(source, 'SchemaOptions')].toSorted(),
    )
  })

  test('is right about their defaults', () => {
    const { idleSeconds, absoluteSeconds, renewalMs, ...policy } = readOptions({ keys: [] })
    const defaults = {
      ...policy,
      idleTimeout: idleSeconds,
      absoluteTimeout: absoluteSeconds,
      renewalInterval: Number(renewalMs) / 1000,
    }
    const written = new Map(options.map(([name = '', , standard = '']) => [name, valueOf(standard)]))
    for (const [name, value] of Object.entries(defaults)) {
      if (written.get(name) !== undefined) assert.deepEqual(written.get(name), value, name)
    }
    for (const name of [
      'idleTimeout',
      'absoluteTimeout',
      'renewalInterval',
      'limits',
      'expiry',
      'onReuse',
      'onConflict',
      'onMisfit',
    ]) {
      assert.notEqual(written.get(name), undefined, name)
    }
  })

  test('is right about their choices', () => {
    const chosen = Array.from(source.matchAll(/oneOf\('(\w+)',[^[]*\[([^\]]*)\]/g))
    assert.ok(chosen.length >= 3)
    for (const [, name = '', choices = ''] of chosen) {
      const [, type = '', standard = ''] = options.find(([option]) => option === name) ?? []
      assert.deepEqual(quotedIn(type), quotedIn(choices), name)
      assert.deepEqual(quotedIn(standard), quotedIn(choices).slice(0, 1), name)
    }
  })

  test('lists every option of the cookie, and no other', () => {
    const write = read('src/cookie/write.ts')
    assert.deepEqual(firstsOf(cookie), COOKIE_OPTIONS.toSorted())
    assert.deepEqual(
      firstsOf(cookie),
      [...fieldsOf(write, 'HostCookieOptions'), ...fieldsOf(write, 'CommonCookieOptions')].toSorted(),
    )
  })

  test('is right about the defaults of the cookie', () => {
    const rows = cookie.map(([name = '', , standard = '']) => [name, valueOf(standard)])
    const given = Object.fromEntries(rows.filter(([, value]) => value !== undefined)) as object
    assert.ok(Object.keys(given).length >= 6)
    assert.equal(createCookieWriter(given).write('x', undefined), createCookieWriter().write('x', undefined))
  })

  for (const [call, file, type] of [
    ['cachedDb(store, cache, options)', 'src/engines/cached-db.ts', 'CachedDbOptions'],
    ['sqliteStore(path, options)', 'src/stores/sqlite.ts', 'SqliteStoreOptions'],
    ['postgresStore(pool, options)', 'src/stores/postgres.ts', 'PostgresStoreOptions'],
    ['mysqlStore(pool, options)', 'src/stores/mysql.ts', 'MysqlStoreOptions'],
    ['redisStore(client, options)', 'src/stores/redis.ts', 'RedisStoreOptions'],
    ['memoryStore(options)', 'src/stores/memory.ts', 'MemoryStoreOptions'],
    ['memoryCache(options)', 'src/caches/memory.ts', 'MemoryCacheOptions'],
    ['redisCache(client, options)', 'src/caches/redis.ts', 'RedisCacheOptions'],
  ] as const) {
    test(`lists every option of ${call} with its default, and no other`, () => {
      const rows = rowsOf(page, `\`${call}\`:`)
      assert.deepEqual(firstsOf(rows), fieldsOf(read(file), type))
      for (const [name = '', , standard = ''] of rows) {
        const code = CLOCKS[standard] ?? /`([^`]+)`/.exec(standard)?.[1] ?? standard
        assert.ok(
          [` ${name} = ${code}`, ` ${name} = '${code}'`, `options.${name} ?? ${code}`, `options.${name}${code}`].some(
            (text) => read(file).includes(text),
          ),
          name,
        )
      }
    })
  }

  test('lists every warning, and no other', () => {
    const codes = new Set(SOURCES.flatMap((file) => quotedIn(read(file)).filter((text) => /^HOLDFAST_\w+$/.test(text))))
    assert.deepEqual(firstsOf(rowsOf(page, 'Warnings')), [...codes].toSorted())
  })
})

describe('docs/errors.md', () => {
  const page = read('docs/errors.md')
  const rows = ['Answers to the visitor', 'When the server starts', 'Mistakes in the application', 'The store'].flatMap(
    (title) => rowsOf(page, title),
  )

  test('lists every code once, with its status, and no other', () => {
    const listed = rows.map(([code, status]) => `${code} ${status}`)
    assert.deepEqual(
      listed.toSorted(),
      Object.entries(ERRORS)
        .map(([code, { status }]) => `${code} ${status}`)
        .toSorted(),
    )
    for (const [code, , happened, mend] of rows) assert.ok(happened && mend, code)
  })

  test('says which of them are TypeErrors', () => {
    const thrown = new Set(
      SOURCES.flatMap((file) => Array.from(read(file).matchAll(/HoldfastTypeError\(\s*'(\w+)'/g), ([, code]) => code)),
    )
    for (const [code = '', , happened = ''] of rows)
      assert.equal(happened.includes('`TypeError`'), thrown.has(code), code)
  })
})

describe('docs/events.md', () => {
  const page = read('docs/events.md')
  const source = read('src/core/events.ts')
  const rows = ["A session's life", 'Requests that got no session, or no write', 'Failures'].flatMap((title) =>
    rowsOf(page, title),
  )

  test('lists every event once, with its fields, and no other', () => {
    const body = /export type EventBody =(.*?)export type EventType/s.exec(source)?.[1] ?? ''
    const events = Array.from(body.matchAll(/\{([^{}]*)\}/g), ([, text = '']) => {
      const [type, ...fields] = Array.from(text.matchAll(/readonly (\w+)\??:(?: '([\w-]+)')?/g), ([, field, value]) =>
        field === 'type' ? value : field,
      )
      return [type, ...fields].join(' ')
    })
    assert.ok(events.length > 15)
    const listed = rows.map(([type, fields = '']) => [type, ...(fields.match(/\w+/g) ?? [])].join(' '))
    assert.deepEqual(listed.toSorted(), events.toSorted())
    for (const [type, , when, what] of rows) assert.ok(when && what, type)
  })

  test('names every reason for an end', () => {
    const reasons = quotedIn(/reason: ('logout'.*)/.exec(source)?.[1] ?? '')
    const when = rows.find(([type]) => type === 'ended')?.[2] ?? ''
    assert.ok(reasons.length > 5)
    for (const reason of reasons) assert.ok(when.includes(`\`${reason}\``), reason)
  })

  test('raises alarms for events that there are', () => {
    const alarms = Array.from(page.matchAll(/^- \*\*`([\w-]+)`/gm), ([, type]) => type)
    assert.ok(alarms.length >= 5)
    for (const alarm of alarms)
      assert.ok(
        rows.some(([type]) => type === alarm),
        alarm,
      )
  })
})

test('docs/stores.md lists every engine, store and cache that is exported, and no other', () => {
  const listed = rowsOf(read('docs/stores.md'), 'Which one').flat()
  assert.deepEqual(
    listed.filter((cell) => cell.startsWith('holdfast/')).toSorted(),
    ENTRIES.filter((entry) => /\/(?:engines|stores|caches)\//.test(entry)).toSorted(),
  )
})

test('docs/adapters.md lists every adapter that is exported, and no other', () => {
  const listed = rowsOf(read('docs/adapters.md'), 'Which one').flat()
  assert.deepEqual(
    [...new Set(listed.filter((cell) => cell.startsWith('holdfast/')))].toSorted(),
    globSync('src/adapters/*.ts', { cwd: root })
      .map((file) => file.replace(/^src\/adapters\/(\w+)\.ts$/, 'holdfast/$1'))
      .toSorted(),
  )
})

describe('docs/express-session.md', () => {
  const page = read('docs/express-session.md')
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('express-session'))

  test('is about the version that is installed', () => {
    const { version } = require('express-session/package.json') as { version: string }
    assert.ok(page.includes(`express-session ${version}.`), version)
  })

  test('lists every option that express-session reads, and no other', () => {
    const options = new Set(readFileSync(join(folder, 'index.js'), 'utf8').match(/(?<=\bopts\.)\w+/g))
    assert.deepEqual(firstsOf(rowsOf(page, 'Options', 'express-session')), [...options].toSorted())
  })

  test('lists every option of its cookie, and no other', () => {
    const options = readFileSync(join(folder, 'README.md'), 'utf8').match(/(?<=^##### )cookie\.\w+$/gm) ?? []
    assert.ok(options.length > 5)
    assert.deepEqual(firstsOf(rowsOf(page, 'Options', 'Cookie option')), options.toSorted())
  })

  test('lists every method of its session, and only methods of ours that there are', () => {
    const rows = rowsOf(page, 'What you write in place of it')
    const { Session: Theirs } = require('express-session') as { Session: { prototype: object } }
    const methods = Object.getOwnPropertyNames(Theirs.prototype).filter((name) => name !== 'constructor')
    assert.ok(methods.length > 5)
    for (const name of methods)
      assert.ok(
        rows.some(([there]) => there?.startsWith(`req.session.${name}(`)),
        name,
      )
    for (const [, here = ''] of rows) {
      const name = /req\.session\.(\w+)/.exec(here)?.[1]
      if (name !== undefined) assert.ok(name in Session.prototype, name)
    }
  })
})

/** What reads the clock that a page speaks of. Nothing lets the server of the database read its own. */
const CLOCKS: Record<string, string> = {
  "the system's clock": 'systemClock',
  "the server's clock": '?.now() ?? ',
}

function firstsOf(rows: readonly string[][]): string[] {
  return rows.map(([first = '']) => first).toSorted()
}

/** The fields that an interface of its own declares. */
function fieldsOf(source: string, name: string): string[] {
  const body = new RegExp(`interface ${name}\\b[^{]*\\{(.*?)^\\}`, 'ms').exec(source)?.[1] ?? ''
  return Array.from(body.matchAll(/^ {2}readonly (\w+)\??:/gm), ([, field = '']) => field).toSorted()
}

function quotedIn(text: string): string[] {
  return Array.from(text.matchAll(/'([^'\n]*)'/g), ([, word = '']) => word)
}

/** What a cell stands for as a literal of the language; undefined for prose. */
function valueOf(cell: string): unknown {
  const json = cell
    .replaceAll(/(?<=\d)_(?=\d)/g, '')
    .replaceAll("'", '"')
    .replaceAll(/(\w+):/g, '"$1":')
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}
