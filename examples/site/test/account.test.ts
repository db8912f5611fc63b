import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ANN, BEN, newCustomer, onAnotherDevice } from './support/people.ts'
import { openSite } from './support/site.ts'
import { visit, type Visitor } from './support/visitor.ts'

const NEW_PASSWORD = 'quite another sentence'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/604.1'

describe('changing the password', () => {
  test('ends every other session, and not this one', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const others = await Promise.all([onAnotherDevice(site.address), onAnotherDevice(site.address)])
    const thief = visit(site.address, {}, new Map(ann.jar))
    const reply = await ann.submit('/account/password', { old: ANN.password, new: NEW_PASSWORD })
    assert.equal(reply.path, '/account')
    assert.match(reply.body, /2 other devices were signed out/)
    assert.equal(await isIn(ann), true)
    for (const other of others) assert.equal(await isIn(other), false)
    assert.equal(await isIn(thief), false, 'a copy of the cookie from before is dead too')

    assert.equal((await visit(site.address).submit('/sign-in', ANN)).status, 422)
    assert.equal(await isIn(await onAnotherDevice(site.address, { ...ANN, password: NEW_PASSWORD })), true)
  })

  test('needs the present password and a good new one, and says both at once', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const other = await onAnotherDevice(site.address)
    const reply = await ann.submit('/account/password', { old: 'not it', new: 'short' })
    assert.equal(reply.status, 422)
    assert.match(reply.body, /id="old-problem"[^]*id="new-problem"/)
    assert.equal((await ann.submit('/account/password', { old: 'not it', new: NEW_PASSWORD })).status, 422)
    assert.equal((await ann.submit('/account/password', { old: ANN.password, new: 'short' })).status, 422)
    assert.equal(await isIn(other), true, 'nobody was signed out')
    assert.equal(await isIn(await onAnotherDevice(site.address)), true, 'the old password still holds')
  })

  test('twice at the same moment happens once', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const change = (password: string): Promise<number> =>
      ann
        .post('/account/password', { old: ANN.password, new: password }, { 'sec-fetch-site': 'same-origin' })
        .then(({ status }) => status)
    const [one, two] = await Promise.all([change('the first new sentence'), change('the second new sentence')])
    assert.ok((one === 303) !== (two === 303), `${one} and ${two}`)
    const kept = one === 303 ? 'the first new sentence' : 'the second new sentence'
    assert.equal(await isIn(await onAnotherDevice(site.address, { ...ANN, password: kept })), true)
  })

  test('is not a way around the limit of guesses', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const statuses: number[] = []
    for (let n = 0; n < 6; n++) {
      statuses.push((await ann.submit('/account/password', { old: `guess ${n}`, new: NEW_PASSWORD })).status)
    }
    assert.deepEqual(statuses, [422, 422, 422, 422, 422, 429])
    assert.equal((await ann.submit('/confirm', { password: ANN.password })).status, 429)
  })
})

describe('where you are signed in', () => {
  test('lists every device by what its browser said, this one first, and shows no token', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    await onAnotherDevice(site.address, ANN, IPHONE)
    await newCustomer(site.address, BEN, { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' })
    const { body } = await ann.get('/account/devices')
    assert.match(body, /This device[^]*Safari on iPhone/)
    assert.doesNotMatch(body, /Firefox on Linux/, 'not the devices of others')
    const token = [...ann.jar.values()][0] ?? ''
    assert.ok(token.length > 60)
    assert.ok(!body.includes(token))
  })

  test('shows what a browser says of itself as text', async () => {
    await using site = await openSite()
    await newCustomer(site.address)
    await onAnotherDevice(site.address, ANN, '<script>alert(1)</script>')
    const { body } = await (await onAnotherDevice(site.address)).get('/account/devices')
    assert.doesNotMatch(body, /<script/)
  })

  test('ends one of them', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const phone = await onAnotherDevice(site.address, ANN, IPHONE)
    const tablet = await onAnotherDevice(site.address)
    const [id] = await otherIds(ann)
    const reply = await ann.submit('/account/devices', { end: id ?? '' })
    assert.match(reply.body, /That device is signed out/)
    assert.deepEqual([await isIn(ann), await isIn(phone), await isIn(tablet)], [true, false, true])
    assert.match((await ann.submit('/account/devices', { end: id ?? '' })).body, /had ended already/)
  })

  test('ends all the others', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const others = await Promise.all([onAnotherDevice(site.address), onAnotherDevice(site.address)])
    const ben = await newCustomer(site.address, BEN)
    const reply = await ann.submit('/account/devices', { end: 'others' })
    assert.match(reply.body, /on this device only/)
    assert.equal(await isIn(ann), true)
    for (const other of others) assert.equal(await isIn(other), false)
    assert.equal(await isIn(ben), true)
  })

  test('ends nobody else’s session, whatever id is sent', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    await onAnotherDevice(site.address)
    const [id = ''] = await otherIds(ann)
    const ben = await newCustomer(site.address, BEN)
    const phone = await onAnotherDevice(site.address, BEN)
    for (const end of [id, '', '*', 'x'.repeat(22)]) {
      assert.match((await ben.submit('/account/devices', { end })).body, /had ended already/)
    }
    assert.match((await ann.get('/account')).body, /On 2 devices/)
    assert.equal(await isIn(phone), true)
  })
})

describe('closing the account', () => {
  test('asks for the password when the last one was a while ago', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    assert.equal((await ann.get('/account/delete')).status, 200, 'just signed up')
    site.pass(6)
    const confirmation = '/confirm?next=%2Faccount%2Fdelete'
    assert.equal((await ann.get('/account/delete')).location, confirmation)
    const skipped = await ann.submit('/account/delete')
    assert.equal(skipped.path, confirmation)
    assert.equal(await isIn(ann), true, 'nothing was deleted')

    const wrong = await ann.submit('/confirm', { password: 'not it', next: '/account/delete' })
    assert.equal(wrong.status, 422)
    assert.equal((await ann.get('/account/delete')).location, confirmation)

    const before = visit(site.address, {}, new Map(ann.jar))
    const right = await ann.submit('/confirm', { password: ANN.password, next: '/account/delete' })
    assert.equal(right.path, '/account/delete')
    assert.equal(right.status, 200)
    assert.equal(await isIn(before), false, 'the more trusted session has another token')
  })

  test('ends it on every device, and the address is free again', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const other = await onAnotherDevice(site.address)
    const kept = visit(site.address, {}, new Map(ann.jar))
    assert.equal((await ann.submit('/account/delete')).path, '/account-closed')
    assert.equal(ann.jar.size, 0)
    for (const visitor of [ann, other, kept]) assert.equal(await isIn(visitor), false)
    assert.equal((await visit(site.address).submit('/sign-in', ANN)).status, 422)

    const again = await newCustomer(site.address, { ...ANN, name: 'Another Ann' })
    assert.match((await again.get('/account')).body, /On this device only/)
    assert.equal(await isIn(other), false)
  })
})

describe('time', () => {
  test('signs out who does nothing for half an hour, and not who does something', async () => {
    await using site = await openSite()
    const ann = await newCustomer(site.address)
    const idle = await onAnotherDevice(site.address)
    for (const _ of [1, 2, 3]) {
      site.pass(20)
      assert.equal(await isIn(ann), true)
    }
    assert.equal(await isIn(idle), false)
  })
})

async function isIn(visitor: Visitor): Promise<boolean> {
  return (await visitor.get('/account')).status === 200
}

async function otherIds(visitor: Visitor): Promise<string[]> {
  const { body } = await visitor.get('/account/devices')
  return [...body.matchAll(/name="end" value="([^"]+)"/g)].map(([, id = '']) => id).filter((id) => id !== 'others')
}
