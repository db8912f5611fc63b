import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtempDisposable, readFile, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { ANN, newCustomer } from './support/people.ts'
import { startProcess } from './support/process.ts'
import { visit } from './support/visitor.ts'

describe('the site as it is started', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`ends cleanly on ${signal}, and keeps users, sessions and baskets over a restart`, async (t) => {
      const env = { PORT: '0', DATA_DIR: await newFolder(t) }
      await using first = startProcess(env)
      const ann = await newCustomer(await first.address())
      await ann.submit('/basket', { article: 'ships-bell' })
      first.signal(signal)
      first.signal(signal) // npm and the terminal may each send it.
      assert.equal(await first.ended, 0)
      assert.match(first.output(), /No SESSION_KEY was given: made one/)

      await using second = startProcess(env)
      const again = visit(await second.address(), {}, ann.jar)
      assert.match((await again.get('/account')).body, /Good to see you, Ann Bonny/)
      assert.match((await again.get('/basket')).body, /<option selected>1</)
      assert.equal((await visit(await second.address()).submit('/sign-in', ANN)).path, '/account')
      assert.doesNotMatch(second.output(), /SESSION_KEY/, 'the key of the first start is used again')
    })
  }

  test('answers the request it has before it ends', async (t) => {
    await using site = startProcess({ PORT: '0', DATA_DIR: await newFolder(t) })
    const body = new URLSearchParams(ANN).toString()
    const sending = request(`${await site.address()}/sign-up`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': body.length,
        'sec-fetch-site': 'same-origin',
        expect: '100-continue',
      },
    })
    sending.flushHeaders()
    await once(sending, 'continue')
    site.signal('SIGTERM')
    sending.end(body)
    const [response] = (await once(sending, 'response')) as [{ statusCode: number; resume(): void }]
    response.resume()
    assert.equal(response.statusCode, 303)
    assert.equal(await site.ended, 0)
  })

  test('keeps its files to itself', async (t) => {
    const folder = await newFolder(t)
    const dataDir = join(folder, 'data')
    await using site = startProcess({ PORT: '0', DATA_DIR: dataDir })
    await newCustomer(await site.address())
    const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)
    assert.equal(await modeOf(dataDir), '700')
    for (const name of ['session-key', 'users.sqlite', 'users.sqlite-wal', 'sessions.sqlite', 'sessions.sqlite-wal']) {
      assert.equal(await modeOf(join(dataDir, name)), '600', name)
    }
    const key = await readFile(join(dataDir, 'session-key'), 'utf8')
    assert.equal(Buffer.from(key, 'base64url').length, 32)
    assert.ok(!site.output().includes(key))
  })

  test('takes SESSION_KEY instead of a file, and without the old key knows nobody', async (t) => {
    const DATA_DIR = await newFolder(t)
    await using first = startProcess({ PORT: '0', DATA_DIR })
    const ann = await newCustomer(await first.address())
    first.signal('SIGTERM')
    await first.ended
    await rm(join(DATA_DIR, 'session-key'))

    await using second = startProcess({
      PORT: '0',
      DATA_DIR,
      SESSION_KEY: 'hB1Pq8sZ0rWm4tXv6yKc2dNf7gJa9eLu3oTi5wRx1sE',
    })
    assert.equal((await visit(await second.address(), {}, ann.jar).get('/account')).status, 303)
    assert.equal(existsSync(join(DATA_DIR, 'session-key')), false)
  })
})

describe('a start that fails', () => {
  test('says that the port is taken, and touches nothing', async (t) => {
    const DATA_DIR = join(await newFolder(t), 'data')
    const other = createServer().listen(0, 'localhost')
    t.after(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await using site = startProcess({ PORT: String(port), DATA_DIR })
    assert.equal(await site.ended, 1)
    assert.equal(site.output(), `Port ${port} is taken. Choose another one: PORT=${port + 1} npm start\n`)
    assert.equal(existsSync(DATA_DIR), false)
  })

  const wrong = [
    [{ PORT: 'http' }, /^PORT must be a number from 0 to 65535, not 'http'\n$/],
    [{ PORT: '70000' }, /^PORT must be a number from 0 to 65535, not '70000'\n$/],
    [{ PORT: '0', SESSION_KEY: 'too short' }, /^The keys cannot be used: .*npx holdfast keygen.*\n$/],
  ] as const
  for (const [env, words] of wrong) {
    test(`says in one line what is wrong: ${JSON.stringify(env)}`, async (t) => {
      await using site = startProcess({ ...env, DATA_DIR: await newFolder(t) })
      assert.equal(await site.ended, 1)
      assert.match(site.output(), words)
    })
  }
})

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'chandlery-'))
  t.after(() => folder.remove())
  return folder.path
}
