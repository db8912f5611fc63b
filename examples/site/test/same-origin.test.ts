import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ANN, newCustomer } from './support/people.ts'
import { openSite } from './support/site.ts'
import { visit } from './support/visitor.ts'

/** Every form of the site, filled in so that it would do its work. */
const FORMS: readonly (readonly [path: string, fields: Readonly<Record<string, string>>])[] = [
  ['/basket', { article: 'ships-bell' }],
  ['/basket/quantity', { article: 'manila-rope', quantity: '7' }],
  ['/sign-up', { ...ANN, email: 'other@example.org' }],
  ['/sign-in', ANN],
  ['/sign-out', {}],
  ['/confirm', { password: ANN.password }],
  ['/account/password', { old: ANN.password, new: 'quite another sentence' }],
  ['/account/devices', { end: 'others' }],
  ['/account/delete', {}],
]

describe('a form sent from another site', () => {
  const foreign: readonly (readonly [why: string, headers: Readonly<Record<string, string>>])[] = [
    ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbouring subdomain', { 'sec-fetch-site': 'same-site' }],
    ['an address that was typed', { 'sec-fetch-site': 'none' }],
    ['a value nobody knows', { 'sec-fetch-site': 'same-origin, cross-site' }],
    ['an empty value', { 'sec-fetch-site': '' }],
    ['Sec-Fetch-Site decides over Origin', { 'sec-fetch-site': 'cross-site', origin: 'ours' }],
    ['another Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
    ['another port', { origin: 'http://localhost:1' }],
    ['another scheme', { origin: 'https, and else ours' }],
    ['ours as a prefix', { origin: 'ours and .evil.example' }],
    ['an empty Origin', { origin: '' }],
    ['neither header', {}],
  ]

  for (const [why, headers] of foreign) {
    test(`is refused and does nothing: ${why}`, async () => {
      await using site = await openSite()
      const ann = await newCustomer(site.address)
      await ann.submit('/basket', { article: 'manila-rope' })
      await ann.get('/basket')
      const before = await ann.get('/basket')
      const cookies = new Map(ann.jar)
      const origin = headers['origin']
        ?.replace('ours and ', site.address)
        .replace('https, and else ours', site.address.replace('http:', 'https:'))
        .replace('ours', site.address)
      for (const [path, fields] of FORMS) {
        const reply = await ann.post(path, fields, { ...headers, ...(origin === undefined ? {} : { origin }) })
        assert.equal(reply.status, 403, path)
        assert.match(reply.body, /came from another site/)
        assert.deepEqual(reply.headers.getSetCookie(), [])
      }
      assert.deepEqual(ann.jar, cookies)
      assert.equal((await ann.get('/basket')).body, before.body)
      assert.equal((await ann.get('/account')).status, 200)
      assert.equal((await visit(site.address).submit('/sign-in', ANN)).path, '/account')
    })
  }
})

describe('a form sent from the site itself', () => {
  test('is taken on the word of Sec-Fetch-Site, or else of Origin', async () => {
    await using site = await openSite()
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: site.address }]) {
      const visitor = visit(site.address)
      assert.equal((await visitor.post('/basket', { article: 'ships-bell' }, headers)).status, 303)
    }
  })
})

describe('every method but GET, HEAD and OPTIONS', () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
    test(`${method} is refused on every path without a word of where it comes from`, async () => {
      await using site = await openSite()
      for (const path of ['/', '/site.css', '/account', '/lab/api/check', '/lab/api/watch', '/nowhere']) {
        assert.equal((await fetch(site.address + path, { method })).status, 403, path)
      }
    })
  }
})
