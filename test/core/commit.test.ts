import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  db,
  createSessions,
  memoryStore,
  type Session,
  type SessionsOptions,
  type SessionStore,
  type Sessions,
} from '../../src/index.ts'

interface Data {
  n: number
  a: number
  b: number
  big: string
}

interface Counted {
  readonly store: SessionStore
  readonly calls: Record<string, number>
}

/** A real store that counts how often it is asked. */
function counted(): Counted {
  const calls: Record<string, number> = {}
  const store = new Proxy(memoryStore(), {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        calls[String(name)] = (calls[String(name)] ?? 0) + 1
        return Reflect.apply(member, target, args)
      }
    },
  })
  return { store, calls }
}

async function begin(options: Partial<SessionsOptions> = {}) {
  const { store, calls } = counted()
  const sessions = createSessions<Data>({
    keys: ['a key of forty characters, 0123456789 abc'],
    engine: db(store),
    ...options,
  })
  const first = await sessions.open({ headers: {} })
  first.set('n', 0)
  const { setCookie } = await sessions.commit(first)
  const headers = { cookie: setCookie?.split(';')[0] }
  return { sessions, calls, store, open: async () => sessions.open({ headers }) }
}

async function many<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, make))
}

const commitAll = (sessions: Sessions<Data>, all: readonly Session<Data>[]) =>
  Promise.allSettled(all.map(async (session) => sessions.commit(session)))

describe('the commit', () => {
  test('carries what one session has waiting in one write', async () => {
    const { sessions, calls, open } = await begin()
    const all = await many(50, open)
    for (const session of all) session.update('n', (n = 0) => n + 1)
    await commitAll(sessions, all)
    assert.equal((await open()).get('n'), 50)
    assert.ok((calls['update'] ?? 0) <= 3, `${calls['update']} writes for 50 requests`)
  })

  test('lets two requests that change different keys both win', async () => {
    const { sessions, open } = await begin()
    const [one, two] = await many(2, open)
    one?.set('a', 1)
    two?.set('b', 2)
    await commitAll(sessions, [one, two] as Session<Data>[])
    const after = await open()
    assert.deepEqual([after.get('a'), after.get('b')], [1, 2])
  })

  test('fails a request alone whose function throws the second time', async () => {
    const { sessions, open } = await begin()
    const [bad, good] = (await many(2, open)) as [Session<Data>, Session<Data>]
    let runs = 0
    bad.update('n', () => {
      if (++runs > 1) throw new Error('impure')
      return 7
    })
    good.update('n', (n = 0) => n + 1)
    const [first, second] = await commitAll(sessions, [bad, good])
    assert.equal(first?.status, 'rejected')
    assert.equal(second?.status, 'fulfilled')
    assert.equal((await open()).get('n'), 1)
  })

  test('fails a request alone that would grow the session too large', async () => {
    const { sessions, open } = await begin({ limits: { bytes: 100 } })
    const [bad, good] = (await many(2, open)) as [Session<Data>, Session<Data>]
    bad.set('big', 'x'.repeat(200))
    good.set('a', 1)
    const [first, second] = await commitAll(sessions, [bad, good])
    assert.equal(first?.status === 'rejected' && (first.reason as { code: string }).code, 'ERR_DATA_LIMIT')
    assert.equal(second?.status, 'fulfilled')
    const after = await open()
    assert.deepEqual([after.get('a'), after.has('big')], [1, false])
  })

  test('counts bytes, not characters', async () => {
    const { sessions, open } = await begin({ limits: { bytes: 100 } })
    const session = await open()
    session.set('big', '€'.repeat(40))
    await assert.rejects(async () => sessions.commit(session), { code: 'ERR_DATA_LIMIT' })
  })

  test('writes a value that equals the old one, because another request may have changed it meanwhile', async () => {
    const { sessions, open } = await begin()
    const [back, away] = (await many(2, open)) as [Session<Data>, Session<Data>]
    away.set('n', 5)
    await sessions.commit(away)
    back.set('n', 0)
    await sessions.commit(back)
    assert.equal((await open()).get('n'), 0)
  })

  test('reports a whole-value change over another one, and refuses it where told so', async () => {
    const merging = await begin()
    const conflicts: unknown[] = []
    merging.sessions.on('conflict', ({ keys }) => conflicts.push(keys))
    const [one, two] = (await many(2, merging.open)) as [Session<Data>, Session<Data>]
    one.set('n', 1)
    two.set('n', 2)
    await merging.sessions.commit(one)
    await merging.sessions.commit(two)
    assert.deepEqual(conflicts, [['n']])
    assert.equal((await merging.open()).get('n'), 2)

    const strict = await begin({ onConflict: 'throw' })
    const [three, four] = (await many(2, strict.open)) as [Session<Data>, Session<Data>]
    three.set('n', 1)
    four.set('n', 2)
    await strict.sessions.commit(three)
    await assert.rejects(async () => strict.sessions.commit(four), { code: 'ERR_CONFLICT', status: 409 })
    assert.equal((await strict.open()).get('n'), 1)
  })

  test('gives a taken value to one of 50 who ask at once', async () => {
    const { sessions, open } = await begin()
    const giver = await open()
    giver.set('a', 42)
    await sessions.commit(giver)
    const values = await Promise.all((await many(50, open)).map((session) => session.take('a')))
    assert.deepEqual(
      values.filter((value) => value !== undefined),
      [42],
    )
    assert.equal((await open()).has('a'), false)
  })

  test('happens once', async () => {
    const { sessions, open } = await begin()
    const session = await open()
    await sessions.commit(session)
    assert.throws(() => sessions.commit(session), { code: 'ERR_COMMITTED' })
    assert.throws(() => session.set('n', 1), { code: 'ERR_COMMITTED' })
    assert.equal(session.get('n'), 0, 'reading stays possible')
  })

  test('does not write, and does not hold up, what was only read', async () => {
    const { sessions, calls, open } = await begin()
    const session = await open()
    session.get('n')
    const before = calls['update']
    assert.ok(!(sessions.commit(session) instanceof Promise))
    assert.equal(calls['update'], before)
  })
})
