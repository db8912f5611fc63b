import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { cachedDb, createSessions, memoryCache, memoryStore } from '../../src/index.ts'
import { fakeClock } from '../../src/testing.ts'
import { rowsOf } from '../support/markdown.ts'
import { watchStore } from '../support/watched-store.ts'

test('docs/scale.md: what an hour of use asks of the store', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const clock = fakeClock()
  const { store, calls } = watchStore(memoryStore({ clock }))
  const sessions = createSessions({
    keys: ['only for this test: 0123456789 abcdef ghijkl'],
    engine: cachedDb(store, memoryCache({ clock }), { clock }),
    clock,
  })
  const handle = async (
    cookie: string | undefined,
    change?: (session: Awaited<ReturnType<typeof open>>) => unknown,
  ) => {
    const session = await open(cookie)
    await change?.(session)
    const { setCookie } = await sessions.commit(session)
    mock.timers.tick(500) // So long a touch waits for others.
    await new Promise(setImmediate)
    return setCookie?.split(';')[0] ?? cookie
  }
  const open = async (cookie: string | undefined) => sessions.open({ headers: cookie === undefined ? {} : { cookie } })

  let cookie = await handle(undefined, (session) => session.login('ann'))
  calls.length = 0
  for (let request = 0; request < 360; request++) {
    clock.advance(10_000)
    cookie = await handle(cookie, (session) => session.subject)
  }
  await sessions.close()
  mock.timers.reset()
  const count = (verb: string): number => calls.filter((call) => call === verb).length

  const page = readFileSync(join(import.meta.dirname, '../../docs/scale.md'), 'utf8')
  const [others, ...told] = rowsOf(page, 'What the store is asked', 'asked for an hour of use').toReversed()
  assert.equal(others?.[0], 'anything else')
  const verbs = told.map(([verb = '']) => verb)
  assert.deepEqual(
    told.map(([verb, times]) => [verb, Number(times)]),
    verbs.map((verb) => [verb, count(verb)]),
  )
  // The feed of changes costs a store of many processes nothing: it has none.
  assert.deepEqual(
    calls.filter((call) => !verbs.includes(call) && call !== 'poll'),
    [],
  )
})
