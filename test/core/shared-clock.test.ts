import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock } from '../../src/core/clock.ts'
import { shareClock } from '../../src/core/shared-clock.ts'

const START = Date.UTC(2026, 0, 1)
const MINUTE = 60_000

/** A node, its store, and the way between them, all on hand. */
function make({ ahead = 0, trip = 0 } = {}) {
  let passed = 0
  let jumped = 0
  let slept = 0
  let asked = 0
  let held: PromiseWithResolvers<void> | undefined
  const it = {
    trip,
    failing: false,
    store: { now: (): Promise<number> => ask() },
    get asked() {
      return asked
    },
    /** What the store would say. */
    truth: (): number => START + passed + slept,
    pass: (ms: number): void => void (passed += ms),
    /** The node's clock is set. */
    jump: (ms: number): void => void (jumped += ms),
    /** The machine slept, and its other clock stood still. */
    sleep: (ms: number): void => void (slept += ms),
    hold: (): void => void (held = Promise.withResolvers()),
    release: (): void => held?.resolve(),
  }
  async function ask(): Promise<number> {
    asked++
    await held?.promise
    if (it.failing) throw new Error('the store cannot be asked')
    passed += it.trip / 2
    const answer = it.truth()
    passed += it.trip / 2
    return answer
  }
  const node: Clock = { now: () => START + passed + slept + ahead + jumped, monotonic: () => 5_000 + passed }
  return Object.assign(it, { node, clock: shareClock(node, it.store) })
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the clock that processes share', () => {
  test('is the node’s own where the store has none', () => {
    const { node } = make({ ahead: 300_000 })
    const clock = shareClock(node, {})
    assert.equal(clock.now(), START + 300_000)
    assert.equal(clock.settle(), undefined)
    assert.equal(clock.sure(), undefined)
  })

  test('is the store’s, however far off the node is', async () => {
    for (const ahead of [300_000, -300_000, 0, 10 * 365 * 24 * 60 * MINUTE]) {
      const it = make({ ahead })
      await it.clock.settle()
      assert.equal(it.clock.now(), it.truth())
      it.pass(12_345)
      assert.equal(it.clock.now(), it.truth())
    }
  })

  test('is whole, as what is stored must be', async () => {
    const it = make()
    it.pass(0.3)
    await it.clock.settle()
    it.pass(0.4)
    assert.ok(Number.isSafeInteger(it.clock.now()))
  })

  test('is asked for once, and then read without waiting', async () => {
    const it = make()
    const settling = [it.clock.settle(), it.clock.settle()].map((one) => Promise.resolve(one))
    await Promise.all(settling)
    assert.equal(it.asked, 1)
    for (let i = 0; i < 1000; i++) {
      assert.equal(it.clock.settle(), undefined)
      it.clock.now()
    }
    assert.equal(it.asked, 1)
  })

  test('is asked for again each minute, behind what reads it', async () => {
    const it = make()
    await it.clock.settle()
    it.pass(MINUTE - 1)
    it.clock.now()
    assert.equal(it.asked, 1)
    it.pass(1)
    it.hold()
    assert.equal(it.clock.now(), it.truth())
    assert.equal(it.clock.settle(), undefined)
    it.clock.now()
    assert.equal(it.asked, 2, 'by one at a time')
    it.release()
  })

  test('takes half the way off; the shortest of three long ones if it knows nothing, and none that is no answer', async () => {
    for (const [trip, asked] of [
      [1000, 1],
      [1002, 3],
      [10_000, 3],
    ] as const) {
      const it = make({ ahead: 300_000, trip })
      await it.clock.settle()
      assert.equal(it.asked, asked)
      assert.equal(it.clock.now(), it.truth())
    }
    const far = make({ ahead: 300_000, trip: 10_002 })
    await far.clock.settle()
    assert.equal(far.clock.now(), far.truth() + 300_000)
    await assert.rejects(Promise.resolve(far.clock.sure()), { code: 'ERR_STORE', message: /too long to say what time/ })
  })

  test('stays what it was when the way has become long', async () => {
    const it = make({ ahead: 300_000 })
    await it.clock.settle()
    const before = it.clock.now() - it.truth()
    it.store.now = async () => {
      it.pass(1002)
      return it.truth() + 5000
    }
    it.pass(MINUTE)
    it.clock.now()
    await turn()
    assert.equal(it.clock.now() - it.truth(), before)
  })

  test('takes no answer that is no time', async () => {
    const it = make({ ahead: 1000 })
    it.store.now = async () => Number.NaN
    await it.clock.settle()
    assert.equal(it.clock.now(), it.truth() + 1000)
  })

  test('stays what it was when the store cannot be asked again', async () => {
    const it = make({ ahead: 300_000 })
    await it.clock.settle()
    it.failing = true
    for (let hour = 0; hour < 3; hour++) {
      it.pass(60 * MINUTE)
      assert.equal(it.clock.now(), it.truth())
      await turn()
      assert.equal(it.clock.sure(), undefined)
    }
  })

  test('is the node’s while the store cannot be asked; that is tried each second, and nobody waits a second time', async () => {
    const it = make({ ahead: 300_000 })
    it.failing = true
    await it.clock.settle()
    assert.equal(it.clock.settle(), undefined)
    assert.equal(it.clock.now(), it.truth() + 300_000)
    assert.equal(it.asked, 1)
    it.pass(1000)
    it.clock.now()
    await turn()
    assert.equal(it.asked, 2)
    it.failing = false
    it.pass(1000)
    it.clock.now()
    await turn()
    assert.equal(it.clock.now(), it.truth())
  })

  test('keeps nobody longer than two seconds when the store hangs', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const it = make({ ahead: 300_000 })
    it.hold()
    const settling = it.clock.settle()
    t.mock.timers.tick(2000)
    await settling
    assert.equal(it.clock.settle(), undefined)
    assert.equal(it.clock.now(), it.truth() + 300_000)
    it.release()
    await turn()
    assert.equal(it.clock.now(), it.truth())
  })

  test('is sure only by the store', async () => {
    const it = make({ ahead: 300_000 })
    it.failing = true
    await assert.rejects(Promise.resolve(it.clock.sure()), /cannot be asked/)
    it.failing = false
    await it.clock.sure()
    assert.equal(it.clock.now(), it.truth())
    assert.equal(it.clock.sure(), undefined)
  })

  test('is asked for anew when a clock of the node jumped: it was set, or the machine slept', async () => {
    for (const ms of [3000, -3000, 24 * 60 * MINUTE]) {
      const it = make()
      await it.clock.settle()
      it.pass(100)
      it.jump(ms)
      it.clock.now()
      assert.equal(it.clock.isSure(), false)
      await it.clock.settle()
      assert.equal(it.asked, 2)
      assert.equal(it.clock.now(), it.truth())
      assert.equal(it.clock.settle(), undefined)
    }
  })

  test('a store that never says what time it is keeps nobody for ever, and is asked again', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const it = make({ ahead: 300_000 })
    const { now } = it.store
    it.store.now = () => new Promise(() => {})
    const unsure = assert.rejects(Promise.resolve(it.clock.sure()), { code: 'ERR_STORE' })
    t.mock.timers.tick(10_000)
    await unsure
    it.store.now = now
    await it.clock.sure()
    assert.equal(it.clock.now(), it.truth())
  })

  test('takes no answer during which a clock of the node jumped', async () => {
    const it = make({ ahead: 300_000 })
    let jumps = 1
    it.store.now = async () => {
      const answer = it.truth()
      if (jumps-- > 0) it.sleep(60_000)
      return answer
    }
    await it.clock.settle()
    assert.equal(it.clock.now(), it.truth())
    it.pass(MINUTE)
    jumps = 3
    it.clock.now()
    await turn()
    it.pass(100)
    it.clock.now()
    assert.equal(it.clock.isSure(), false)
  })
})
