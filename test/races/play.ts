import assert from 'node:assert/strict'
import type fc from 'fast-check'
import { CACHE_SECONDS } from '../../src/core/cache.ts'
import { HoldfastError, type Session } from '../../src/index.ts'
import { fakeClock } from '../../src/testing.ts'
import { createSteps, pause } from '../support/stepped.ts'
import { createModel, type Model, type Moment } from './model.ts'
import type { Act, Happening, Scenario } from './scenario.ts'
import { asRace, installTimers, type Timers } from './timers.ts'
import type { Data, MakeWorld, Process, World } from './world.ts'

/** A cookie that a browser has been given. */
interface Cookie {
  readonly value: string
  readonly id: string
  readonly at: Moment
}

interface Race {
  readonly world: World
  readonly model: Model
  readonly scheduler: fc.Scheduler
  readonly timers: Timers
  readonly browsers: readonly Cookie[][]
  readonly subject: string
  readonly sealed: boolean
}

let races = 0

/** Plays a scenario in the order that the schedule says, and holds every answer against the model. */
export function play(
  scheduler: fc.Scheduler,
  scenario: Scenario,
  makeWorld: MakeWorld,
  sealed: boolean,
): Promise<void> {
  return asRace(() => race(scheduler, scenario, makeWorld, sealed))
}

async function race(scheduler: fc.Scheduler, scenario: Scenario, makeWorld: MakeWorld, sealed: boolean): Promise<void> {
  const clock = fakeClock()
  const timers = installTimers(clock)
  const steps = createSteps(scheduler, scenario.pauses)
  const { faults, maxPerSubject } = scenario
  const model = createModel({ clock, sealed, crowded: maxPerSubject !== undefined })
  const world = makeWorld({ steps, clock, faults, maxPerSubject, label: model.nameOf })
  for (const { sessions } of world.processes) sessions.on('*', (event) => model.heard(event))
  const all: Race = { world, model, scheduler, timers, browsers: [[], []], sealed, subject: `ada${races++}` }
  try {
    steps.racing = false
    for (const browser of [0, 1]) await signIn(all, browser)
    steps.racing = true
    const failures: unknown[] = []
    const actors = scenario.actors.map((acts, index) =>
      perform(all, acts, index).catch((error) => void failures.push(error)),
    )
    await scheduler.waitFor(Promise.all([...actors, happen(all, scenario.world)]))
    await scheduler.waitIdle()
    if (failures.length > 0) throw failures[0]
    steps.racing = false
    await settle(all)
  } catch (error) {
    if (error instanceof Error) error.message += `\n${model.history()}`
    throw error
  } finally {
    steps.racing = false
    timers.restore()
  }
}

async function signIn(race: Race, browser: number): Promise<void> {
  const { world, model, subject, sealed } = race
  const [process] = world.processes
  assert.ok(process !== undefined)
  const arrived = model.now()
  const session = await process.sessions.open({ headers: {} })
  await session.login(subject)
  if (!sealed) session.set('ticket', 'one')
  await commit(race, process, session, browser, arrived)
}

async function perform(race: Race, acts: readonly Act[], actor: number): Promise<void> {
  const { world, model, scheduler } = race
  const process = world.processes[actor % world.processes.length]
  assert.ok(process !== undefined)
  for (const [index, act] of acts.entries()) {
    const name = `${actor}.${index}`
    await scheduler.schedule(
      Promise.resolve(),
      `${name} begins: ${act.does}, browser ${act.browser}, in ${process.name}`,
    )
    if (process.isDead()) return
    model.note(`${name} ${process.name} begins ${act.does}`)
    try {
      const end = await Promise.race([deed(race, act, process, name), process.died])
      model.note(`${name} ${end}`)
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      model.note(`${name} fails: ${error instanceof HoldfastError ? error.code : String(error)}`)
    }
  }
}

async function happen(
  { world, model, scheduler, timers, browsers }: Race,
  happenings: readonly Happening[],
): Promise<void> {
  for (const happening of happenings) {
    const { kind } = happening
    await pause(scheduler, happening.after)
    await scheduler.schedule(Promise.resolve(), kind === 'time passes' ? `${happening.ms / 1000} s pass` : kind)
    model.note(kind)
    switch (kind) {
      case 'time passes':
        world.clock.advance(happening.ms)
        for (const run of world.isForgetful ? [] : timers.due())
          void scheduler.schedule(Promise.resolve(), 'a timer').then(run)
        break
      case 'evict':
        await world.forget([browsers[happening.browser]?.at(-1)?.id ?? ''])
        break
      case 'cache restarts':
        await world.forget('all')
        break
      case 'crash':
        world.processes[1]?.crash()
        break
    }
  }
}

/** One request, or one call of an administrator. Answers how it went. */
async function deed(race: Race, { does, browser, age }: Act, process: Process, name: string): Promise<string> {
  const { model, browsers, subject, world, sealed } = race
  const { sessions } = process
  const cookie = browsers[browser]?.at(-1 - age) ?? browsers[browser]?.at(-1)
  assert.ok(cookie !== undefined)
  const { id } = cookie

  if (does === 'clear expired') return `${await sessions.clearExpired()} cleared`
  if (does === 'revoke all') {
    const sweep = model.sweepBegins()
    const { propagated } = await sessions.revokeAll(subject)
    model.sweepEnded(sweep, propagated, undefined)
    return `propagated ${propagated}`
  }
  if (does === 'revoke' || does === 'revoke as subject') {
    model.mayEnd(id, 'kin')
    const { revoked, propagated } = await sessions.revoke(id, does === 'revoke' && !sealed ? {} : { subject })
    model.ended(id, 'kin', propagated)
    return `${model.nameOf(id)} ${revoked ? 'revoked' : 'was not there'}, propagated ${propagated}`
  }

  const since = does === 'login since' ? { since: await sessions.epoch(subject) } : {}
  const sinceMoment = model.now()
  if (does === 'logout' || does === 'flush') model.mayEnd(id, 'kin')
  if (does === 'cycle' || does === 'login' || does === 'login since') model.mayEnd(id, 'alone')
  const arrived = model.now()
  model.used(id, arrived)
  const session = await sessions.open({ headers: { cookie: `__Host-session=${cookie.value}` } })
  const accepted = session.id !== null
  model.judge(id, arrived, accepted, sealed ? cookie.at.time : undefined)
  const about = `${model.nameOf(id)} ${accepted ? 'accepted' : 'refused'}`
  if (accepted && !sealed) model.judgeData(id, arrived, dataOf(session))

  switch (does) {
    case 'read':
      break
    case 'touch': {
      const idle = await sessions.open({ headers: { cookie: `__Host-session=${cookie.value}` } })
      await sessions.commit(idle)
      return about
    }
    case 'write': {
      if (!accepted) break
      const key = `k${name}`
      session.update('n', (n = 0) => Number(n) + 1)
      session.set(key, 1)
      await commit(race, process, session, browser, arrived)
      model.wrote(id, key, arrived)
      return `${about}, wrote ${key}`
    }
    case 'take': {
      if (sealed || !accepted) break
      const ticket = await session.take('ticket')
      if (ticket !== undefined) model.took(id)
      break
    }
    case 'cycle':
      if (accepted) session.cycleKey()
      break
    case 'login':
    case 'login since': {
      await session.login(subject, since)
      await commit(race, process, session, browser, arrived)
      if (does === 'login since' && session.id !== null) model.loggedInSince(session.id, sinceMoment)
      return `${about}, now ${model.nameOf(session.id ?? '')}`
    }
    case 'logout':
    case 'flush': {
      const { propagated } = await (does === 'logout' ? session.logout() : session.flush())
      model.ended(id, 'kin', propagated)
      model.note(`${name} ended ${model.nameOf(id)}, propagated ${propagated}`)
      break
    }
    case 'revoke all others': {
      if (!accepted) break
      const sweep = model.sweepBegins()
      const { propagated } = await sessions.revokeAll(subject, { except: id })
      model.sweepEnded(sweep, propagated, id)
      break
    }
    default:
      does satisfies never
  }
  await commit(race, process, session, browser, arrived)
  return `${about}, ${world.clock.now() === arrived.time ? 'at once' : 'slowly'}`
}

async function commit(
  { model, browsers }: Race,
  process: Process,
  session: Session<Data>,
  browser: number,
  arrived: Moment,
): Promise<void> {
  const before = session.id
  const { setCookie } = await process.sessions.commit(session)
  const value = setCookie?.split(/[=;]/)[1] ?? ''
  const { id } = session.toJSON()
  if (id !== null && id !== before) model.renewed(id, arrived)
  if (value !== '' && id !== null) browsers[browser]?.push({ value, id, at: arrived })
}

function dataOf(session: Session<Data>): Record<string, unknown> {
  return Object.fromEntries(session.keys().map((key) => [key, session.get(key)]))
}

/** When all is over: what has ended is nowhere, and what was acknowledged is there. */
async function settle(race: Race): Promise<void> {
  const { world, model, sealed } = race
  model.note('all is over')
  await look(race)
  if (world.heals) {
    await heal(race)
    model.healed()
    model.note('what a cache did not hear, it has been told again')
    await look(race)
  }
  for (const id of model.ids()) {
    if (!sealed && model.fate(id).dead)
      assert.equal(await world.store?.find(id), undefined, `${model.nameOf(id)} is in the store`)
  }
  const bounds = model.ids().map((id) => model.fate(id).from)
  for (const from of bounds.filter((time) => time > world.clock.now()).toSorted((a, b) => a - b)) {
    world.clock.set(from)
    model.note('a copy of what has ended is over')
    await look(race)
  }
  world.clock.advance(CACHE_SECONDS * 1000)
  await look(race)
  await look(race, 'as the store')
}

/** Nothing fails any more, and what waits for a while is done. */
async function heal({ world, timers }: Race): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    world.clock.advance(500)
    for (const run of world.isForgetful ? [] : timers.due()) run()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Every session, by its newest cookie, in every process that lives. */
async function look({ world, model, browsers, sealed }: Race, how?: 'as the store'): Promise<void> {
  const cookies = new Map(browsers.flat().map((cookie) => [cookie.id, cookie]))
  for (const { sessions, isDead, name } of world.processes) {
    if (isDead()) continue
    for (const cookie of cookies.values()) {
      const arrived = model.now()
      const { id } = cookie
      const session = await sessions.open({ headers: { cookie: `__Host-session=${cookie.value}` } })
      const accepted = session.id !== null
      if (how === 'as the store') {
        if (sealed) continue
        const record = await world.store?.find(id)
        assert.ok(
          !accepted || record !== undefined,
          `${name} accepts ${model.nameOf(id)}, which the store does not know`,
        )
        if (accepted)
          assert.deepEqual(
            dataOf(session),
            JSON.parse(record?.data ?? ''),
            `${name} has old data of ${model.nameOf(id)}`,
          )
        continue
      }
      model.note(`${name} looks at ${model.nameOf(id)}: ${accepted ? 'accepted' : 'refused'}`)
      model.judge(id, arrived, accepted, sealed ? cookie.at.time : undefined)
      if (accepted && !sealed) model.judgeData(id, arrived, dataOf(session))
    }
  }
}
