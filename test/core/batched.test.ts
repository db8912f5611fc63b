import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, test } from 'node:test'
import { batched } from '../../src/core/batched.ts'

describe('batched questions', () => {
  /** Answers in capitals, and keeps what it was asked. */
  function capitals(most: number) {
    const asked: (readonly string[])[] = []
    const ask = batched<string, string>({
      most,
      isHarmless: (question) => question !== 'harmful',
      async askAll(questions) {
        asked.push(questions)
        if (questions.includes('bad') || questions.includes('harmful')) throw new Error('a bad question')
        return questions.filter((question) => question !== 'lost').map((question) => question.toUpperCase())
      },
    })
    return { asked, ask }
  }

  test('of one turn are one, and each has its own answer', async () => {
    const { asked, ask } = capitals(10)
    assert.deepEqual(await Promise.all(['a', 'b', 'a'].map(ask)), ['A', 'B', 'A'])
    assert.equal(await ask('c'), 'C')
    assert.deepEqual(asked, [['a', 'b', 'a'], ['c']])
  })

  test('are several where they are too many', async () => {
    const { asked, ask } = capitals(2)
    assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask)), ['A', 'B', 'C', 'D', 'E'])
    assert.deepEqual(asked, [['a', 'b'], ['c', 'd'], ['e']])
  })

  test('fail together, and none that comes after', async () => {
    const { ask } = capitals(2)
    const outcomes = await Promise.allSettled(['a', 'bad', 'c'].map(ask))
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    )
    assert.equal(await ask('d'), 'D')
  })

  test('that might fail for what they are go alone', async () => {
    const { asked, ask } = capitals(10)
    const outcomes = await Promise.allSettled(['a', 'harmful', 'b'].map(ask))
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(asked, [['harmful'], ['a', 'b']])
  })

  test('with an answer too few have none: nobody gets that of another', async () => {
    const { ask } = capitals(10)
    const outcomes = await Promise.allSettled(['a', 'lost', 'b'].map(ask))
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
  })

  test('are asked in the name of no request', async () => {
    const request = new AsyncLocalStorage<string>()
    const ask = batched<string, string | undefined>({
      most: 10,
      isHarmless: () => true,
      askAll: async (questions) => questions.map(() => request.getStore()),
    })
    const answers = ['ann', 'bob'].map((name) => request.run(name, async () => [await ask('?'), request.getStore()]))
    assert.deepEqual(await Promise.all(answers), [
      [undefined, 'ann'],
      [undefined, 'bob'],
    ])
  })

  test('are asked though an application stands its clock still', async (t) => {
    t.mock.timers.enable()
    assert.equal(await capitals(2).ask('a'), 'A')
  })
})
