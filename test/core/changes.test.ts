import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { applyAll, findConflicts, type Change } from '../../src/core/changes.ts'
import { parseData } from '../../src/core/data.ts'
import { SMALL_SHAPE } from '../support/shape.ts'

const apply = (before: object, ...changes: readonly Change[]): unknown => ({
  ...applyAll(parseData(JSON.stringify(before)), changes, SMALL_SHAPE),
})
const update = (fn: (value: unknown) => unknown): Change => ({ kind: 'update', key: 'n', fn })

describe('changes put on newer data', () => {
  test('are applied in their order', () => {
    const changes: readonly Change[] = [
      { kind: 'set', key: 'a', json: '[1]' },
      { kind: 'clear' },
      { kind: 'set', key: 'b', json: '2' },
      { kind: 'delete', key: 'c' },
      update((n) => n ?? 'new'),
    ]
    assert.deepEqual(apply({ c: 3, d: 4, n: 5 }, ...changes), { b: 2, n: 'new' })
  })

  test('refuse a promise, by the name of the key, and what is no JSON, the second time too', () => {
    assert.throws(
      () =>
        apply(
          {},
          update(async () => 1),
        ),
      { code: 'ERR_UPDATE_ASYNC', message: /key 'n'/ },
    )
    assert.throws(
      () =>
        apply(
          {},
          update(() => 1n),
        ),
      { code: 'ERR_DATA_VALUE' },
    )
  })

  test('take null, and an object with a `then` that is no function, for the data that they are', () => {
    assert.deepEqual(
      apply(
        {},
        update(() => null),
      ),
      { n: null },
    )
    const noPromise = JSON.parse('{"then":1}') as unknown
    assert.deepEqual(
      apply(
        {},
        update(() => noPromise),
      ),
      { n: noPromise },
    )
    assert.deepEqual(
      apply(
        {},
        update(() => 'text'),
      ),
      { n: 'text' },
    )
  })
})

describe('a conflict', () => {
  const conflicts = (changes: readonly Change[]): string[] =>
    findConflicts(
      changes,
      { id: 'id', data: '{"same":[1],"theirs":1,"gone":1}' },
      { id: 'id', data: '{"same":[1],"theirs":2}' },
      SMALL_SHAPE,
    )

  test('is a key set or deleted as a whole that somebody else changed', () => {
    const set = (key: string): Change => ({ kind: 'set', key, json: '9' })
    assert.deepEqual(conflicts([set('same'), set('new')]), [])
    assert.deepEqual(conflicts([set('theirs'), set('gone')]), ['theirs', 'gone'])
    assert.deepEqual(conflicts([{ kind: 'delete', key: 'theirs' }]), ['theirs'])
    assert.deepEqual(conflicts([set('theirs'), set('theirs')]), ['theirs'])
  })

  test('is none where the new value was computed from theirs, or all is cleared', () => {
    assert.deepEqual(conflicts([{ kind: 'update', key: 'theirs', fn: (n) => n }]), [])
    assert.deepEqual(conflicts([{ kind: 'clear' }]), [])
  })
})
