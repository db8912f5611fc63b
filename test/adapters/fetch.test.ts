import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fetchSessions } from '../../src/adapters/fetch.ts'
import { createSessions, db, memoryStore } from '../../src/index.ts'

function make(store = memoryStore()) {
  const sessions = createSessions<{ visits: number }>({
    keys: ['a key of forty characters, 0123456789 abc'],
    engine: db(store),
  })
  return { sessions, store, withSession: fetchSessions(sessions) }
}

const request = (cookie = '', headers: Record<string, string> = {}): Request =>
  new Request('http://localhost/', { headers: cookie === '' ? headers : { cookie, ...headers } })

const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''

// What every adapter owes is in test/contracts/adapters.test.ts.

describe('the fetch adapter', () => {
  test('keeps a session from request to request and hands further arguments on', async () => {
    const { withSession } = make()
    const handler = withSession((_request, session, name: string) => {
      return new Response(`${name} ${session.update('visits', (n = 0) => n + 1)}`)
    })
    const first = await handler(request(), 'visit')
    assert.equal(await first.text(), 'visit 1')
    const second = await handler(request(cookieOf(first)), 'visit')
    assert.equal(await second.text(), 'visit 2')
    assert.deepEqual(second.headers.getSetCookie(), [], 'the token did not change')
  })

  test('sets its headers on a response whose own cannot be changed', async () => {
    const { withSession } = make()
    const response = await withSession((_request, session) => {
      session.set('visits', 1)
      return Response.redirect('http://localhost/next')
    })(request())
    assert.equal(response.status, 302)
    assert.equal(response.headers.get('location'), 'http://localhost/next')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(response.headers.get('vary'), 'Cookie')
    assert.match(cookieOf(response), /^__Host-session=/)
  })

  test('hands an untouched response through as it is', async () => {
    const { withSession } = make()
    const own = new Response('open', { headers: { 'cache-control': 'public' } })
    assert.equal(await withSession(() => own)(request()), own)
  })

  test('commits nothing when the handler throws', async () => {
    const { withSession, store } = make()
    const failing = withSession((_request, session): Response => {
      session.set('visits', 1)
      throw new Error('boom')
    })
    await assert.rejects(failing(request()), /boom/)
    assert.equal(store.size, 0)
  })

  test('removes a dead cookie on a page load, and only there', async () => {
    const { withSession, sessions } = make()
    const { cookie, id } = await begin(withSession)
    await sessions.revoke(id)
    const read = withSession((_request, session) => new Response(String(session.get('visits'))))
    const background = await read(request(cookie, { 'sec-fetch-mode': 'cors' }))
    assert.deepEqual(background.headers.getSetCookie(), [])
    const page = await read(request(cookie, { 'sec-fetch-mode': 'navigate' }))
    assert.match(page.headers.getSetCookie()[0] ?? '', /^__Host-session=; Max-Age=0/)
  })
})

async function begin(withSession: ReturnType<typeof make>['withSession']) {
  let id: string | null = null
  const response = await withSession((_request, session) => {
    session.set('visits', 1)
    return new Response()
  })(request())
  const cookie = cookieOf(response)
  await withSession((_request, session) => {
    id = session.id
    return new Response()
  })(request(cookie))
  assert.ok(id)
  return { cookie, id: id as string }
}
