import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { newId, parallel } from '../../src/testing/records.ts'
import { login, look, ok, send } from './client.ts'
import { NO_MYSQL, useMysql } from '../support/mysql.ts'
import { NO_POSTGRES, usePostgres } from '../support/postgres.ts'
import { newPrefix, NO_REDIS, useRedis } from '../support/redis.ts'
import { startServer, type Place, type ServerProcess } from './processes.ts'

const PROCESSES = 4

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))
const [postgres, mysql, redis] = [await usePostgres(), await useMysql(), await useRedis()]

fourProcesses('one SQLite file', { store: 'sqlite', path: join(folder, 'sessions.sqlite') })
fourProcesses('one PostgreSQL', postgres ? { store: 'postgres', url: postgres.url } : NO_POSTGRES)
fourProcesses('one MySQL', mysql ? { store: 'mysql', url: mysql.url } : NO_MYSQL)
for (const [where, store, server] of [
  ['PostgreSQL', 'postgres', postgres],
  ['MySQL', 'mysql', mysql],
] as const) {
  const found = server && redis ? { store, url: server.url, behind: { port: redis, prefix: newPrefix() } } : undefined
  fourProcesses(`one ${where} behind one Redis`, found ?? NO_REDIS)
}
fourProcesses('one Redis', redis ? { store: 'redis', port: redis, prefix: newPrefix() } : NO_REDIS)

function fourProcesses(where: string, place: Place | string): void {
  if (typeof place === 'string') test(`four processes on ${where}`, { skip: place })
  else describe(`four processes on ${where}`, () => processTests(place))
}

function processTests(place: Place): void {
  let servers: ServerProcess[] = []
  before(async () => {
    servers = await parallel(PROCESSES, () => startServer(place))
  })
  after(() => Promise.all(servers.map((server) => server.stop())))

  const port = (index: number): number => servers[index % PROCESSES]?.port ?? 0
  const everywhere = <T>(visit: (port: number) => Promise<T>): Promise<T[]> =>
    Promise.all(servers.map((server) => visit(server.port)))
  const subjects = async (cookie: string): Promise<(string | null)[]> =>
    (await everywhere((at) => look(at, cookie))).map(({ subject }) => subject)

  test('lose no key and no increment of a hundred requests at once', async () => {
    const cookie = await login(port(0), 'writer')
    await everywhere((at) => look(at, cookie))
    // Each process lets its 25 requests go on together, when all of them have loaded the session.
    await parallel(100, (index) => {
      const path = index < 50 ? `/add?key=key${index}` : '/increment?'
      return ok(port(index), `${path}&together=25`, cookie)
    })
    const seen = await everywhere(async (at) => (await look(at, cookie)).data)
    for (const { count, ...keys } of seen) {
      assert.equal(count, 50)
      assert.equal(Object.keys(keys).length, 50)
    }
  })

  test('give a value that fifty take to one of them', async () => {
    const cookie = await login(port(0), 'taker')
    await ok(port(1), '/set?key=once&value=ticket', cookie)
    const replies = await parallel(48, (index) => ok(port(index), '/take?together=12', cookie))
    assert.deepEqual(
      replies.map(({ body }) => body).filter((body) => body !== 'null'),
      ['"ticket"'],
    )
  })

  test('sign nobody in above the limit', async () => {
    const crowd = newId() // Another place may be on the same database.
    const replies = await parallel(240, (index) => send(port(index), `/login?subject=${crowd}&together=60`))
    assert.equal(replies.filter(({ status }) => status === 200).length, 200)
    assert.equal(replies.filter(({ status }) => status === 403).length, 40)
  })

  test('all refuse a session from the request after its logout on, a hundred times', async () => {
    for (let round = 0; round < 100; round++) {
      const cookie = await login(port(round), 'ann')
      for (let visit = 0; visit < 2; visit++) assert.deepEqual(await subjects(cookie), ['ann', 'ann', 'ann', 'ann'])
      await ok(port(round + 1), '/logout', cookie)
      assert.deepEqual(await subjects(cookie), [null, null, null, null], `round ${round}`)
    }
  })

  test('all refuse a subject’s sessions from the request after revokeAll on, a hundred times', async () => {
    const admin = await login(port(0), 'admin')
    for (let round = 0; round < 100; round++) {
      const cookies = [await login(port(round), 'bob'), await login(port(round + 1), 'bob')]
      for (const cookie of cookies) assert.deepEqual(await subjects(cookie), ['bob', 'bob', 'bob', 'bob'])
      await ok(port(round + 2), '/revoke-all?subject=bob', admin)
      for (const cookie of cookies) assert.deepEqual(await subjects(cookie), [null, null, null, null], `round ${round}`)
    }
    assert.deepEqual(await subjects(admin), ['admin', 'admin', 'admin', 'admin'])
  })

  test('all see a write from the request after it on, a hundred times', async () => {
    const cookie = await login(port(0), 'cara')
    for (let round = 1; round <= 100; round++) {
      await ok(port(round), '/increment', cookie)
      const counts = await everywhere(async (at) => (await look(at, cookie)).data['count'])
      assert.deepEqual(counts, [round, round, round, round])
    }
  })

  test('bring no session back by writing while another process signs it out', async () => {
    for (let round = 0; round < 20; round++) {
      const cookie = await login(port(0), 'dora')
      await everywhere((at) => look(at, cookie))
      const replies = await parallel(16, (index) =>
        send(port(index), index === 7 ? '/logout' : `/add?key=key${index}`, cookie),
      )
      assert.equal(replies[7]?.status, 200)
      for (const { status, body } of replies) assert.ok(status === 200 || status === 400, `${status} ${body}`)
      assert.deepEqual(await subjects(cookie), [null, null, null, null])
    }
  })
}
