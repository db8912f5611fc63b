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
  list: number[]
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
    // The good one is first, so that the other's function has to run on newer data.
    const [first, second] = await commitAll(sessions, [good, bad])
    assert.equal(first?.status, 'fulfilled')
    assert.equal(second?.status, 'rejected')
    assert.equal((await open()).get('n'), 1)
  })

  test('runs the function of an update once when nobody else wrote meanwhile', async () => {
    const { sessions, open } = await begin()
    const session = await open()
    let runs = 0
    session.update('n', (n = 0) => n + ++runs)
    await sessions.commit(session)
    assert.deepEqual([runs, (await open()).get('n')], [1, 1])
  })

  test('stores nothing that happened to an object after it', async () => {
    const { sessions, open } = await begin()
    const session = await open()
    const list: string[] = ['before']
    session.set('big', list as unknown as string)
    const committing = sessions.commit(session)
    list.push('after')
    await committing
    assert.deepEqual((await open()).get('big'), ['before'])
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

  test('brings nothing back that was taken, when the request goes on after its own changes failed on newer data', async () => {
    const { sessions, open } = await begin()
    const giver = await open()
    giver.set('a', 42)
    await sessions.commit(giver)
    const [session, other] = (await many(2, open)) as [Session<Data>, Session<Data>]
    session.update('n', (n) => (n === 0 ? 1 : assert.fail('on purpose')))
    other.set('n', 5)
    await sessions.commit(other)
    await assert.rejects(session.take('a'), /on purpose/)
    await assert.rejects(async () => sessions.commit(session), /on purpose/)
    const after = await open()
    assert.deepEqual([after.get('n'), after.has('a')], [5, false])
  })

  test('reports a login that nobody waited for and that came too late', async () => {
    const { sessions, open } = await begin({ maxPerSubject: { max: 1, policy: 'refuse' } })
    const session = await open()
    const login = session.login('ada')
    await sessions.commit(session)
    await assert.rejects(login, { code: 'ERR_COMMITTED' })
    assert.equal((await open()).subject, null)
  })

  test('gives up a login or cycle that others overtake again and again, and leaves the session as it was', async () => {
    const busy: SessionStore = { ...memoryStore(), replace: async () => ({ outcome: 'stale' }) }
    const { sessions, open } = await begin({ engine: db(busy) })
    const refused: string[] = []
    sessions.on('login', ({ id }) => refused.push(id))
    for (const act of ['login', 'cycle'] as const) {
      const session = await open()
      if (act === 'login') await session.login('ann')
      else session.cycleKey()
      await assert.rejects(async () => sessions.commit(session), { code: 'ERR_CONTENTION', status: 503 })
    }
    assert.deepEqual(refused, [], 'a login beside the old session would leave its token alive')
    assert.equal((await open()).get('n'), 0)
  })

  test('keeps an update an update across a take: what another request added meanwhile is not overwritten', async () => {
    const { sessions, open } = await begin()
    const giver = await open()
    giver.set('a', 42)
    giver.set('list', [1])
    await sessions.commit(giver)
    const [slow, quick] = (await many(2, open)) as [Session<Data>, Session<Data>]
    slow.update('list', (list = []) => [...list, 2])
    assert.equal(await slow.take('a'), 42)
    assert.deepEqual(slow.get('list'), [1, 2])
    quick.update('list', (list = []) => [...list, 3])
    await sessions.commit(quick)
    await sessions.commit(slow)
    assert.deepEqual((await open()).get('list'), [1, 3, 2])
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
