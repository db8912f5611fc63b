import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  cache,
  cachedDb,
  createSessions,
  db,
  memoryCache,
  memoryStore,
  sqliteStore,
  type SessionEngine,
  type SessionsOptions,
  type SessionStore,
} from '../../src/index.ts'
import { newId, parallel } from '../../src/testing/records.ts'
import { faultyCache } from '../support/faults.ts'
import { createApp, type AppData } from './app.ts'
import { login, look, ok, send } from './client.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
after(() => rmSync(folder, { recursive: true }))

const engines: Record<string, (store: SessionStore) => SessionEngine> = {
  db,
  cache,
  cachedDb: (store) => cachedDb(store, memoryCache()),
  'cachedDb with a shared cache': (store) => cachedDb(store, faultyCache(memoryCache())),
}
const stores: Record<string, () => SessionStore> = {
  memoryStore,
  sqliteStore: () => sqliteStore(join(folder, `${newId()}.sqlite`)),
}

for (const [engineName, engine] of Object.entries(engines)) {
  for (const [storeName, store] of Object.entries(stores)) {
    describe(`fifty requests at once on ${engineName} over ${storeName}`, () => {
      const start = (options: Omit<SessionsOptions, 'keys' | 'engine'> = {}) =>
        listen({ ...options, engine: engine(store()) })

      test('that each add a key: fifty keys', async () => {
        await using server = await start()
        const cookie = await login(server.port, 'ann')
        await parallel(50, (index) => ok(server.port, `/add?key=key${index}&together=50`, cookie))
        const { data } = await look(server.port, cookie)
        assert.deepEqual(
          Object.keys(data).toSorted(),
          Array.from({ length: 50 }, (_, index) => `key${index}`).toSorted(),
        )
      })

      test('that each count one up: fifty', async () => {
        await using server = await start()
        const cookie = await login(server.port, 'ann')
        await parallel(50, () => ok(server.port, '/increment?together=50', cookie))
        assert.equal((await look(server.port, cookie)).data['count'], 50)
      })

      test('that each take a value: one gets it', async () => {
        await using server = await start()
        const cookie = await login(server.port, 'ann')
        await ok(server.port, '/set?key=once&value=ticket', cookie)
        const replies = await parallel(50, () => ok(server.port, '/take?together=50', cookie))
        assert.deepEqual(
          replies.map(({ body }) => body).filter((body) => body !== 'null'),
          ['"ticket"'],
        )
        assert.deepEqual((await look(server.port, cookie)).data, {})
      })

      test('that each sign in: never more than the limit, the oldest make room', async () => {
        await using server = await start({ maxPerSubject: 3 })
        const cookies = await parallel(50, () => login(server.port, 'ann&together=50'))
        const visits = await Promise.all(cookies.map((cookie) => look(server.port, cookie)))
        assert.equal(visits.filter(({ subject }) => subject === 'ann').length, 3)
        assert.equal((await server.sessions.list('ann')).length, 3)
      })

      test('that each sign in where the limit refuses: exactly as many as it says', async () => {
        await using server = await start({ maxPerSubject: { max: 3, policy: 'refuse' } })
        const replies = await parallel(50, () => send(server.port, '/login?subject=ann&together=50'))
        assert.equal(replies.filter(({ status }) => status === 200).length, 3)
        assert.equal(replies.filter(({ status, cookie }) => status === 403 && cookie === '').length, 47)
        assert.equal((await server.sessions.list('ann')).length, 3)
      })

      test('and a logout among them: nothing brings the session back', async () => {
        await using server = await start()
        const cookie = await login(server.port, 'ann')
        const replies = await parallel(50, (index) =>
          send(server.port, `/${index === 25 ? 'logout' : 'add'}?key=key${index}&together=50`, cookie),
        )
        assert.equal(replies[25]?.status, 200)
        assert.deepEqual(
          [...new Set(replies.map(({ status }) => status))].filter((status) => ![200, 400].includes(status)),
          [],
        )
        assert.equal((await look(server.port, cookie)).subject, null)
        assert.deepEqual(await server.sessions.list('ann'), [])
      })
    })
  }
}

test('fifty changes of one session travel together: two writes, not fifty', async () => {
  const store = memoryStore()
  let writes = 0
  const update: SessionStore['update'] = (record, expected) => {
    writes++
    return store.update(record, expected)
  }
  await using server = await listen({ engine: db({ ...store, update }) })
  const cookie = await login(server.port, 'ann')
  await parallel(50, () => ok(server.port, '/increment?together=50', cookie))
  assert.equal((await look(server.port, cookie)).data['count'], 50)
  assert.equal(writes, 2)
})

async function listen(options: Omit<SessionsOptions, 'keys'>) {
  const sessions = createSessions<AppData>({ keys: ['a key of forty characters, 0123456789 abc'], ...options })
  const server = createApp(sessions).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    sessions,
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await sessions.close()
    },
  }
}
