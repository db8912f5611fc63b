import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FOUR_SETTINGS, freshExtras, startSite, type Site, type Visitor } from './site.ts'

/** Where a Django developer is in for a surprise: the list in docs/django.md. */
describe('unlike Django', () => {
  test('requests that save at once lose nothing of one another', async () => {
    const { visitor } = await signedIn()
    await Promise.all(Array.from({ length: 20 }, (_, index) => visitor.post('/basket', { item: `item ${index}` })))
    const basket = (await visitor.get('/me')).json?.['basket'] as string[]
    assert.deepEqual(new Set(basket), new Set(Array.from({ length: 20 }, (_, index) => `item ${index}`)))
  })

  test('a value changed in place is saved', async () => {
    const { visitor } = await signedIn()
    await visitor.post('/basket', { item: 'rope' })
    await visitor.post('/basket-in-place', { item: 'cleat' })
    assert.deepEqual((await visitor.get('/me')).json?.['basket'], ['rope', 'cleat'])
  })

  test('a login of the same person gives a new token too, and keeps the data', async () => {
    const { visitor } = await signedIn()
    await visitor.post('/basket', { item: 'rope' })
    const before = visitor.copy()
    await visitor.post('/login', { subject: 'ada' })
    assert.notEqual(visitor.cookie, before.cookie)
    assert.deepEqual((await visitor.get('/me')).json, { subject: 'ada', basket: ['rope'] })
    assert.equal(await subjectOf(before), null)
  })

  test('a login as somebody else keeps no data', async () => {
    const { visitor } = await signedIn()
    await visitor.post('/basket', { item: 'rope' })
    await visitor.post('/login', { subject: 'ben' })
    assert.deepEqual((await visitor.get('/me')).json, { subject: 'ben', basket: [] })
  })

  test('a login whose response fails does not happen, and costs nobody a session', async () => {
    const { site } = await start()
    const visitor = site.visitor()
    await visitor.post('/basket', { item: 'rope' })
    assert.equal((await visitor.post('/login-and-fail', { subject: 'ada' })).status, 500)
    assert.deepEqual((await visitor.get('/me')).json, { subject: null, basket: ['rope'] })
  })

  test('a logout cannot be undone by a save that was under way, which answers 400 as in Django', async () => {
    const { visitor } = await signedIn()
    const other = visitor.copy()
    const late = await other.post('/basket-after-logout', { item: 'rope' })
    assert.equal(late.status, 400)
    assert.equal(await subjectOf(visitor), null)
  })

  test('a changed password ends the other sessions when you say so', async () => {
    const { site, visitor } = await signedIn()
    const phone = site.visitor()
    await phone.post('/login', { subject: 'ada' })
    await visitor.post('/password')
    assert.equal(await subjectOf(visitor), 'ada')
    assert.equal(await subjectOf(phone), null)
  })
})

async function start(): Promise<{ site: Site }> {
  return { site: await startSite(FOUR_SETTINGS, freshExtras()) }
}

async function signedIn(): Promise<{ site: Site; visitor: Visitor }> {
  const { site } = await start()
  const visitor = site.visitor()
  await visitor.post('/login', { subject: 'ada' })
  return { site, visitor }
}

async function subjectOf(visitor: Visitor): Promise<unknown> {
  return (await visitor.get('/me')).json?.['subject']
}
