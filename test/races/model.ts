import assert from 'node:assert/strict'
import type { SessionEvent } from '../../src/index.ts'
import { CACHE_SECONDS } from '../../src/core/cache.ts'
import { ENDING_SECONDS } from '../../src/core/record.ts'
import type { FakeClock } from '../../src/testing.ts'
import { IDLE_SECONDS } from './world.ts'

/**
 * What a sequential world would do, as far as it can be told while several things go on at once: after an answer
 * there is no doubt; between the beginning of a deed and its answer either outcome is right.
 */
export interface Model {
  /** A point in the order of things. */
  now(): Moment
  readonly nameOf: (id: string) => string
  /** Every session there has been. */
  readonly ids: () => readonly string[]

  heard(event: SessionEvent): void
  /** A deed begins that may end this session, or with `kin` also what takes its place. */
  mayEnd(id: string, reach: Reach): void
  /** A deed that ends this session has been answered. */
  ended(id: string, reach: Reach, propagated: boolean): void
  sweepBegins(): Sweep
  sweepEnded(sweep: Sweep, propagated: boolean, except: string | undefined): void
  loggedInSince(id: string, since: Moment): void

  /** Every cache has been told by now of every end. */
  healed(): void

  /** A request came for it, which may lengthen its life. */
  used(id: string, arrived: Moment): void
  /** A request that lengthened its life has been answered. */
  renewed(id: string, arrived: Moment): void
  wrote(id: string, key: string, arrived: Moment): void
  took(id: string): void

  /** A request that began then was accepted as this session, or was not. */
  judge(id: string, arrived: Moment, accepted: boolean, lastUse: number | undefined): void
  /** What an accepted request saw. */
  judgeData(id: string, arrived: Moment, data: Readonly<Record<string, unknown>>): void
  /** Whether nothing may remain of this session in the store, and when no cache may know it any more. */
  fate(id: string): { readonly dead: boolean; readonly from: number }
  note(line: string): void
  history(): string
}

export interface Moment {
  readonly turn: number
  readonly time: number
}

/** What ends with a session: nothing, what took its place by a cycle, or also by a login. */
export type Reach = 'alone' | 'cycled' | 'kin'

interface Known {
  readonly id: string
  readonly parent: Known | undefined
  readonly begunBy: 'login' | 'cycled' | 'created'
  /** No later than the store made it. */
  readonly begunAt: number
  readonly children: Known[]
  mayEnd: Reach | undefined
  /** When the first deed began that may have ended it: nothing took its place before. */
  doubtedSince: number | undefined
  dead: Death | undefined
  /** When what took its place ended with it. */
  kinDied: { readonly at: number; readonly reach: Reach } | undefined
  unknownSince: number | undefined
  since: Moment | undefined
  lastUse: number
  lastSureUse: number
  readonly writes: { readonly key: string; readonly at: Moment }[]
  /** When the ticket was taken. */
  takenAt: Moment | undefined
}

interface Death {
  readonly turn: number
  /** Epoch milliseconds; 0 for at once. */
  readonly from: number
}

interface Sweep {
  readonly begun: Moment
  readonly victims: readonly Known[]
  answered: { readonly turn: number; readonly propagated: boolean; readonly time: number } | undefined
}

const IDLE_MS = IDLE_SECONDS * 1000
const CACHE_MS = CACHE_SECONDS * 1000

export interface ModelOptions {
  readonly clock: FakeClock
  /** Logins may end other sessions: none is sure to live. */
  readonly crowded: boolean
  /** Each cookie has deadlines of its own, so one may be over while another of the same session is good. */
  readonly sealed: boolean
}

export function createModel({ clock, crowded, sealed }: ModelOptions): Model {
  const known = new Map<string, Known>()
  const sweeps: Sweep[] = []
  const lines: string[] = []
  let turn = 0
  let cacheFailed = false

  const now = (): Moment => ({ turn: ++turn, time: clock.now() })
  const nameOf = (id: string): string => {
    const index = [...known.keys()].indexOf(id)
    return index === -1 ? (id.length === 22 ? '?' : id) : `s${index}`
  }

  const die = (one: Known, reach: Reach, propagated: boolean): void => {
    const from = propagated ? 0 : clock.now() + CACHE_MS
    if (one.dead === undefined || from < one.dead.from) one.dead = { turn: now().turn, from }
    if (reach === 'alone') return
    one.kinDied ??= { at: clock.now(), reach }
    for (const child of one.children) if (reaches(one, child)) die(child, reach, propagated)
  }
  /** Whether the end of a session ended what took its place: the pointer to it is kept for a minute. */
  const reaches = ({ kinDied }: Known, { begunBy, begunAt }: Known): boolean =>
    kinDied !== undefined &&
    (kinDied.reach === 'kin' || kinDied.reach === begunBy) &&
    kinDied.at - begunAt < ENDING_SECONDS * 1000

  const underSweep = (): boolean => sweeps.some(({ answered }) => answered === undefined)

  const born = (id: string, begunBy: Known['begunBy'], replaced: string | null): void => {
    const parent = replaced === null ? undefined : known.get(replaced)
    const at = now()
    const one: Known = {
      id,
      parent,
      begunBy,
      begunAt: parent?.doubtedSince ?? at.time,
      children: [],
      mayEnd: parent?.mayEnd === 'kin' || underSweep() ? 'kin' : crowded ? 'alone' : undefined,
      doubtedSince: undefined,
      dead: undefined,
      kinDied: undefined,
      unknownSince: undefined,
      since: undefined,
      lastUse: at.time,
      lastSureUse: parent?.lastSureUse ?? -Infinity,
      writes: [],
      takenAt: parent?.takenAt,
    }
    known.set(id, one)
    if (parent === undefined) return
    parent.children.push(one)
    if (parent.dead !== undefined && reaches(parent, one)) one.dead = { ...parent.dead, turn: at.turn }
    die(parent, 'alone', !cacheFailed)
  }

  /** Up the line of what each session replaced. */
  const line = function* (one: Known | undefined): Generator<Known> {
    for (let next = one; next !== undefined; next = next.parent) yield next
  }

  return {
    now,
    nameOf,
    ids: () => [...known.keys()],
    heard(event) {
      const { type } = event
      if (type === 'created') born(event.id, type, null)
      else if (type === 'login' || type === 'cycled') born(event.id, type, event.replaced)
      else if (type === 'cache-failed') cacheFailed = true
      else if (type === 'reuse') this.mayEnd(event.id, 'alone')
      else if (type === 'ended') this.ended(event.id, 'alone', event.propagated)
      else if (type === 'unknown' && !cacheFailed && !sealed) {
        const one = known.get(event.id)
        if (one !== undefined) one.unknownSince ??= now().turn
      }
    },
    mayEnd(id, reach) {
      const one = known.get(id)
      if (one === undefined) return
      one.doubtedSince ??= clock.now()
      if (one.mayEnd !== 'kin') one.mayEnd = reach
      if (reach === 'kin') for (const child of one.children) this.mayEnd(child.id, 'kin')
    },
    ended(id, reach, propagated) {
      const one = known.get(id)
      if (one !== undefined) die(one, reach, propagated)
    },
    sweepBegins() {
      const all = [...known.values()]
      const sweep: Sweep = { begun: now(), victims: all.filter(({ dead }) => dead === undefined), answered: undefined }
      sweeps.push(sweep)
      for (const one of all) one.mayEnd = 'kin'
      return sweep
    },
    sweepEnded(sweep, propagated, except) {
      sweep.answered = { turn: now().turn, propagated, time: clock.now() }
      for (const one of known.values()) {
        const begunBefore = one.since !== undefined && one.since.turn < sweep.begun.turn
        if (one.id === except || (!sweep.victims.includes(one) && !begunBefore)) continue
        // What took its place meanwhile was in the store in its stead.
        const replaced = one.children.some((child) => sweep.victims.includes(child))
        // The answer speaks of what this call ended, and an event names each. The rest, others have just ended.
        // A login that goes on under its own password comes after the sweep where nothing else tells them apart.
        die(one, replaced || except !== undefined ? 'alone' : sealed ? 'cycled' : 'kin', propagated && sealed)
      }
    },
    loggedInSince(id, since) {
      const one = known.get(id)
      if (one === undefined) return
      one.since = since
      for (const { begun, answered } of sweeps) {
        if (answered !== undefined && since.turn < begun.turn) die(one, 'alone', answered.propagated)
      }
    },
    healed() {
      for (const { dead } of known.values()) if (dead !== undefined) Object.assign(dead, { from: 0 })
    },
    used(id, arrived) {
      const one = known.get(id)
      if (one !== undefined) one.lastUse = Math.max(one.lastUse, arrived.time)
    },
    renewed(id, arrived) {
      const one = known.get(id)
      if (one === undefined) return
      one.lastSureUse = Math.max(one.lastSureUse, arrived.time)
      // A sweep may have met what this deed began before anybody heard of it.
      if (sweeps.some(({ answered }) => answered === undefined || answered.turn > arrived.turn)) one.mayEnd = 'kin'
    },
    wrote(id, key, arrived) {
      known.get(id)?.writes.push({ key, at: now() })
      this.renewed(id, arrived)
    },
    took(id) {
      const first = [...line(known.get(id))].at(-1)
      if (first === undefined) return
      check(first.takenAt === undefined, `the ticket of ${nameOf(first.id)} was given twice`)
      first.takenAt = now()
    },
    judge(id, arrived, accepted, lastUse) {
      const one = known.get(id)
      if (one === undefined) return
      const name = nameOf(id)
      if (accepted) {
        const { dead, unknownSince } = one
        const isOver = dead !== undefined && dead.turn < arrived.turn && dead.from <= arrived.time
        check(!isOver, `${name} had ended, and a later request was accepted`)
        const wasRefused = unknownSince !== undefined && unknownSince < arrived.turn && !cacheFailed
        check(!wasRefused, `${name} was refused as ended, and a later request was accepted`)
        check(arrived.time < one.lastUse + IDLE_MS, `${name} had expired, and a later request was accepted`)
        return
      }
      const mayHaveExpired = clock.now() >= (lastUse ?? one.lastSureUse) + IDLE_MS
      check(one.mayEnd !== undefined || one.dead !== undefined || mayHaveExpired, `${name} lives, and was refused`)
    },
    judgeData(id, arrived, data) {
      const one = known.get(id)
      if (one === undefined) return
      const keys = Object.keys(data).filter((key) => key.startsWith('k'))
      const count = Number(data['n'] ?? 0)
      check(count === keys.length, `${nameOf(id)} counts ${count} and holds ${keys.length} keys`)
      const visible = ({ turn: at, time }: Moment): boolean =>
        at < arrived.turn && (!cacheFailed || time + CACHE_MS <= arrived.time)
      for (const { writes } of line(one)) {
        for (const { key, at } of writes)
          check(!visible(at) || key in data, `${key}, written to ${nameOf(id)}, is lost`)
      }
      const { takenAt } = [...line(one)].at(-1) ?? one
      check(takenAt === undefined || !visible(takenAt) || !('ticket' in data), `the ticket of ${nameOf(id)} is back`)
    },
    fate(id) {
      const dead = known.get(id)?.dead
      return { dead: dead !== undefined, from: dead?.from ?? 0 }
    },
    note(text) {
      lines.push(`${String(++turn).padStart(4)} ${((clock.now() - started) / 1000).toFixed(1)} s  ${text}`)
    },
    history: () => lines.join('\n'),
  }

  function check(holds: boolean, otherwise: string): void {
    assert.ok(holds, otherwise)
  }
}

const started = Date.UTC(2026, 0, 1)
