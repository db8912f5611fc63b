import assert from 'node:assert/strict'
import type { AdapterTest } from './stage.ts'

const unreachable = (): Promise<never> => Promise.reject(new Error('the database does not answer'))

/** Responses that must not leave, and sessions that must not change. */
export function failureTests(adapterTest: AdapterTest): void {
  adapterTest('a failed commit is a 500 with nothing of the application’s response', async (serve) => {
    const { client, events } = await serve(
      ({ session }) => {
        session.set('visits', 1)
        return {
          status: 201,
          headers: [
            ['x-a', '1'],
            ['set-cookie', 'other=1'],
            ['cache-control', 'public'],
            ['content-type', 'text/x-well'],
          ],
          body: 'all is well',
        }
      },
      () => ({ create: unreachable }),
    )
    const { status, headers, setCookies, text, complete } = await client.ask('/')
    assert.deepEqual([status, headers['x-a'], setCookies, complete], [500, undefined, [], true])
    assert.notEqual(headers['cache-control'], 'public')
    assert.notEqual(headers['content-type'], 'text/x-well')
    assert.doesNotMatch(text, /well|database/)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['commit-failed'],
    )
  })

  adapterTest('a failed commit stops the stream that was to be sent', async (serve) => {
    const cancelled = Promise.withResolvers<void>()
    const { client } = await serve(
      ({ session }) => {
        session.set('visits', 1)
        const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
          controller.enqueue(new TextEncoder().encode('secret '))
        return { body: new ReadableStream({ pull, cancel: () => cancelled.resolve() }) }
      },
      () => ({ create: unreachable }),
    )
    const { status, text } = await client.ask('/')
    assert.equal(status, 500)
    assert.ok(!text.includes('secret'))
    await cancelled.promise
  })

  adapterTest('a failed commit answers HEAD too', async (serve) => {
    const { client } = await serve(
      ({ session }) => {
        session.set('visits', 1)
        return { body: 'all is well' }
      },
      () => ({ create: unreachable }),
    )
    const { status, text, setCookies } = await client.ask('/', { method: 'HEAD' })
    assert.deepEqual([status, text, setCookies], [500, '', []])
  })

  adapterTest('a session that ended meanwhile is a 400 with nothing of the application’s response', async (serve) => {
    const { client, events } = await serve(async ({ path, session }, sessions) => {
      if (path === '/late') await sessions.revoke(String(session.id))
      session.set('visits', 1)
      return {
        headers: [
          ['x-a', '1'],
          ['set-cookie', 'other=1'],
        ],
        body: 'saved',
      }
    })
    const { cookie } = await client.ask('/')
    const { status, headers, setCookies, text } = await client.ask('/late', { cookie })
    assert.deepEqual([status, headers['x-a'], headers['cache-control'], setCookies], [400, undefined, 'no-store', []])
    assert.equal(text, 'The session ended before the request completed.\n')
    assert.deepEqual(events.map(({ type }) => type).slice(-2), ['ended', 'interrupted'])
  })

  adapterTest('a session that cannot be loaded is a 500, and the handler does not run', async (serve) => {
    let ran = 0
    const { client } = await serve(
      ({ session }) => {
        ran++
        session.set('visits', 1)
        return { body: 'ran' }
      },
      () => ({ find: unreachable }),
    )
    const { cookie } = await client.ask('/')
    const { status, setCookies } = await client.ask('/', { cookie })
    assert.deepEqual([status, setCookies, ran], [500, [], 1])
  })

  adapterTest('an answer of 500 logs nobody in and writes nothing, and a logout stands', async (serve) => {
    const { client, events } = await serve(async ({ path, session }) => {
      if (path === '/me') return { body: JSON.stringify([session.subject, session.get('visits') ?? null]) }
      if (path === '/login' || path === '/login-fails') await session.login(path)
      if (path === '/write-fails') session.set('visits', 9)
      if (path === '/logout-fails') await session.logout()
      return { status: path.endsWith('-fails') ? 500 : 200 }
    })
    const { cookie } = await client.ask('/login')
    for (const path of ['/login-fails', '/write-fails']) {
      const { status, setCookies } = await client.ask(path, { cookie })
      assert.deepEqual([status, setCookies], [500, []], path)
    }
    assert.equal((await client.ask('/me', { cookie })).text, '["/login",null]')
    assert.equal(events.filter(({ type }) => type === 'login').length, 1)

    const { status, setCookies } = await client.ask('/logout-fails', { cookie })
    assert.equal(status, 500)
    assert.match(String(setCookies[0]), /^__Host-session=; Max-Age=0/)
    assert.equal((await client.ask('/me', { cookie })).text, '[null,null]')
  })
}

/** For frameworks that make responses of errors. */
export function errorTests(adapterTest: AdapterTest): void {
  adapterTest('an error thrown after a login logs nobody in, and one after a write keeps nothing', async (serve) => {
    const { client, events } = await serve(async ({ path, session }) => {
      if (path === '/me') return { body: JSON.stringify([session.subject, session.get('visits') ?? null]) }
      session.set('visits', 1)
      if (path === '/first') return {}
      session.set('visits', 2)
      if (path === '/login') await session.login('ada')
      throw new Error('boom')
    })
    const { cookie } = await client.ask('/first')
    for (const path of ['/login', '/write']) {
      for (const known of [cookie, '']) {
        const { status, setCookies } = await client.ask(path, { cookie: known })
        assert.deepEqual([status, setCookies], [500, []], path)
      }
    }
    assert.equal((await client.ask('/me', { cookie })).text, '[null,1]')
    assert.ok(!events.some(({ type }) => type === 'login' || type === 'bypassed'))
  })

  adapterTest('an error thrown after a logout removes the cookie all the same', async (serve) => {
    const { client } = await serve(async ({ path, session }) => {
      if (path === '/me') return { body: String(session.subject) }
      if (path === '/login') await session.login('ada')
      else {
        await session.logout()
        throw new Error('boom')
      }
      return {}
    })
    const { cookie } = await client.ask('/login')
    const { status, setCookies, headers } = await client.ask('/logout', { cookie })
    assert.deepEqual([status, headers['cache-control'], setCookies.length], [500, 'no-store', 1])
    assert.match(String(setCookies[0]), /^__Host-session=; Max-Age=0/)
    assert.equal((await client.ask('/me', { cookie })).text, 'null')
  })
}
