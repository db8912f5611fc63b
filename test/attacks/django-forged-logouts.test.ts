import assert from 'node:assert/strict'
import { test } from 'node:test'
import { djangoRedis } from '../../src/django.ts'
import { newSessionKey } from '../../src/django/wire/session-key.ts'
import { makeDjangoTables } from '../support/django-tables.ts'
import { LIBRARIES, NO_REDIS, useOwnRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const server = await useOwnRedis()
const client = server && (await LIBRARIES[0]?.connect(server.port))

test(
  'while the cache is away, logouts of sessions that never were leave room for those of real ones',
  { skip: server === undefined && NO_REDIS },
  async () => {
    assert.ok(server)
    const cache = djangoRedis(client as never, { timeout: 100 })
    const { visit, sessions } = makeDjangoTables({ SESSION_ENGINE: 'cached_db' }, { cache })
    const retried = new Set<string>()
    sessions.on('invalidation-retried', ({ id }) => retried.add(id))
    const { key } = await visit(null, (session) => session.login('1'))

    await server.kill()
    const forged = Array.from({ length: 10_500 }, () => newSessionKey())
    await Promise.all(forged.map((one) => visit(one, (session) => session.logout())))
    let id = ''
    await visit(key, async (session) => {
      id = session.id ?? ''
      assert.deepEqual(await session.logout(), { propagated: false })
    })

    await server.start()
    await until(() => retried.has(id))
    await sessions.close()
  },
)
