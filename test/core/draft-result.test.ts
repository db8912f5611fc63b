import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { applyAll } from '../../src/core/changes.ts'
import { parseData } from '../../src/core/data.ts'
import { Draft } from '../../src/core/draft.ts'
import { SMALL_SHAPE } from '../support/shape.ts'

/** Few, so that commands meet on them, and such as objects make something else of. */
const KEY = fc.constantFrom('a', 'b', '7', '__proto__', 'constructor', 'then')
const VALUE = fc.jsonValue({ maxDepth: 2, depthSize: 'small' })
const DATA = fc.dictionary(KEY, VALUE, { maxKeys: 4 }).map((data) => JSON.stringify(data))

type Command = (draft: Draft) => unknown

/** Each run its own: a function that handed out what others hold would not be pure. */
const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** Fails, if at all, after it has done something to the value. */
const failing = (fail: () => unknown) => (value: unknown) => {
  mutate(value, 'half done')
  return fail()
}

const COMMAND: fc.Arbitrary<Command> = fc.oneof(
  KEY.map((key) => (draft: Draft) => draft.get(key)),
  KEY.map((key) => (draft: Draft) => draft.delete(key)),
  fc.tuple(KEY, VALUE).map(
    ([key, value]) =>
      (draft: Draft) =>
        draft.set(key, copy(value)),
  ),
  fc.tuple(KEY, VALUE).map(
    ([key, value]) =>
      (draft: Draft) =>
        mutate(draft.get(key), value),
  ),
  fc.tuple(KEY, KEY).map(
    ([from, to]) =>
      (draft: Draft) =>
        draft.set(to, draft.get(from)),
  ),
  fc.tuple(KEY, VALUE).map(
    ([key, value]) =>
      (draft: Draft) =>
        draft.update(key, (old) => [old ?? null, copy(value)]),
  ),
  fc.tuple(KEY, VALUE).map(
    ([key, value]) =>
      (draft: Draft) =>
        draft.update(key, (old) => mutate(old, value)),
  ),
  KEY.map((key) => (draft: Draft) => draft.update(key, () => undefined)),
  KEY.map(
    (key) => (draft: Draft) =>
      draft.update(
        key,
        failing(() => assert.fail('on purpose')),
      ),
  ),
  KEY.map(
    (key) => (draft: Draft) =>
      draft.update(
        key,
        failing(() => Promise.resolve()),
      ),
  ),
  KEY.map(
    (key) => (draft: Draft) =>
      draft.update(
        key,
        failing(() => 1n),
      ),
  ),
  fc.constant((draft: Draft) => draft.clear()),
  fc.constant((draft: Draft) => draft.changes()),
)

/** As handlers do it: in place, where there is a place. */
function mutate(target: unknown, given: unknown): unknown {
  const value = copy(given)
  if (Array.isArray(target)) target.push(value)
  else if (typeof target === 'object' && target !== null) {
    Object.defineProperty(target, '__proto__', { value, enumerable: true, configurable: true, writable: true })
  } else return value
  return target
}

function run(draft: Draft, commands: readonly Command[]): void {
  for (const command of commands) {
    try {
      command(draft)
    } catch {
      // A handler that goes on where a change was refused.
    }
  }
}

/** What a commit writes when it makes the changes itself. */
const replayed = (json: string, draft: Draft): string =>
  JSON.stringify(applyAll(parseData(json), draft.changes(), SMALL_SHAPE))

describe('the JSON of a draft', () => {
  test('is to the byte what its changes make of the data it began with', () => {
    fc.assert(
      fc.property(DATA, fc.array(COMMAND, { maxLength: 12 }), (stored, commands) => {
        const draft = new Draft({ id: 'id', data: stored }, SMALL_SHAPE)
        run(draft, commands)
        const expected = replayed(stored, draft)
        assert.equal(draft.result(), expected)
      }),
      { numRuns: 5000 },
    )
  })

  test('is that too when the draft was put on newer data on the way', () => {
    fc.assert(
      fc.property(
        DATA,
        DATA,
        fc.array(COMMAND, { maxLength: 8 }),
        fc.array(COMMAND, { maxLength: 8 }),
        (stored, newer, before, after) => {
          const draft = new Draft({ id: 'id', data: stored }, SMALL_SHAPE)
          run(draft, before)
          try {
            draft.rebase({ id: 'id', data: newer })
          } catch {
            return // An update that cannot be made of the newer data: the request fails.
          }
          run(draft, after)
          const expected = replayed(newer, draft)
          assert.equal(draft.result(), expected)
        },
      ),
      { numRuns: 5000 },
    )
  })
})
