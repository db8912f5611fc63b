import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { createSessions, db, memoryStore, type SessionEvent } from '../../src/index.ts'

function make() {
  let now = Date.UTC(2026, 0, 1)
  const clock = { now: () => now }
  const sessions = createSessions({
    keys: ['a key of forty characters, 0123456789 abc'],
    engine: db(memoryStore({ clock })),
    clock,
  })
  let cookie: string | undefined
  /** One request of one browser. */
  const visit = async (act: (session: Awaited<ReturnType<typeof sessions.open>>) => unknown): Promise<void> => {
    const session = await sessions.open({ headers: { cookie, 'user-agent': 'curl/8' } })
    await act(session)
    const { setCookie } = await sessions.commit(session)
    if (setCookie !== undefined) cookie = setCookie.split(';')[0]
  }
  return {
    sessions,
    visit,
    advance: (seconds: number) => void (now += seconds * 1000),
    forge: (value: string) => void (cookie = value),
  }
}

describe('events', () => {
  test('tell a session’s life, one each', async () => {
    const { sessions, visit, advance } = make()
    const types: string[] = []
    sessions.on('*', ({ type }) => types.push(type))
    await visit((session) => session.set('a', 1))
    await visit((session) => session.get('a'))
    await visit((session) => session.login('42'))
    await visit((session) => session.reauthenticated())
    advance(601)
    await visit((session) => session.get('a'))
    await visit((session) => session.get('a'))
    await visit((session) => session.logout())
    assert.deepEqual(types, ['created', 'login', 'cycled', 'renewed', 'ended'])
  })

  test('reach one type or all, until the listener is taken away', async () => {
    const { sessions, visit } = make()
    const [logins, all]: SessionEvent[][] = [[], []]
    const stop = sessions.on('login', (event) => logins?.push(event))
    sessions.on('*', (event) => all?.push(event))
    await visit((session) => session.login('42'))
    stop()
    await visit((session) => session.login('43'))
    assert.equal(logins?.length, 1)
    assert.equal(all?.length, 2)
    assert.equal(all[0]?.at, '2026-01-01T00:00:00.000Z')
  })

  test('go to the diagnostics channel', async () => {
    const { visit } = make()
    const heard: unknown[] = []
    const listener = (message: unknown): void => void heard.push((message as SessionEvent).type)
    subscribe('holdfast', listener)
    await visit((session) => session.login('42'))
    unsubscribe('holdfast', listener)
    assert.deepEqual(heard, ['login'])
  })

  test('do not stop a logout when a listener throws', async () => {
    const { sessions, visit } = make()
    await visit((session) => session.login('42'))
    sessions.on('ended', () => {
      throw new Error('listener')
    })
    const warned = once(process, 'warning')
    await visit((session) => session.logout())
    assert.match(String((await warned)[0]), /ended.*listener/)
    await visit((session) => assert.equal(session.subject, null))
  })

  test('report a forged cookie without any part of it', async () => {
    const { sessions, visit, forge } = make()
    const heard: SessionEvent[] = []
    sessions.on('*', (event) => heard.push(event))
    forge('__Host-session=forged-value')
    await visit((session) => session.get('a'))
    assert.deepEqual(heard, [{ type: 'forged', at: '2026-01-01T00:00:00.000Z' }])
  })

  test('tell of a response that went round its adapter, also when what was changed cannot be saved', async () => {
    const { sessions } = make()
    const heard: unknown[] = []
    sessions.on('bypassed', ({ modified }) => heard.push(modified))
    const session = await sessions.open({ headers: {} })
    session.set('list', ['a'])
    const list = session.get('list') as unknown[]
    list.push(list)
    sessions.reportBypass(session) // It runs when a response closes, where nobody would catch what it throws.
    assert.deepEqual(heard, [true])
  })

  test('say once that a Secure cookie cannot come back over plain http', async () => {
    const { sessions } = make()
    const hosts: string[] = []
    sessions.on('insecure-transport', ({ host }) => hosts.push(host))
    const write = async (headers: Record<string, string>): Promise<void> => {
      const session = await sessions.open({ headers, socket: {} })
      session.set('a', 1)
      await sessions.commit(session)
    }
    await write({ host: 'localhost:3000' })
    await write({ host: '127.0.0.1:3000' })
    await write({ host: 'app.example', 'x-forwarded-proto': 'https' })
    assert.deepEqual(hosts, [])
    await write({ host: 'app.example' })
    await write({ host: 'app.example' })
    assert.deepEqual(hosts, ['app.example'])
  })
})
