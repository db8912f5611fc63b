import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ANN, newCustomer } from './support/people.ts'
import { openSite } from './support/site.ts'
import { visit, type Visitor } from './support/visitor.ts'

describe('the basket', () => {
  test('is there for visitors without an account', async () => {
    await using site = await openSite()
    const visitor = visit(site.address)
    const { path, body } = await visitor.submit('/basket', { article: 'ships-bell' })
    assert.equal(path, '/basket')
    assert.match(body, /In your basket: Ship’s bell/)
    await visitor.submit('/basket', { article: 'ships-bell' })
    assert.deepEqual(await linesOf(visitor), { 'ships-bell': 2 })
    assert.match((await visitor.get('/basket')).body, /£198\.00/)
  })

  test('is kept at sign-up and at sign-in', async () => {
    await using site = await openSite()
    for (const door of ['/sign-up', '/sign-in']) {
      const visitor = visit(site.address)
      await visitor.submit('/basket', { article: 'ships-bell' })
      await visitor.submit(door, ANN)
      assert.deepEqual(await linesOf(visitor), { 'ships-bell': 1 }, door)
    }
  })

  test('keeps both articles of two tabs that add at the same time', async () => {
    await using site = await openSite()
    const visitor = visit(site.address)
    await visitor.submit('/basket', { article: 'ships-bell' })
    const slugs = ['manila-rope', 'ash-block', 'bronze-cleat', 'ships-bell', 'ships-bell']
    await Promise.all(slugs.map((article) => visitor.post('/basket', { article }, { 'sec-fetch-site': 'same-origin' })))
    assert.deepEqual(await linesOf(visitor), { 'ships-bell': 3, 'manila-rope': 1, 'ash-block': 1, 'bronze-cleat': 1 })
  })

  test('can be changed, in place, and emptied', async () => {
    await using site = await openSite()
    const visitor = visit(site.address)
    await visitor.submit('/basket', { article: 'ships-bell' })
    await visitor.submit('/basket', { article: 'manila-rope' })
    await visitor.submit('/basket/quantity', { article: 'ships-bell', quantity: '5' })
    assert.deepEqual(Object.entries(await linesOf(visitor)), [
      ['ships-bell', 5],
      ['manila-rope', 1],
    ])
    await visitor.submit('/basket/quantity', { article: 'ships-bell', quantity: '5', remove: 'yes' })
    assert.deepEqual(await linesOf(visitor), { 'manila-rope': 1 })
    await visitor.submit('/basket/quantity', { article: 'manila-rope', quantity: '0' })
    assert.match((await visitor.get('/basket')).body, /nothing in it yet/)
  })

  test('holds whole numbers from 1 to 12 of what the shop sells, whatever is sent', async () => {
    await using site = await openSite()
    const visitor = visit(site.address)
    await visitor.submit('/basket', { article: 'ships-bell' })
    for (const quantity of ['', '1.5', 'many', 'NaN', 'Infinity', '<b>']) {
      assert.equal(
        (await visitor.submit('/basket/quantity', { article: 'ships-bell', quantity })).status,
        404,
        quantity,
      )
    }
    for (const article of ['', 'kraken', '__proto__', 'constructor', 'toString']) {
      assert.equal((await visitor.submit('/basket', { article })).status, 404, article)
    }
    assert.deepEqual(await linesOf(visitor), { 'ships-bell': 1 })
    await visitor.submit('/basket/quantity', { article: 'ships-bell', quantity: '1000000' })
    assert.deepEqual(await linesOf(visitor), { 'ships-bell': 12 })
    assert.match((await visitor.submit('/basket', { article: 'ships-bell' })).body, /no more than 12 at once/)
    assert.deepEqual(await linesOf(visitor), { 'ships-bell': 12 })
  })

  test('of a customer is empty on another device: it belongs to the session', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    await ann.submit('/basket', { article: 'ships-bell' })
    const other = visit(site.address)
    await other.submit('/sign-in', ANN)
    assert.deepEqual(await linesOf(other), {})
  })
})

/** How many of what, as the page shows it. */
async function linesOf(visitor: Visitor): Promise<Record<string, number>> {
  const { body } = await visitor.get('/basket')
  const lines = body.matchAll(/<select id="quantity-([^"]+)".*?<option selected>(\d+)</gs)
  return Object.fromEntries([...lines].map(([, slug, quantity]) => [slug, Number(quantity)]))
}
