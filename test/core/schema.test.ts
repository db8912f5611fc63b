import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import { sessionsFromSettings } from '../../src/django.ts'
import {
  cachedDb,
  createSessions,
  db,
  memoryCache,
  memoryStore,
  signedCookies,
  type EventOf,
  type SchemaOptions,
  type Session,
  type SessionEngine,
  type Sessions,
  type StandardSchema,
} from '../../src/index.ts'
import { allOf, createVisitor, type Anything } from '../support/visitor.ts'

const KEY = 'a key of forty characters, 0123456789 abc'

interface Shop {
  cart?: string[]
  visits?: number
  user?: { name: string }
}

const ZOD: StandardSchema<Shop> = z.object({
  cart: z.array(z.string()).exactOptional(),
  visits: z.number().max(100).exactOptional(),
  user: z.object({ name: z.string() }).exactOptional(),
})

const LIBRARIES: Readonly<Record<string, StandardSchema<Shop>>> = {
  zod: ZOD,
  valibot: v.object({
    cart: v.exactOptional(v.array(v.string())),
    visits: v.exactOptional(v.pipe(v.number(), v.maxValue(100))),
    user: v.exactOptional(v.object({ name: v.string() })),
  }),
  arktype: type({ 'cart?': 'string[]', 'visits?': 'number <= 100', 'user?': { name: 'string' } }),
}

const ENGINES: Readonly<Record<string, () => SessionEngine>> = {
  db: () => db(memoryStore()),
  cachedDb: () => cachedDb(memoryStore(), memoryCache()),
  signedCookies: () => signedCookies({ endings: memoryStore() }),
}

/** One engine with two versions of an application on it: one that knows no schema, and one that has this one. */
function site<Data = Shop>(options: SchemaOptions<Data>, engine: SessionEngine = db(memoryStore())) {
  const plain = createSessions<Anything>({ keys: [KEY], engine })
  const sessions: Sessions<Data> = createSessions({ keys: [KEY], engine, ...options })
  const misfits: EventOf<'misfit'>[] = []
  sessions.on('misfit', (event) => misfits.push(event))
  const visitor = createVisitor()
  return {
    plain,
    sessions,
    misfits,
    visitor,
    /** The other version writes. */
    write: (data: Anything) =>
      visitor.visit(plain, (session) => {
        for (const [key, value] of Object.entries(data)) session.set(key, value)
      }),
    stored: () => visitor.visit(plain, allOf),
  }
}

for (const [library, schema] of Object.entries(LIBRARIES)) {
  describe(`a schema of ${library}`, () => {
    test('lets through what fits, as it was set', async () => {
      const { sessions, visitor, stored, misfits } = site({ schema })
      await visitor.visit(sessions, (session) => session.set('cart', ['rope']))
      await visitor.visit(sessions, (session) => {
        session.get('cart')?.push('axe')
        session.update('visits', (n = 0) => n + 1)
      })
      assert.deepEqual(await visitor.visit(sessions, (session) => session.get('cart')), ['rope', 'axe'])
      assert.deepEqual(await stored(), { cart: ['rope', 'axe'], visits: 1 })
      assert.deepEqual(misfits, [])
    })

    for (const [way, act, message] of [
      ['a set', (session: Session<Shop>) => session.set('visits', 101), /: visits is a number\. /],
      [
        'a nested mutation',
        (session: Session<Shop>) => void session.get('cart')?.push(7 as unknown as string),
        /: cart\[1\] is a number\. /,
      ],
      [
        'an update',
        (session: Session<Shop>) => void session.update('user', () => ({}) as { name: string }),
        /: user\.name is missing\. /,
      ],
      [
        'what follows a clear',
        (session: Session<Shop>) => {
          session.clear()
          session.set('cart', [null] as unknown as string[])
        },
        /: cart\[0\] is null\. /,
      ],
    ] as const) {
      test(`refuses ${way} that does not fit, names the path, and stores nothing of it`, async () => {
        const { sessions, visitor, stored } = site({ schema })
        await visitor.visit(sessions, (session) => session.set('cart', ['rope']))
        await assert.rejects(visitor.visit(sessions, act), {
          name: 'TypeError',
          code: 'ERR_DATA_SCHEMA',
          status: 500,
          message,
        })
        assert.deepEqual(await stored(), { cart: ['rope'] })
      })
    }

    test('throws at stored data that does not fit, again and again, and leaves the session as it is', async () => {
      const { sessions, visitor, write, stored, misfits } = site({ schema })
      await write({ cart: ['rope', 7], visits: 1 })
      const session = await visitor.open(sessions)
      assert.ok(session.id)
      for (const read of [() => session.get('visits'), () => session.keys(), () => session.set('visits', 2)]) {
        assert.throws(read, { code: 'ERR_DATA_MISFIT', status: 500, message: /: cart\[1\] is a number\. / })
      }
      assert.deepEqual(
        misfits.map(({ id, outcome, misfits: where }) => [id, outcome, where]),
        [[session.id, 'thrown', [{ path: 'cart[1]', found: 'a number' }]]],
        'one event for one request',
      )
      await sessions.commit(session)
      assert.deepEqual(await stored(), { cart: ['rope', 7], visits: 1 })
    })

    test('drops the keys that do not fit, and only these', async () => {
      const { sessions, visitor, write, stored, misfits } = site({ schema, onMisfit: 'drop' })
      await write({ cart: 'rope', visits: 1, user: { name: ['ada'] }, theirs: 'kept' })
      await visitor.visit(sessions, (session) => {
        assert.deepEqual(session.keys(), ['visits', 'theirs'])
        assert.equal(session.modified, false)
      })
      assert.deepEqual(Object.keys(await stored()), ['cart', 'visits', 'user', 'theirs'], 'a read deletes nothing')
      await visitor.visit(sessions, (session) => session.update('visits', (n = 0) => n + 1))
      assert.deepEqual(await stored(), { visits: 2, theirs: 'kept' })
      assert.deepEqual(
        misfits.map(({ outcome }) => outcome),
        ['dropped', 'dropped'],
      )
      assert.deepEqual(misfits[0]?.misfits.map(({ path }) => path).toSorted(), ['cart', 'user.name'])
    })

    test('has what does not fit migrated, and writes that even if the request only read', async () => {
      const { sessions, visitor, write, stored, misfits } = site({
        schema,
        onMisfit(data, issues) {
          assert.ok(issues.length > 0)
          return { ...data, cart: [String(data['cart'])] }
        },
      })
      await write({ cart: 'rope', visits: 1, theirs: 'kept' })
      await visitor.visit(sessions, (session) => {
        assert.deepEqual(session.get('cart'), ['rope'])
        assert.equal(session.modified, false, 'the request changed nothing')
      })
      assert.deepEqual(await stored(), { cart: ['rope'], visits: 1, theirs: 'kept' })
      await visitor.visit(sessions, (session) => session.get('cart'))
      assert.deepEqual(
        misfits.map(({ outcome }) => outcome),
        ['migrated'],
      )
    })

    test('never gets a value shown', async () => {
      const secret = 'correct horse battery staple'
      for (const onMisfit of ['throw', 'drop'] as const) {
        const { sessions, visitor, write, misfits } = site({ schema, onMisfit })
        const shown: unknown[] = []
        sessions.on('*', (event) => shown.push(event))
        await write({ visits: secret, cart: [{ [secret]: secret }], user: secret })
        for (const act of [
          (session: Session<Shop>) => session.get('user'),
          (session: Session<Shop>) => {
            session.clear()
            session.set('visits', secret as unknown as number)
          },
        ]) {
          await visitor.visit(sessions, act).catch((error: unknown) => shown.push(error, String(error)))
        }
        assert.ok(misfits.length > 0)
        assert.ok(!inspect(shown, { depth: null, showHidden: true }).includes('horse'))
      }
    })

    test('keeps keys that it does not know, at any depth: another version may', async () => {
      const { sessions, visitor, write, stored } = site({ schema })
      const theirs = { coupon: { code: 'x' }, user: { name: 'ada', language: 'en' } }
      await write(theirs)
      await visitor.visit(sessions, (session) => {
        session.set('visits', 1)
        const user = session.get('user')
        if (user !== undefined) user.name = 'Ada'
      })
      assert.deepEqual(await stored(), { coupon: { code: 'x' }, user: { name: 'Ada', language: 'en' }, visits: 1 })
    })
  })
}

describe('a schema that would change data', () => {
  for (const [name, schema, set, path] of [
    ['zod: a default', z.object({ n: z.number().default(0), a: z.string() }), { a: 'a' }, 'n'],
    ['zod: a coercion', z.object({ n: z.coerce.number() }), { n: '7' }, 'n'],
    ['zod: a transform that drifts', z.object({ n: z.number().transform((n) => n + 1) }), { n: 1 }, 'n'],
    ['zod: a transform to another type', z.object({ a: z.string().transform(Number) }), { a: '1' }, 'a'],
    [
      'zod: a trim deep inside',
      z.object({ a: z.array(z.object({ b: z.string().trim() })) }),
      { a: [{ b: ' ' }] },
      'a[0].b',
    ],
    ['zod: a Date', z.object({ at: z.coerce.date() }), { at: '2026-01-01' }, 'at'],
    ['zod: a Map of an object', z.object({ a: z.looseObject({}).transform(() => new Map()) }), { a: {} }, 'a'],
    [
      'zod: a list that gets shorter',
      z.object({ a: z.array(z.number()).transform((a) => a.slice(1)) }),
      { a: [1] },
      'a',
    ],
    ['zod: a catch', z.object({ n: z.number().catch(0) }), { n: 'x' }, 'n'],
    ['valibot: a default', v.object({ n: v.optional(v.number(), 0), a: v.string() }), { a: 'a' }, 'n'],
    ['valibot: a transform', v.object({ a: v.pipe(v.string(), v.toUpperCase()) }), { a: 'a' }, 'a'],
    ['arktype: a default', type({ n: 'number = 0', a: 'string' }), { a: 'a' }, 'n'],
    ['arktype: a morph', type({ a: 'string.numeric.parse' }), { a: '1' }, 'a'],
  ] as [string, StandardSchema<Anything>, Anything, string][]) {
    test(`${name}: is told so when it would be stored, and when it is read`, async () => {
      const { sessions, visitor, write, misfits } = site<Anything>({ schema })
      const expected = new RegExp(`: ${path.replace('[', String.raw`\[`)} is changed by the schema\\. `)
      await assert.rejects(
        createVisitor().visit(sessions, (session) => {
          for (const [key, value] of Object.entries(set)) session.set(key, value)
        }),
        { code: 'ERR_DATA_SCHEMA', message: expected },
      )
      await write(set)
      await assert.rejects(
        visitor.visit(sessions, (session) => session.get('a')),
        { code: 'ERR_DATA_MISFIT', message: expected },
      )
      assert.deepEqual(misfits[0]?.misfits, [{ path, found: 'changed by the schema' }])
    })
  }

  test('is harmless where it changes nothing: what is stored is stable', async () => {
    const schema = z.object({ n: z.coerce.number().default(0), a: z.string().trim().toLowerCase() })
    const { sessions, visitor, stored } = site({ schema })
    for (let round = 0; round < 3; round++) {
      await visitor.visit(sessions, (session) => {
        session.update('n', (n = 0) => n + 1)
        session.set('a', 'ada')
      })
    }
    assert.deepEqual(await stored(), { n: 3, a: 'ada' })
  })

  test('is not suspected because of what JSON makes of a value', async () => {
    const foreign: Shop['user'] & {} = runInNewContext('({ name: "ada" })')
    const { sessions, visitor, stored } = site({ schema: ZOD })
    await visitor.visit(sessions, (session) => {
      session.set('visits', -0)
      session.update('user', () => foreign)
    })
    assert.deepEqual(await stored(), { visits: 0, user: { name: 'ada' } })
  })

  test('is harmless where all it adds is undefined', async () => {
    const schema: StandardSchema<{ visits: number; cart: undefined }> = {
      '~standard': {
        version: 1,
        vendor: 'hand',
        validate: (value) => ({ value: { ...(value as { visits: number }), cart: undefined } }),
      },
    }
    const { sessions, visitor, stored } = site({ schema })
    await visitor.visit(sessions, (session) => session.set('visits', 1))
    assert.deepEqual(await stored(), { visits: 1 })
  })

  test('may not change it in place either', async () => {
    const schema: StandardSchema<Shop> = {
      '~standard': {
        version: 1,
        vendor: 'hand',
        validate(value) {
          for (const key of Object.keys(value as object)) Reflect.deleteProperty(value as object, key)
          return { value: value as Shop }
        },
      },
    }
    const { sessions, visitor, stored } = site({ schema })
    await visitor.visit(sessions, (session) => session.set('visits', 1))
    assert.equal(await visitor.visit(sessions, (session) => session.get('visits')), 1)
    assert.deepEqual(await stored(), { visits: 1 })
  })

  for (const [library, schema] of [
    ['zod', z.object({ visits: z.number().refine(async () => true) })],
    [
      'valibot',
      v.objectAsync({
        visits: v.pipeAsync(
          v.number(),
          v.checkAsync(async () => true),
        ),
      }),
    ],
    ['hand', { '~standard': { version: 1, vendor: 'hand', validate: async () => Promise.reject(new Error('late')) } }],
  ] as [string, StandardSchema<Shop>][]) {
    test(`${library}: an asynchronous one is refused when it answers`, async () => {
      const { sessions, visitor, write } = site({ schema })
      const error = { name: 'TypeError', code: 'ERR_SCHEMA_ASYNC', message: new RegExp(library) }
      await assert.rejects(
        visitor.visit(sessions, (session) => session.set('visits', 1)),
        error,
      )
      await write({ visits: 1 })
      await assert.rejects(
        visitor.visit(sessions, (session) => session.get('visits')),
        error,
      )
    })
  }
})

for (const [name, makeEngine] of Object.entries(ENGINES)) {
  describe(`${name}: data with a schema`, () => {
    test('costs nothing while nobody reads it', async () => {
      let asked = 0
      const { validate, ...standard } = ZOD['~standard']
      const counting = (value: unknown) => {
        asked++
        return validate(value)
      }
      const schema = { '~standard': { ...standard, validate: counting } }
      const { sessions, visitor, write } = site({ schema }, makeEngine())
      await write({ cart: ['rope'] })
      await visitor.visit(sessions, () => 'untouched')
      await visitor.visit(sessions, (session) => session.subject)
      assert.equal(asked, 0)
      await visitor.visit(sessions, (session) => [session.get('cart'), session.get('visits'), session.keys()])
      assert.equal(asked, 1)
    })

    test('may be empty, whatever the schema requires, and must fit as soon as it holds something', async () => {
      const schema = z.object({ user: z.string(), role: z.string() })
      const { sessions, visitor, stored } = site({ schema }, makeEngine())
      await visitor.visit(sessions, (session) => assert.equal(session.get('user'), undefined))
      await assert.rejects(
        visitor.visit(sessions, (session) => session.set('user', 'ada')),
        { code: 'ERR_DATA_SCHEMA', message: /role is missing/ },
      )
      await visitor.visit(sessions, (session) => session.login('ada'))
      await visitor.visit(sessions, (session) => {
        session.set('user', 'ada')
        session.set('role', 'cook')
      })
      assert.deepEqual(await stored(), { user: 'ada', role: 'cook' })
      await assert.rejects(
        visitor.visit(sessions, (session) => session.delete('role')),
        { code: 'ERR_DATA_SCHEMA' },
      )
      await visitor.visit(sessions, (session) => session.clear())
      assert.deepEqual(await stored(), {})
      assert.equal(await visitor.visit(sessions, (session) => session.subject), 'ada')
    })

    test('is checked at a login and at a cycle, with what the visitor had before', async () => {
      const { sessions, visitor, write, stored } = site({ schema: ZOD }, makeEngine())
      const refused = { code: 'ERR_DATA_MISFIT' }
      await write({ cart: 7 })
      await assert.rejects(
        visitor.visit(sessions, (session) => session.login('ada')),
        refused,
      )
      await assert.rejects(
        visitor.visit(sessions, (session) => session.cycleKey()),
        refused,
      )
      assert.deepEqual(await stored(), { cart: 7 })
      assert.equal(await visitor.visit(sessions, (session) => session.subject), null)
      await visitor.visit(sessions, async (session) => {
        session.clear()
        await session.login('ada')
        session.set('visits', 1)
      })
      assert.deepEqual(await stored(), { visits: 1 }, 'who clears does not read')
    })

    test('is dropped or migrated at a login that never read it', async () => {
      for (const [onMisfit, kept] of [
        ['drop', { visits: 1 }],
        [() => ({ cart: ['7'], visits: 1 }), { cart: ['7'], visits: 1 }],
      ] as [SchemaOptions<Shop>['onMisfit'] & {}, Shop][]) {
        const { sessions, visitor, write, stored, misfits } = site({ schema: ZOD, onMisfit }, makeEngine())
        await write({ cart: 7, visits: 1 })
        await visitor.visit(sessions, (session) => session.login('ada'))
        assert.deepEqual(await stored(), kept)
        assert.equal(misfits.length, 1)
        assert.equal(await visitor.visit(sessions, (session) => session.subject), 'ada')
      }
    })

    test('that does not fit can still be signed out of, flushed, and cleared', async () => {
      for (const leave of [
        (session: Session<Shop>) => session.logout(),
        (session: Session<Shop>) => session.flush(),
        (session: Session<Shop>) => session.clear(),
      ]) {
        const { sessions, visitor, write } = site({ schema: ZOD }, makeEngine())
        await write({ cart: 7 })
        await visitor.visit(sessions, async (session) => leave(session))
        assert.deepEqual(await visitor.visit(sessions, (session) => session.keys()), [])
      }
    })

    test('is all dropped where no key is named, and the visitor stays signed in', async () => {
      const schema = z.strictObject({ visits: z.number().exactOptional() })
      const { sessions, visitor, write } = site({ schema, onMisfit: 'drop' }, makeEngine())
      await write({ visits: 1, theirs: 1 })
      await visitor.visit(sessions, (session) => session.login('ada'))
      assert.deepEqual(await visitor.visit(sessions, (session) => [session.subject, session.keys()]), ['ada', []])
    })

    test('is migrated in storage by a request that only read, which is no save', async () => {
      const engine = makeEngine()
      const { sessions, visitor, write, stored } = site({ schema: ZOD, onMisfit: () => ({ visits: 1 }) }, engine)
      await write({ cart: 7 })
      await visitor.visit(sessions, (session) => session.get('visits'))
      assert.deepEqual(await stored(), { visits: 1 })
    })

    test('is not migrated in storage by a response of 500', async () => {
      const { sessions, visitor, write, stored } = site({ schema: ZOD, onMisfit: () => ({ visits: 1 }) }, makeEngine())
      await write({ cart: 7 })
      await visitor.visit(sessions, (session) => session.get('visits'), 500)
      assert.deepEqual(await stored(), { cart: 7 })
    })

    for (const [what, onMisfit, error] of [
      [
        'does not fit either',
        () => ({ visits: 1000 }),
        { code: 'ERR_DATA_MISFIT', message: /after onMisfit visits is a n/ },
      ],
      ['is nothing', () => undefined, { code: 'ERR_DATA_MISFIT', message: /did not answer with an object/ }],
      ['holds what JSON cannot', () => ({ user: { name: 'a', at: new Date() } }), { code: 'ERR_DATA_VALUE' }],
      ['comes late', async () => Promise.reject(new Error('late')), { code: 'ERR_SCHEMA_ASYNC', name: 'TypeError' }],
    ] as [string, SchemaOptions<Shop>['onMisfit'] & {}, object][]) {
      test(`stays as it is when what a migration answers ${what}`, async () => {
        const { sessions, visitor, write, stored, misfits } = site({ schema: ZOD, onMisfit }, makeEngine())
        await write({ cart: 7 })
        await assert.rejects(
          visitor.visit(sessions, (session) => session.get('cart')),
          error,
        )
        assert.deepEqual(await stored(), { cart: 7 })
        assert.deepEqual(
          misfits.map(({ outcome }) => outcome),
          ['thrown'],
        )
      })
    }
  })
}

describe('a schema where requests meet', () => {
  test('fails the request that does not fit, and lets the others of the same write through', async () => {
    const { sessions, visitor, stored } = site({ schema: ZOD })
    await visitor.visit(sessions, (session) => session.set('visits', 0))
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        visitor.copy().visit(sessions, (session) => {
          if (index % 2 === 0) session.update('visits', (n = 0) => n + 1)
          else session.set('cart', index as unknown as string[])
        }),
      ),
    )
    assert.deepEqual(
      results.map(({ status }) => status),
      results.map((_, index) => (index % 2 === 0 ? 'fulfilled' : 'rejected')),
    )
    assert.deepEqual(await stored(), { visits: 10 })
  })

  test('judges what the merge would store: two changes that fit alone may not fit together', async () => {
    const schema = z
      .object({ a: z.number().exactOptional(), b: z.number().exactOptional(), c: z.number().exactOptional() })
      .refine(({ a = 0, b = 0 }) => a + b <= 10)
    const { sessions, visitor, stored } = site({ schema })
    await visitor.visit(sessions, (session) => session.set('c', 1))
    const [one, two] = [await visitor.open(sessions), await visitor.open(sessions)]
    one.set('a', 6)
    two.set('b', 6)
    await sessions.commit(one)
    await assert.rejects(async () => sessions.commit(two), { code: 'ERR_DATA_SCHEMA', message: /data as a whole is/ })
    assert.deepEqual(await stored(), { a: 6, c: 1 })
  })

  test('a migration overwrites nothing that the new version wrote meanwhile', async () => {
    const engine = db(memoryStore())
    const onMisfit = (data: Record<string, unknown>): Shop => ({ cart: [String(data['cart'])], visits: 1 })
    const first = site({ schema: ZOD, onMisfit }, engine)
    const second = createSessions({ keys: [KEY], engine, schema: ZOD, onMisfit, onConflict: 'throw' })
    await first.write({ cart: 'rope' })
    const [reader, writer] = [await first.visitor.open(first.sessions), await first.visitor.open(second)]
    assert.deepEqual(reader.get('cart'), ['rope'])
    writer.update('cart', (cart = []) => [...cart, 'axe'])
    writer.update('visits', (n = 0) => n + 1)
    await second.commit(writer)
    await first.sessions.commit(reader)
    assert.deepEqual(await first.stored(), { cart: ['rope', 'axe'], visits: 2 })
  })

  test('what one process has migrated, another does not write again', async () => {
    const store = memoryStore()
    let writes = 0
    const counting: typeof store = Object.create(store, {
      update: {
        value: async (...[record, expected]: Parameters<typeof store.update>) => {
          writes++
          return store.update(record, expected)
        },
      },
    })
    const engine = db(counting)
    const options = { keys: [KEY], engine, schema: ZOD, onMisfit: () => ({ visits: 1 }) }
    const { write, visitor } = site({ schema: ZOD }, engine)
    await write({ cart: 7 })
    const processes = [createSessions(options), createSessions(options)] as const
    const [one, two] = [await visitor.open(processes[0]), await visitor.open(processes[1])]
    assert.deepEqual([one.get('visits'), two.get('visits')], [1, 1])
    await processes[0].commit(one)
    assert.equal(writes, 1)
    await processes[1].commit(two)
    assert.equal(writes, 2, 'the second try finds nothing to do')
  })

  test('two that migrate the same data do not conflict over it', async () => {
    const engine = db(memoryStore())
    const options = { keys: [KEY], engine, schema: ZOD, onMisfit: () => ({ cart: [], visits: 1 }) }
    const { write, visitor, stored } = site({ schema: ZOD }, engine)
    const strict = createSessions({ ...options, onConflict: 'throw' })
    await write({ cart: 'rope' })
    const [one, two] = [await visitor.open(createSessions(options)), await visitor.open(strict)]
    one.get('cart')
    two.set('cart', ['axe'])
    await createSessions(options).commit(one)
    await strict.commit(two)
    assert.deepEqual(await stored(), { cart: ['axe'], visits: 1 })
  })

  test('what an old version wrote between read and write is treated, and told, like what was read', async () => {
    const { plain, sessions, visitor, stored, misfits } = site({ schema: ZOD, onMisfit: 'drop' })
    await visitor.visit(sessions, (session) => session.set('cart', ['rope']))
    const late = await visitor.open(sessions)
    late.update('visits', (n = 0) => n + 1)
    await visitor.visit(plain, (session) => session.set('cart', 'axe'))
    await sessions.commit(late)
    assert.deepEqual(await stored(), { visits: 1 })
    assert.deepEqual(
      misfits.map(({ outcome, misfits: where }) => [outcome, where[0]?.path]),
      [['dropped', 'cart']],
    )
  })

  test('what an old version wrote between read and write is told also where the write fails for it', async () => {
    for (const act of ['save', 'cycle'] as const) {
      const { plain, sessions, visitor, misfits } = site({ schema: ZOD, onMisfit: 'throw' })
      await visitor.visit(sessions, (session) => session.set('cart', ['rope']))
      const late = await visitor.open(sessions)
      late.set('visits', 1)
      if (act === 'cycle') late.cycleKey()
      await visitor.visit(plain, (session) => session.set('cart', 'axe'))
      await assert.rejects(async () => sessions.commit(late), { code: 'ERR_DATA_MISFIT' })
      assert.deepEqual(
        misfits.map(({ outcome }) => outcome),
        ['thrown'],
        act,
      )
    }
  })

  test('a migration alone is not worth a failed request', async () => {
    const { plain, sessions, visitor, write } = site({ schema: ZOD, onMisfit: () => ({ visits: 1 }) })
    await write({ cart: 7 })
    const late = await visitor.open(sessions)
    assert.equal(late.get('visits'), 1)
    await visitor.copy().visit(plain, (session) => session.logout())
    assert.deepEqual(await sessions.commit(late), { touched: true, setCookie: undefined })
  })

  test('take() gives one caller what was migrated, and tells it once', async () => {
    const { sessions, visitor, write, stored, misfits } = site({
      schema: ZOD,
      onMisfit: () => ({ cart: ['migrated'], visits: 1 }),
    })
    await write({ cart: 7 })
    assert.deepEqual(await visitor.visit(sessions, (session) => session.take('cart')), ['migrated'])
    assert.deepEqual(await stored(), { visits: 1 })
    assert.equal(misfits.length, 1)
  })
})

test('Django’s settings take a schema among the extras', async () => {
  const sessions = sessionsFromSettings({ SECRET_KEY: KEY }, { store: memoryStore(), schema: ZOD })
  await assert.rejects(
    createVisitor().visit(sessions, (session) => session.set('visits', 101)),
    { code: 'ERR_DATA_SCHEMA' },
  )
})
