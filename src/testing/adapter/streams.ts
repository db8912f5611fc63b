import assert from 'node:assert/strict'
import { holdWrites, type AdapterTest } from './stage.ts'

/** Bodies that come piece by piece, and clients that do not wait for the end of them. */
export function streamTests(adapterTest: AdapterTest): void {
  adapterTest('has committed when the head of a stream arrives, while the stream goes on', async (serve) => {
    const goOn = Promise.withResolvers<void>()
    const { client } = await serve(({ path, session }) => {
      if (path === '/read') return { body: String(session.get('visits')) }
      session.set('visits', 7)
      return {
        body: streamOf(
          'first',
          goOn.promise.then(() => ' second'),
        ),
      }
    })
    const sent = client.send('/')
    const { cookie } = await sent.head
    assert.equal((await client.ask('/read', { cookie })).text, '7')
    goOn.resolve()
    const { text, complete } = await sent.answer
    assert.deepEqual([text, complete], ['first second', true])
  })

  adapterTest('keeps every byte of a long stream, and their order', async (serve) => {
    const pieces = Array.from({ length: 300 }, (_, index) => `${index} `.repeat(2_000))
    const { client } = await serve(({ session }) => {
      session.set('visits', 1)
      return { body: streamOf(...pieces) }
    })
    const { text, complete, cookie } = await client.ask('/')
    assert.ok(complete)
    assert.notEqual(cookie, '')
    assert.ok(text === pieces.join(''), 'the same text')
  })

  adapterTest('does not read a stream ahead while its commit is under way', async (serve) => {
    const { store, begun, goOn } = holdWrites('create')
    let read = 0
    const body = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(PIECE))
          if (++read === MANY) controller.close()
        },
      })
    const { client } = await serve(({ session }) => {
      session.set('visits', 1)
      return { body: body() }
    }, store)
    const { answer } = client.send('/')
    await begun
    await turns()
    assert.ok(read < MANY / 2, `${read} of ${MANY} pieces were read`)
    goOn()
    assert.equal((await answer).body.length, MANY * PIECE)
  })

  adapterTest('breaks off a response whose stream fails, and keeps what was committed', async (serve) => {
    const goOn = Promise.withResolvers<void>()
    const { client, events } = await serve(({ path, session }) => {
      if (path === '/read') return { body: String(session.get('visits')) }
      session.set('visits', 7)
      const failure = goOn.promise.then(() => Promise.reject<string>(new Error('the disk is gone')))
      return { body: streamOf('half', failure) }
    })
    const sent = client.send('/')
    const { cookie } = await sent.head
    goOn.resolve()
    const { complete, text } = await sent.answer
    assert.ok(!text.includes('disk'))
    // In HTTP/2 frameworks destroy the response without an error, and Node then ends it as if it were whole.
    if (serve.protocol === 'HTTP/1.1') assert.equal(complete, false)
    assert.equal((await client.ask('/read', { cookie })).text, '7')
    assert.deepEqual(failuresIn(events), [])
  })

  adapterTest('keeps what was committed for a client that leaves in the middle of a stream', async (serve) => {
    const left = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const { client, events } = await serve(({ path, session }) => {
      if (path === '/read') return { body: String(session.get('visits')) }
      session.set('visits', 7)
      let begun = false
      return {
        body: new ReadableStream({
          async pull(controller) {
            if (begun) await left.promise
            begun = true
            controller.enqueue(new TextEncoder().encode('more'))
          },
          cancel: () => cancelled.resolve(),
        }),
      }
    })
    const sent = client.send('/')
    const { cookie } = await sent.head
    sent.leave()
    left.resolve()
    await cancelled.promise
    assert.equal((await client.ask('/read', { cookie })).text, '7')
    assert.deepEqual(failuresIn(events), [])
  })

  adapterTest('keeps what is committed for a client that leaves while the commit is under way', async (serve) => {
    const { store, begun, goOn } = holdWrites('update')
    const { client, events } = await serve(({ path, session }) => {
      if (path === '/write') session.set('visits', Number(session.get('visits') ?? 0) + 1)
      return { body: String(session.get('visits')) }
    }, store)
    const { cookie } = await client.ask('/write')
    const sent = client.send('/write', { cookie })
    await begun
    sent.leave()
    await assert.rejects(sent.answer)
    await turns()
    goOn()
    await turns()
    assert.equal((await client.ask('/read', { cookie })).text, '2')
    assert.deepEqual(failuresIn(events), [])
  })

  adapterTest('commits what a handler did whose client left before it was done', async (serve) => {
    const started = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const { client, sessions, events } = await serve(async ({ path, session }) => {
      if (path !== '/slow') return { body: 'ok' }
      started.resolve()
      await goOn.promise
      session.set('visits', 1)
      return { body: 'nobody listens' }
    })
    const created = new Promise((resolve) => sessions.on('created', resolve))
    const sent = client.send('/slow')
    await started.promise
    sent.leave()
    await assert.rejects(sent.answer)
    await turns()
    goOn.resolve()
    await created
    assert.equal((await client.ask('/')).text, 'ok')
    await turns()
    assert.deepEqual(failuresIn(events), [])
  })
}

const MANY = 120
const PIECE = 64 * 1024

/** Each piece is given when it is there; one that is rejected fails the stream. */
export function streamOf(...pieces: readonly (string | Promise<string>)[]): ReadableStream<Uint8Array> {
  const rest = pieces.values()
  for (const piece of pieces) if (piece instanceof Promise) piece.catch(() => {}) // Told when its turn comes.
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = rest.next()
      if (done === true) controller.close()
      else controller.enqueue(new TextEncoder().encode(await value))
    },
  })
}

/** Lets everything happen that is only waiting for its turn. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function failuresIn(events: readonly { readonly type: string }[]): string[] {
  return events.map(({ type }) => type).filter((type) => type === 'bypassed' || type === 'commit-failed')
}
