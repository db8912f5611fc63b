import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  cachedDb,
  createSessions,
  db,
  memoryStore,
  redisCache,
  redisStore,
  type SessionEvent,
  type Sessions,
} from '../../src/index.ts'
import { command, LIBRARIES, newPrefix, NO_REDIS, useRedis } from '../support/redis.ts'
import { createVisitor } from '../support/visitor.ts'

// Somebody got into Redis, without a key of ours: by an open port, a forgotten password, another application on the
// same server. They may do what a writer of the database may, and no more.

const KEY = 'only for this test: 0123456789 abcdef ghijkl'
const port = await useRedis()

interface Place {
  readonly sessions: Sessions<{ cart?: string; note?: string }>
  readonly events: SessionEvent[]
  readonly redis: (...args: readonly string[]) => Promise<unknown>
  /** Where the record is, or its copy. */
  readonly keyOf: (id: string) => string
  /** Puts another text in the place of one of it. */
  readonly edit: (id: string, from: string, to: string) => Promise<void>
}

for (const role of ['store', 'cache'] as const) {
  describe(`a writer of Redis, the ${role}`, { skip: port === undefined && NO_REDIS }, () => {
    test('finds no token in it, and nothing of the secret in one', async () => {
      const { sessions, redis, keyOf } = await open(role)
      const { visitor, id, cookie } = await signIn(sessions, 'mallory')
      const dump = String(await redis('EVAL', READ, '1', keyOf(id)))
      assert.ok(dump.includes('mallory'))
      const token = Buffer.from(cookie, 'base64url')
      const secret = token.subarray(20, 52)
      for (const encoding of ['base64url', 'base64', 'hex', 'latin1'] as const) {
        assert.ok(!dump.includes(secret.toString(encoding)), encoding)
      }
      assert.equal(await visitor.visit(sessions, (session) => session.subject), 'mallory')
    })

    test('makes nobody somebody else, and lengthens no absolute limit', async () => {
      for (const [from, to] of [
        ['mallory', 'admin00'],
        ['absoluteAt', '9999999999999'],
      ] as const) {
        const { sessions, events, edit } = await open(role)
        const { visitor, id } = await signIn(sessions, 'mallory')
        await edit(id, from, to)
        const subject = await visitor.visit(sessions, (session) => session.subject)
        // What is wrong in a cache is read from the store, which decides.
        assert.equal(subject, role === 'store' ? null : 'mallory')
        if (role === 'store') assert.equal(events.at(-1)?.type, 'tampered')
      }
    })

    test('changes what the application keeps in it', async () => {
      const { sessions, edit, redis, keyOf } = await open(role)
      const { visitor, id } = await signIn(sessions, 'mallory')
      await edit(id, 'apples', 'pearls')
      assert.equal(await visitor.visit(sessions, (session) => session.get('cart')), 'pearls')
      // And what is altered in a cache gets into the store with the next change.
      await visitor.visit(sessions, (session) => session.set('note', 'x'))
      if (role === 'cache') await redis('DEL', keyOf(id))
      assert.equal(await visitor.visit(sessions, (session) => session.get('cart')), 'pearls')
    })

    test('puts back a session that has ended', async () => {
      const { sessions, redis, keyOf } = await open(role)
      const { visitor, id } = await signIn(sessions, 'mallory')
      const thief = visitor.copy()
      await redis('COPY', keyOf(id), `${keyOf(id)}:kept`)
      await visitor.visit(sessions, (session) => session.logout())
      assert.equal(await thief.copy().visit(sessions, (session) => session.subject), null)
      await redis('COPY', `${keyOf(id)}:kept`, keyOf(id), 'REPLACE')
      assert.equal(await thief.visit(sessions, (session) => session.subject), 'mallory')
    })
  })
}

async function open(role: 'store' | 'cache'): Promise<Place> {
  const [library] = LIBRARIES
  assert.ok(library)
  const client = await library.connect(Number(port))
  const prefix = newPrefix()
  const keyOf = (id: string): string => (role === 'store' ? `${prefix}session:${id}` : prefix + id)
  const cached = () => cachedDb(memoryStore(), redisCache(client, { prefix, near: false }))
  const engine = role === 'store' ? db(redisStore(client, { prefix })) : cached()
  const sessions = createSessions<{ cart?: string; note?: string }>({ keys: [KEY], engine })
  const events: SessionEvent[] = []
  sessions.on('*', (event) => void events.push(event))
  const redis = (...args: readonly string[]) => command(Number(port), ...args)
  return {
    sessions,
    events,
    redis,
    keyOf,
    edit: async (id, from, to) => assert.equal(Number(await redis('EVAL', EDIT, '1', keyOf(id), from, to)), 1),
  }
}

async function signIn(sessions: Sessions<{ cart?: string; note?: string }>, subject: string) {
  const visitor = createVisitor()
  await visitor.visit(sessions, async (session) => {
    await session.login(subject)
    session.set('cart', 'apples')
  })
  const id = await visitor.visit(sessions, (session) => String(session.id)) // Now the cache has it too.
  return { visitor, id, cookie: visitor.cookie?.split('=')[1] ?? '' }
}

/** All that stands under a key, as one text. */
const READ = `
if redis.call('TYPE', KEYS[1]).ok == 'hash' then return table.concat(redis.call('HGETALL', KEYS[1]), ' ') end
return redis.call('GET', KEYS[1])`

/** A field of that name gets the text; otherwise it takes the place of the other. Answers how often it did. */
const EDIT = `
local key, from, to, edits = KEYS[1], ARGV[1], ARGV[2], 0
local function exchange(text)
  local edited, times = string.gsub(text, from, to)
  edits = edits + times
  return edited
end
if redis.call('TYPE', key).ok == 'hash' then
  if redis.call('HEXISTS', key, from) == 1 then return 1, redis.call('HSET', key, from, to) end
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do redis.call('HSET', key, fields[i], exchange(fields[i + 1])) end
else
  if from == 'absoluteAt' then from = '(%d%d%d%d%d%d%d%d%d%d%d%d%d),(%d+)%]'; to = to .. ',%2]' end
  redis.call('SET', key, exchange(redis.call('GET', key)), 'KEEPTTL')
end
return edits`
