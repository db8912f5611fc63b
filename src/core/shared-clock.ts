import { momentOf, type Clock } from './clock.ts'
import { HoldfastError } from './errors.ts'
import type { SessionStore } from './store.ts'
import { within } from './within.ts'

/**
 * The time that all processes go by: the store's, where the store has a clock. It is measured once and then counted on
 * by the clock of this process that nobody sets, so that reading it is no I/O. Until the store was asked, and while it
 * cannot be, it is this node's own.
 */
export interface SharedClock extends Clock {
  monotonic(): number
  /** Whether it is the store's time. */
  isSure(): boolean
  /** To wait for before times are compared, after `now()`. Undefined: no need to, or in vain just now. Never rejects. */
  settle(): Promise<void> | undefined
  /** To wait for before time ends or begins anything. Undefined: no need to. Rejects when the store's is unknown. */
  sure(): Promise<void> | undefined
}

/** @param store Whose time it is, if it has one. */
export function shareClock(node: Clock, store: Pick<SessionStore, 'now'> = {}): SharedClock {
  const monotonic = (): number => momentOf(node)
  if (store.now === undefined) {
    return { now: () => node.now(), monotonic, isSure: () => true, settle: () => undefined, sure: () => undefined }
  }

  let state: State = { kind: 'unknown', worthWaiting: true }
  let asking: Promise<void> | undefined
  let askAgainAt = Number.NEGATIVE_INFINITY
  let lookAgainAt = Number.NEGATIVE_INFINITY

  return {
    now() {
      const moment = monotonic()
      if (moment >= lookAgainAt) look(moment)
      return state.kind === 'known' ? Math.round(moment + state.offset) : node.now()
    },
    monotonic,
    isSure: () => state.kind === 'known',
    settle() {
      if (state.kind === 'known' || !state.worthWaiting) return undefined
      return within(LONGEST_WAIT_MS, measure(), () => new Error('The store did not say in time what time it is')).catch(
        giveUp,
      )
    },
    sure() {
      look(monotonic())
      return state.kind === 'known' ? undefined : measure()
    },
  }

  /** If the clocks of this node parted since the store was asked, its time was set, or it was asleep. */
  function look(moment: number): void {
    const parted = state.kind === 'known' && partedSince(state.nodesOffset, moment)
    if (parted) state = { kind: 'unknown', worthWaiting: true }
    if (parted || moment >= askAgainAt) measure().catch(() => {})
    lookAgainAt = Math.min(moment + LOOK_EVERY_MS, askAgainAt)
  }

  function measure(): Promise<void> {
    askAgainAt = monotonic() + RETRY_MS
    asking ??= readStore().finally(() => {
      asking = undefined
    })
    return asking
  }

  async function readStore(): Promise<void> {
    try {
      const found = await compare()
      if (found !== undefined) state = found
      else if (state.kind === 'unknown') throw tooLong()
      askAgainAt = monotonic() + EVERY_MS
    } catch (error) {
      giveUp()
      throw error
    }
  }

  /** The store read its clock some time between question and answer. The first question may have to connect. */
  async function compare(): Promise<Known | undefined> {
    let best: Known | undefined
    let shortest = state.kind === 'known' ? GOOD_TRIP_MS : LONGEST_TRIP_MS
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const asked = monotonic()
      const nodesOffset = node.now() - asked
      const time = await within(LONGEST_TRIP_MS, Promise.resolve(store.now?.()), tooLong)
      const answered = monotonic()
      const trip = answered - asked
      if (trip > shortest || !Number.isFinite(time) || partedSince(nodesOffset, answered)) continue
      shortest = trip
      best = { kind: 'known', offset: Number(time) - (asked + answered) / 2, nodesOffset }
      if (trip <= GOOD_TRIP_MS) break
    }
    return best
  }

  function partedSince(nodesOffset: number, moment: number): boolean {
    return Math.abs(node.now() - moment - nodesOffset) > LARGEST_JUMP_MS
  }

  function giveUp(): void {
    if (state.kind === 'unknown') state = { kind: 'unknown', worthWaiting: false }
  }
}

function tooLong(): HoldfastError {
  return new HoldfastError('ERR_STORE', 'it takes too long to say what time it is')
}

type State = Known | { readonly kind: 'unknown'; readonly worthWaiting: boolean }

/** `offset`: from the monotonic clock to the store's. `nodesOffset`: to the node's own, when that was measured. */
interface Known {
  readonly kind: 'known'
  readonly offset: number
  readonly nodesOffset: number
}

const EVERY_MS = 60_000
const RETRY_MS = 1000
const MOST_ATTEMPTS = 3
/** The time is known to half of it. Nothing worse takes the place of what is known. */
const GOOD_TRIP_MS = 1000
const LONGEST_TRIP_MS = 10_000
const LONGEST_WAIT_MS = 2000
const LARGEST_JUMP_MS = 2000
/** It costs as much as reading the time. */
const LOOK_EVERY_MS = 100
