import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempDisposable } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { cachedDb, createSessions, memoryCache, memoryStore } from 'holdfast'
import { openLab } from 'holdfast-lab/server/routes'
import { createApp } from '../src/app.ts'
import { hashPassword } from '../src/passwords.ts'
import { openSqlite } from '../src/storage/sqlite.ts'
import { ANN, BEN, newCustomer, onAnotherDevice } from './support/people.ts'
import { openSite } from './support/site.ts'
import { visit } from './support/visitor.ts'

describe('signing up', () => {
  test('opens an account and signs its owner in', async () => {
    await using site = await openSite()
    const ann = visit(site.address)
    const reply = await ann.submit('/sign-up', ANN)
    assert.equal(reply.path, '/account')
    assert.match(reply.body, /Welcome aboard, Ann Bonny/)
    assert.match(reply.body, /ann@example\.org/)
    assert.doesNotMatch((await ann.get('/account')).body, /Welcome aboard/, 'the message is shown once')
  })

  test('says of each field what is wrong with it, and keeps what was typed', async () => {
    await using site = await openSite()
    const reply = await visit(site.address).submit('/sign-up', { name: ' ', email: 'ann at home', password: 'short' })
    assert.equal(reply.status, 422)
    for (const field of ['name', 'email', 'password']) assert.match(reply.body, new RegExp(`id="${field}-problem"`))
    assert.match(reply.body, /value="ann at home"/)
    assert.doesNotMatch(reply.body, /value="short"/)
  })

  test('refuses an address that is taken, in any spelling', async () => {
    await using site = await openSite()
    await newCustomer(site.address)
    for (const email of ['ann@example.org', ' ANN@Example.ORG ', 'ａnn@example.org']) {
      const reply = await visit(site.address).submit('/sign-up', { ...BEN, email })
      assert.equal(reply.status, 422, email)
    }
  })

  test('shows names as they are, never as markup', async () => {
    await using site = await openSite()
    const name = `<img src=x onerror=alert(1)>"'&`
    const shown = '&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;'
    const refused = await visit(site.address).submit('/sign-up', { name, email: `"><b>`, password: '' })
    const welcomed = await visit(site.address).submit('/sign-up', { ...ANN, name, email: `"><b>@example.org` })
    assert.equal(welcomed.path, '/account')
    for (const { body } of [refused, welcomed]) {
      assert.ok(body.includes(shown))
      assert.ok(!body.includes('<img src=x'))
      assert.ok(!body.includes('<b>'))
    }
  })

  test('is not to be had without end from one address', async () => {
    await using site = await openSite()
    const statuses = new Set<number>()
    for (let attempt = 0; attempt < 31; attempt++) {
      statuses.add((await visit(site.address).submit('/sign-up', { ...ANN, password: 'short' })).status)
    }
    assert.deepEqual([...statuses], [422, 429])
  })
})

describe('signing in', () => {
  test('needs the right password', async () => {
    await using site = await openSite()
    await newCustomer(site.address)
    const device = visit(site.address)
    assert.equal((await device.submit('/sign-in', { ...ANN, password: `${ANN.password}.` })).status, 422)
    assert.equal((await device.get('/account')).location, '/sign-in?next=%2Faccount')
    const reply = await device.submit('/sign-in', { ...ANN, email: ' Ann@Example.org' })
    assert.equal(reply.path, '/account')
    assert.match(reply.body, /Good to see you, Ann Bonny/)
  })

  test('does not tell whether an account exists', async () => {
    await using site = await openSite()
    await newCustomer(site.address)
    const known = await visit(site.address).submit('/sign-in', { email: ANN.email, password: 'not it' })
    const unknown = await visit(site.address).submit('/sign-in', { email: 'amy@example.org', password: 'not it' })
    assert.equal(known.status, unknown.status)
    assert.equal(known.body, unknown.body.replace('amy@', 'ann@'))
    assert.deepEqual([...known.headers.keys()], [...unknown.headers.keys()])
  })

  test('costs one hash whether the account exists or not, so that the time tells nothing either', async () => {
    await using site = await openSite()
    await newCustomer(site.address)
    const hashesOf = async (path: string, fields: Record<string, string>): Promise<number> => {
      let hashes = 0
      const hook = createHook({ init: (_id, type) => void (hashes += type === 'SCRYPTREQUEST' ? 1 : 0) }).enable()
      await visit(site.address).submit(path, fields)
      hook.disable()
      return hashes
    }
    const wrong = { password: 'not the right one' }
    assert.equal(await hashesOf('/sign-in', { ...wrong, email: ANN.email }), 1)
    assert.equal(await hashesOf('/sign-in', { ...wrong, email: 'amy@example.org' }), 1)
    assert.equal(await hashesOf('/sign-up', ANN), 1, 'taken')
    assert.equal(await hashesOf('/sign-up', BEN), 1, 'free')
  })

  test('changes the token, so that nobody can have planted it', async () => {
    await using site = await openSite()
    await newCustomer(site.address)
    const planted = visit(site.address)
    await planted.submit('/basket', { article: 'ships-bell' })
    const attacker = visit(site.address, {}, new Map(planted.jar))
    await planted.submit('/sign-in', ANN)
    assert.equal((await planted.get('/account')).status, 200)
    assert.equal((await attacker.get('/account')).status, 303)
  })

  test('stops after five wrong passwords for one account, and only for that one', async () => {
    await using site = await openSite()
    await newCustomer(site.address)
    await newCustomer(site.address, BEN)
    const guess = (email: string, password: string): Promise<number> =>
      visit(site.address)
        .submit('/sign-in', { email, password })
        .then(({ status }) => status)
    // All at once: counted when they begin, not when they end.
    const statuses = await Promise.all(Array.from({ length: 8 }, (_, n) => guess(ANN.email, `guess ${n}`)))
    assert.equal(statuses.filter((status) => status === 422).length, 5)
    assert.equal(statuses.filter((status) => status === 429).length, 3)
    assert.equal(await guess(ANN.email.toUpperCase(), ANN.password), 429, 'in another spelling it is the same account')
    assert.equal(await guess(BEN.email, BEN.password), 200)
    const { headers } = await visit(site.address).submit('/sign-in', ANN)
    assert.ok(Number(headers.get('retry-after')) > 0)
  })

  test('leads back to the page that asked for it', async () => {
    await using site = await openSite()
    await newCustomer(site.address)
    const device = visit(site.address)
    const { location } = await device.get('/account/devices')
    assert.equal(location, '/sign-in?next=%2Faccount%2Fdevices')
    assert.match((await device.get(location)).body, /name="next" value="\/account\/devices"/)
    assert.equal((await device.submit('/sign-in', { ...ANN, next: '/account/devices' })).path, '/account/devices')
  })

  test('leads to no other site', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const elsewhere = [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/.//evil.example',
      '/a/..//evil.example',
      'javascript:alert(1)',
      'evil.example',
      ' //evil.example',
      '/\r\nset-cookie: a=b',
    ]
    for (const next of elsewhere) {
      for (const path of ['/sign-in', '/sign-up']) {
        const { location } = await ann.get(`${path}?next=${encodeURIComponent(next)}`)
        const { origin } = new URL(location ?? '', site.address)
        assert.equal(origin, site.address, JSON.stringify({ path, next, location }))
      }
      const { location, headers } = await ann.post(
        '/confirm',
        { password: ANN.password, next },
        { 'sec-fetch-site': 'same-origin' },
      )
      assert.equal(new URL(location ?? '', site.address).origin, site.address, JSON.stringify({ next, location }))
      assert.ok(!headers.getSetCookie().some((line) => line.startsWith('a=b')))
    }
  })

  test('is refused when the account is signed out everywhere while the password is checked', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'chandlery-'))
    const storage = openSqlite(folder.path, {})
    const { users, counters } = storage
    const keys = [randomBytes(32).toString('base64url')]
    const sessions = createSessions({ keys, engine: cachedDb(memoryStore(), memoryCache()) })
    const user = await users.add({ ...ANN, passwordHash: await hashPassword(ANN.password) })
    const late = {
      ...sessions,
      async epoch(subject: string) {
        const epoch = await sessions.epoch(subject)
        await sessions.revokeAll(subject)
        return epoch
      },
    }
    await using server = createServer().listen(0, 'localhost')
    await once(server, 'listening')
    const address = `http://localhost:${(server.address() as AddressInfo).port}`
    server.on('request', createApp({ sessions: late, users, counters, lab: openLab(), origins: [address], proxies: 0 }))

    const device = visit(address)
    const reply = await device.submit('/sign-in', ANN)
    assert.equal(reply.status, 403)
    assert.match(reply.body, /Please sign in once more/)
    assert.equal((await device.get('/account')).status, 303)
    assert.deepEqual(await sessions.list(user?.id ?? ''), [])
    await sessions.close()
    await storage.engine.close()
    await storage.close()
  })
})

describe('signing out', () => {
  test('ends the session in the store, not only in the browser', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const kept = visit(site.address, {}, new Map(ann.jar))
    assert.equal((await ann.submit('/sign-out')).path, '/signed-out')
    assert.equal(ann.jar.size, 0)
    assert.equal((await kept.get('/account')).location, '/sign-in?next=%2Faccount')
  })

  test('leaves nothing for the next person at the same browser', async () => {
    await using site = await openSite()
    const browser = await newCustomer(site.address)
    await browser.submit('/basket', { article: 'ships-bell' })
    await browser.submit('/sign-out')
    assert.match((await browser.get('/basket')).body, /nothing in it yet/)
    await browser.submit('/sign-up', BEN)
    assert.match((await browser.get('/basket')).body, /nothing in it yet/)
  })

  test('is not needed for that: another person signing in gets nothing of it either', async () => {
    await using site = await openSite()
    await newCustomer(site.address, BEN)
    const browser = await newCustomer(site.address)
    await browser.submit('/basket', { article: 'ships-bell' })
    const { body } = await browser.submit('/sign-in', BEN)
    assert.match(body, /Good to see you, Ben Gunn/)
    assert.match((await browser.get('/basket')).body, /nothing in it yet/)
  })
})

describe('every page', () => {
  test('may run no script, stand in no frame, and stay in no cache once it has touched a session', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    for (const path of ['/', '/basket', '/account', '/account/devices', '/nowhere']) {
      const { headers } = await ann.get(path)
      const policy = headers.get('content-security-policy') ?? ''
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
        assert.ok(policy.includes(part), `${path}: ${policy}`)
      }
      assert.doesNotMatch(policy, /script-src|unsafe/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('cache-control'), 'no-store', path)
      assert.equal(headers.get('x-powered-by'), null)
    }
  })

  test('of someone who only looks leaves no cookie', async () => {
    await using site = await openSite()
    const passerBy = visit(site.address)
    for (const path of ['/', '/basket', '/sign-in', '/sign-up', '/account', '/nowhere']) await passerBy.get(path)
    assert.equal(passerBy.jar.size, 0)
  })

  test('says so when there is none, or when a request cannot be read', async () => {
    await using site = await openSite()
    const someone = visit(site.address)
    assert.equal((await someone.get('/nowhere')).status, 404)
    assert.equal((await someone.submit('/basket', { article: 'kraken' })).status, 404)
    const long = await someone.submit('/sign-in', { email: 'a'.repeat(20_000) })
    assert.equal(long.status, 413)
    assert.match(long.body, /could not be read/)
  })

  test('belongs to whoever is signed in on this device only', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const ben = await newCustomer(site.address, BEN)
    assert.match((await ann.get('/account')).body, /ann@example\.org/)
    assert.match((await ben.get('/account')).body, /ben@example\.org/)
    assert.doesNotMatch((await ben.get('/account')).body, /ann@example\.org/)
    for (const path of ['/account', '/account/devices', '/account/password', '/account/delete', '/confirm']) {
      assert.equal((await visit(site.address).get(path)).status, 303, path)
    }
    assert.match((await (await onAnotherDevice(site.address)).get('/account')).body, /On 2 devices/)
  })
})
