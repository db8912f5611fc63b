import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Draft } from '../../src/core/draft.ts'
import { SMALL_SHAPE } from '../support/shape.ts'

const draftOf = (data: object): Draft => new Draft({ id: 'id', data: JSON.stringify(data) }, SMALL_SHAPE)

describe('a draft', () => {
  test('that was only read has no changes', () => {
    const draft = draftOf({ cart: ['a'], user: { name: 'x' }, 7: 'seven' })
    assert.deepEqual(draft.get('cart'), ['a'])
    assert.equal(draft.has('nothing'), false)
    assert.deepEqual(draft.changes(), [])
  })

  test('notices a nested mutation, of that key only', () => {
    const draft = draftOf({ cart: ['a'], user: { name: 'x' } })
    draft.get('user')
    ;(draft.get('cart') as string[]).push('b')
    assert.deepEqual(draft.changes(), [{ kind: 'set', key: 'cart', json: '["a","b"]' }])
  })

  test('notices what happened to an object after it was set', () => {
    const draft = draftOf({})
    const cart = ['a']
    draft.set('cart', cart)
    cart.push('b')
    assert.deepEqual(
      draft.changes().map((change) => change.kind === 'set' && change.json),
      ['["a"]', '["a","b"]'],
    )
  })

  test('keeps an update an update, although its result differs from what was read before', () => {
    const draft = draftOf({ cart: ['a'] })
    draft.get('cart')
    draft.update('cart', (cart) => [...(cart as string[]), 'b'])
    draft.get('cart')
    assert.deepEqual(
      draft.changes().map(({ kind }) => kind),
      ['update'],
      'a whole-value change would overwrite what others added',
    )
  })

  test('puts a mutation before the update that followed it', () => {
    const draft = draftOf({ cart: ['a'] })
    ;(draft.get('cart') as string[]).push('b')
    draft.update('cart', (cart) => [...(cart as string[]), 'c'])
    assert.deepEqual(
      draft.changes().map(({ kind }) => kind),
      ['set', 'update'],
    )
  })

  test('is put on newer data with its own changes', () => {
    const draft = draftOf({ n: 1, mine: 1 })
    draft.update('n', (n) => Number(n) + 1)
    draft.delete('mine')
    draft.rebase({ id: 'id', data: '{"n":10,"mine":1,"theirs":1}' })
    assert.deepEqual([draft.get('n'), draft.has('mine'), draft.get('theirs')], [11, false, 1])
  })

  test('stays on its data when its changes cannot be put on newer data', () => {
    const draft = draftOf({ n: 1, list: ['a'] })
    draft.update('n', (n) => (n === 1 ? 2 : assert.fail('on purpose')))
    const list = draft.get('list') as string[]
    assert.throws(() => draft.rebase({ id: 'id', data: '{"n":5}' }), /on purpose/)
    list.push('b')
    assert.equal(draft.result(), '{"n":2,"list":["a","b"]}')
    assert.deepEqual(
      draft.changes().map(({ kind }) => kind),
      ['update', 'set'],
    )
    assert.equal(draft.seen, '{"n":1,"list":["a"]}')
  })

  test('answers the changes up to now, and none that come later', () => {
    const draft = draftOf({ list: ['a'] })
    draft.set('n', 1)
    const list = draft.get('list') as string[]
    const changes = draft.changes()
    list.push('too late')
    assert.equal(draft.changes().length, 2)
    assert.equal(changes.length, 1)
  })

  test('takes back what a function did to the value before it failed', () => {
    const draft = draftOf({ list: ['a'] })
    const fails = (list: unknown): never => {
      ;(list as string[]).push('half done')
      throw new Error('on purpose')
    }
    assert.throws(() => draft.update('list', fails), /on purpose/)
    assert.deepEqual([draft.get('list'), draft.changes()], [['a'], []])

    const list = draft.get('list') as string[]
    const refuses = (): never => assert.fail('on purpose')
    assert.throws(() => draft.update('list', refuses), /on purpose/)
    list.push('b')
    assert.equal(draft.result(), '{"list":["a","b"]}', 'an object that was handed out is still watched')
  })

  test('answers of a deletion whether the key was there, and changes nothing where it was not', () => {
    const draft = draftOf({ cart: ['a'] })
    assert.equal(draft.delete('other'), false)
    assert.deepEqual(draft.changes(), [])
    draft.get('cart')
    assert.equal(draft.delete('cart'), true)
    assert.deepEqual(draft.changes(), [{ kind: 'delete', key: 'cart' }])
  })

  test('watches nothing any more that was deleted, cleared, or removed by an update', () => {
    const removals: readonly ((draft: Draft) => unknown)[] = [
      (draft) => draft.delete('cart'),
      (draft) => draft.clear(),
      (draft) => draft.update('cart', () => undefined),
    ]
    for (const remove of removals) {
      const draft = draftOf({ cart: ['a'], n: 1 })
      const cart = draft.get('cart') as string[]
      remove(draft)
      cart.push('b')
      assert.equal(draft.changes().length, 1)
      assert.equal(draft.has('cart'), false)
    }
  })

  test('that was cleared is empty, and says so', () => {
    const draft = draftOf({ a: 1, b: 2 })
    draft.clear()
    assert.deepEqual([draft.keys(), draft.changes()], [[], [{ kind: 'clear' }]])
    draft.set('c', 3)
    assert.deepEqual(draft.keys(), ['c'])
  })

  test('says a change once, however often it is asked for them', () => {
    const draft = draftOf({ cart: ['a'] })
    ;(draft.get('cart') as string[]).push('b')
    assert.equal(draft.changes().length, 1)
    assert.equal(draft.changes().length, 1)
    ;(draft.get('cart') as string[]).push('c')
    assert.deepEqual(draft.changes().at(-1), { kind: 'set', key: 'cart', json: '["a","b","c"]' })
  })

  test('notices what was set and then changed back to what was loaded', () => {
    const draft = draftOf({ cart: ['a'] })
    const cart = ['b']
    draft.set('cart', cart)
    cart[0] = 'a'
    assert.deepEqual(draft.changes().at(-1), { kind: 'set', key: 'cart', json: '["a"]' })
  })

  test('takes a look at what is not there for no change', () => {
    const draft = draftOf({ n: 1 })
    draft.get('nothing')
    draft.set('n', 2)
    assert.deepEqual(draft.changes(), [{ kind: 'set', key: 'n', json: '2' }])
  })

  test('that was put on newer data does not miss what it had read and somebody else removed', () => {
    const draft = draftOf({ cart: ['a'] })
    draft.get('cart')
    draft.rebase({ id: 'id', data: '{}' })
    draft.set('n', 1)
    assert.deepEqual(draft.changes(), [{ kind: 'set', key: 'n', json: '1' }])
  })

  test('that was put on newer data keeps an update an update', () => {
    const draft = draftOf({ cart: ['a'] })
    draft.update('cart', (cart) => [...(cart as string[]), 'b'])
    draft.rebase({ id: 'id', data: '{"cart":["a","theirs"]}' })
    assert.deepEqual(draft.get('cart'), ['a', 'theirs', 'b'])
    assert.deepEqual(
      draft.changes().map(({ kind }) => kind),
      ['update'],
    )
  })

  test('that was put on newer data watches none of the objects from before', () => {
    const draft = draftOf({ cart: ['a'] })
    const cart = draft.get('cart') as string[]
    draft.rebase({ id: 'id', data: '{"cart":["z"]}' })
    cart.push('b')
    assert.deepEqual(draft.changes(), [])
    ;(draft.get('cart') as string[]).push('c')
    assert.deepEqual(draft.changes(), [{ kind: 'set', key: 'cart', json: '["z","c"]' }])
  })

  test('refuses at the end a cycle or a BigInt put into an object unseen, with the error for it', () => {
    const draft = draftOf({ cart: {} })
    const cart = draft.get('cart') as { self?: unknown; big?: unknown }
    cart.big = 1n
    assert.throws(() => draft.changes(), { code: 'ERR_DATA_VALUE' })
    delete cart.big
    cart.self = cart
    assert.throws(() => draft.changes(), { code: 'ERR_DATA_LIMIT' })
  })

  test('holds keys that are names of Object.prototype like any other', () => {
    const draft = draftOf({})
    assert.equal(draft.get('toString'), undefined)
    assert.equal(draft.has('constructor'), false)
    draft.set('__proto__', { polluted: true })
    assert.deepEqual(draft.get('__proto__'), { polluted: true })
    assert.deepEqual(draft.keys(), ['__proto__'])
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  })

  for (const [name, value, path] of [
    ['a Date', { at: [new Date()] }, 'key.at[0]'],
    ['a Map', new Map(), 'key'],
    ['undefined inside an object', { a: { b: undefined } }, 'key.a.b'],
    ['undefined inside an array', [undefined], 'key[0]'],
    // oxlint-disable-next-line no-sparse-arrays
    ['a hole in an array', [1, , 2], 'key[1]'],
    ['NaN', NaN, 'key'],
    ['Infinity', [Infinity], 'key[0]'],
    ['a BigInt', 1n, 'key'],
    ['a function', () => 1, 'key'],
    ['a symbol', Symbol('s'), 'key'],
    ['a Buffer', Buffer.from('x'), 'key'],
    ['a class instance', new (class Cart {})(), 'key'],
    ['an object with toJSON', { toJSON: () => 1 }, 'key'],
    ['a symbol key', { [Symbol('s')]: 1 }, 'key'],
  ] as const) {
    test(`refuses ${name} with a TypeError that names ${path}`, () => {
      const draft = draftOf({})
      assert.throws(
        () => draft.set('key', value),
        (error: unknown) => error instanceof TypeError && error.message.includes(`${path} is`),
      )
      assert.deepEqual(draft.changes(), [])
    })
  }

  test('refuses a cycle and what is nested too deep', () => {
    const cycle: { self?: object } = {}
    cycle.self = cycle
    assert.throws(() => draftOf({}).set('key', cycle), { code: 'ERR_DATA_LIMIT' })
    assert.throws(() => draftOf({}).set('key', [[[[[[]]]]]]), { code: 'ERR_DATA_LIMIT' })
  })

  test('refuses an update that returns a promise', () => {
    assert.throws(() => draftOf({}).update('key', async () => 1), { code: 'ERR_UPDATE_ASYNC', name: 'TypeError' })
  })

  test('refuses at the end what was put into an object unseen', () => {
    const draft = draftOf({ cart: {} })
    ;(draft.get('cart') as { at: Date }).at = new Date()
    assert.throws(() => draft.changes(), { code: 'ERR_DATA_VALUE' })
  })
})
