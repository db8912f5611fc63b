import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Draft } from '../../src/core/draft.ts'
import { readOptions } from '../../src/core/options.ts'
import { createShape } from '../../src/core/shape.ts'

const policy = readOptions({ keys: [], limits: { bytes: 1000, depth: 5 } })
const SHAPE = createShape(policy, () => {})
const draftOf = (data: object): Draft => new Draft({ id: 'id', data: JSON.stringify(data) }, SHAPE)

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
