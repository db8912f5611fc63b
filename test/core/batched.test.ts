import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { batched } from '../../src/core/batched.ts'

describe('batched questions', () => {
  /** Answers in capitals, and keeps what it was asked. */
  function capitals(most: number) {
    const asked: (readonly string[])[] = []
    const ask = batched<string, string>(most, async (questions) => {
      asked.push(questions)
      if (questions.includes('bad')) throw new Error('a bad question')
      return questions.map((question) => question.toUpperCase())
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
})
