import assert from 'node:assert/strict'
import type { AdapterTest } from './stage.ts'

/** What a response carries, and when it leaves. */
export function answerTests(adapterTest: AdapterTest): void {
  adapterTest('keeps a session from request to request, and sends its cookie once', async (serve) => {
    const { client } = await serve(({ session }) => ({
      body: `visit ${session.update('visits', (visits = 0) => visits + 1)}`,
    }))
    const first = await client.ask('/')
    assert.deepEqual([first.status, first.text, first.setCookies.length], [200, 'visit 1', 1])
    const second = await client.ask('/', { cookie: first.cookie })
    assert.deepEqual([second.status, second.text, second.setCookies.length], [200, 'visit 2', 0])
    assert.equal((await client.ask('/', { cookie: first.cookie })).text, 'visit 3')
  })

  adapterTest('has committed before the first byte of a redirect leaves', async (serve) => {
    const { client } = await serve(async ({ path, session }) => {
      if (path !== '/login') return { body: String(session.subject) }
      await session.login('ada')
      return { status: 303, headers: [['location', '/me']] }
    })
    const redirect = client.send('/login', { method: 'POST' })
    const { status, headers, cookie } = await redirect.head
    assert.deepEqual([status, headers.location], [303, '/me'])
    assert.equal((await client.ask('/me', { cookie })).text, 'ada')
    await redirect.answer
  })

  adapterTest('answers HEAD with the head of GET, cookie included', async (serve) => {
    const { client } = await serve(({ session }) => {
      session.set('visits', 1)
      return { headers: [['x-a', '1']], body: 'none of this' }
    })
    const head = await client.ask('/', { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers['x-a'], head.text], [200, '1', ''])
    assert.notEqual(head.cookie, '')
  })

  adapterTest('sends the cookie with a response that has no body', async (serve) => {
    const { client } = await serve(({ session }) => {
      session.set('visits', 1)
      return { status: 204 }
    })
    const { status, cookie, text } = await client.ask('/')
    assert.deepEqual([status, text], [204, ''])
    assert.notEqual(cookie, '')
  })

  adapterTest('sends one cookie of the session, whatever the application set, and keeps the others', async (serve) => {
    const { client } = await serve(({ session }) => {
      session.set('visits', 1)
      return {
        headers: [
          ['set-cookie', 'other=1; Path=/'],
          ['set-cookie', '__Host-session=planted'],
          ['set-cookie', 'another=2'],
        ],
      }
    })
    const { setCookies } = await client.ask('/')
    assert.equal(setCookies.length, 3)
    assert.deepEqual(setCookies.slice(0, 2), ['other=1; Path=/', 'another=2'])
    assert.match(String(setCookies[2]), /^__Host-session=[\w-]{91};/)
  })

  adapterTest('lets no shared cache keep a response that touched the session', async (serve) => {
    const { client } = await serve(({ path, session }) => {
      if (path === '/write') session.set('visits', 1)
      else session.get('visits')
      return {
        headers: [
          ['vary', 'Accept'],
          ['cache-control', 'public, max-age=600'],
        ],
      }
    })
    for (const path of ['/read', '/write']) {
      const { headers } = await client.ask(path)
      assert.deepEqual([headers['cache-control'], headers.vary], ['no-store', 'Accept, Cookie'], path)
    }
  })

  adapterTest('leaves a response alone whose handler never touches the session', async (serve) => {
    const { client, calls } = await serve(({ path, session }) => {
      if (path === '/write') session.set('visits', 1)
      return { headers: [['cache-control', 'public, max-age=600']], body: 'open' }
    })
    const stranger = await client.ask('/')
    assert.deepEqual(calls, [])
    const { cookie } = await client.ask('/write')
    const known = await client.ask('/', { cookie })
    for (const { headers, setCookies, text } of [stranger, known]) {
      assert.deepEqual(
        [headers['cache-control'], headers.vary, setCookies, text],
        ['public, max-age=600', undefined, [], 'open'],
      )
    }
  })

  adapterTest('loses nothing of what concurrent requests write', async (serve) => {
    let waiting = 0
    const all = Promise.withResolvers<void>()
    const { client } = await serve(async ({ path, session }) => {
      if (path === '/read') return { body: JSON.stringify([session.get('visits'), session.get('seen')?.toSorted()]) }
      if (path !== '/first') {
        if (++waiting === WRITERS) all.resolve()
        await all.promise
      }
      session.update('visits', (visits = 0) => visits + 1)
      session.update('seen', (seen = []) => [...seen, path])
      return {}
    })
    const { cookie } = await client.ask('/first')
    const paths = Array.from({ length: WRITERS }, (_, index) => `/${index}`)
    await Promise.all(paths.map((path) => client.ask(path, { cookie })))
    const { text } = await client.ask('/read', { cookie })
    assert.deepEqual(JSON.parse(text), [WRITERS + 1, [...paths, '/first'].toSorted()])
  })
}

const WRITERS = 10
