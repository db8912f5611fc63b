import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createSessions, db, type Session, type Sessions } from 'holdfast'
import { fakeClock, storeContract } from 'holdfast/testing'
import { toyStore } from '../src/toy-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'toy-store-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0
const newPath = (): string => join(folder, `${files++}.json`)

// What Holdfast asks of every store.
storeContract('toyStore', ({ clock }) => toyStore(newPath(), { clock }))

// What this one promises besides.
describe('toyStore', () => {
  const keys = ['a key for this test alone: 0123456789abcdef']

  test('keeps sessions over a restart, and what ended stays ended', async () => {
    const path = newPath()
    const before = createSessions({ keys, engine: db(toyStore(path)) })
    const [ada, bob] = [await signIn(before, 'ada'), await signIn(before, 'bob')]
    await visit(before, bob, (session) => session.logout())

    const afterwards = createSessions({ keys, engine: db(toyStore(path)) })
    assert.equal(await visit(afterwards, ada, (session) => session.subject), 'ada')
    assert.equal(await visit(afterwards, bob, (session) => session.subject), null)
    assert.equal(statSync(path).mode & 0o077, 0, 'nobody else may read the file')
  })

  test('a change that cannot be written throws, and has not happened', async () => {
    const path = newPath()
    const clock = fakeClock()
    const sessions = createSessions({ keys, engine: db(toyStore(path, { clock })), clock })
    const ada = await signIn(sessions, 'ada')

    mkdirSync(`${path}.new`) // Where it writes first.
    await assert.rejects(visit(sessions, ada, (session) => session.logout()))
    assert.equal(await visit(sessions, ada, (session) => session.subject), 'ada')
  })
})

/** One request, as an adapter makes it. */
async function visit<T>(sessions: Sessions, cookie: string, handler: (session: Session) => T | Promise<T>): Promise<T> {
  let answer: { value: T } | undefined
  await sessions.handle(new Request('https://toy.example/', { headers: { cookie } }), async (session) => {
    answer = { value: await handler(session) }
    return new Response()
  })
  assert.ok(answer)
  return answer.value
}

async function signIn(sessions: Sessions, subject: string): Promise<string> {
  const response = await sessions.handle(new Request('https://toy.example/login'), async (session) => {
    await session.login(subject)
    return new Response()
  })
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}
