import type { InspectedPart } from '../../core/inspection.ts'
import type { Judgement } from '../judgement.ts'

/** Something that holds in a part of the engine or does not: what, why it matters, and what to write. */
export interface PartCheck {
  /** Stays the same for ever. */
  readonly id: string
  readonly title: string
  readonly reason: string
  /** What to set, and how. */
  readonly fix: string
  /** Whether it asks anything of this part. */
  readonly concerns: (part: InspectedPart) => boolean
  readonly judge: Judge
}

/** Holds the settings of one part, beside those of the others. */
export type Judge = (look: Look, parts: readonly InspectedPart[]) => Judgement

/** A setting, and null if the system would not say. */
export type Look = (name: string) => { readonly value: string | null; readonly note?: string }

/** Holds where the setting is as it should be. */
export function setting(name: string, isGood: (value: string) => boolean): Judge {
  return (look) => {
    const { value, note } = look(name)
    if (value === null) return { state: 'unknown', found: `${name} is not known` }
    const shown = value === '' ? 'empty' : value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value
    const found = `${name} is ${shown}${note === undefined ? '' : `, ${note}`}`
    return { state: isGood(value) ? 'holds' : 'fails', found }
  }
}

export function isOneOf(...values: readonly string[]): (value: string) => boolean {
  return (value) => values.includes(value)
}

/** Holds where all of them hold. What does not is told, and what is worst decides. */
export function allOf(...judges: readonly Judge[]): Judge {
  return (look, parts) => {
    const judgements = judges.map((judge) => judge(look, parts))
    const state = (['fails', 'unknown', 'holds'] as const).find((one) =>
      judgements.some((other) => other.state === one),
    )
    const told = judgements.filter((one) => one.state === state)
    return { state: state ?? 'holds', found: told.map(({ found }) => found).join(', ') }
  }
}

/** Holds where one of them holds, which is then what is told. */
export function oneOf(...judges: readonly Judge[]): Judge {
  return (look, parts) => {
    const judgements = judges.map((judge) => judge(look, parts))
    const good = judgements.find(({ state }) => state === 'holds')
    if (good !== undefined) return good
    const isUnclear = judgements.some(({ state }) => state === 'unknown')
    return { state: isUnclear ? 'unknown' : 'fails', found: judgements.map(({ found }) => found).join(', ') }
  }
}

/** From this very machine, so that nobody listens on the way. */
export function isLocal(host: string): boolean {
  return host === 'a socket' || host === 'localhost' || host === '::1' || /^(?:::ffff:)?127\./.test(host)
}

/** Compares '10.6.2' with '10.6', part by part. */
export function isAtLeast(version: string, least: string): boolean {
  const [parts, wanted] = [numbersIn(version), numbersIn(least)]
  const at = wanted.findIndex((number, index) => parts[index] !== number)
  return at === -1 || (parts[at] ?? 0) > (wanted[at] ?? 0)
}

function numbersIn(version: string): number[] {
  return version.split(/\D/).map(Number)
}

/** Seconds by which two clocks may differ. Those that are kept right differ by less than one. */
const MOST_SECONDS = 10

const clockAgrees: Judge = (look) => {
  const { value } = look('clock')
  if (value === null) return { state: 'unknown', found: 'its clock is not known' }
  const seconds = Math.round(Number(value) / 1000)
  const state = Math.abs(seconds) <= MOST_SECONDS ? 'holds' : 'fails'
  const much = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead'}`
  return { state, found: seconds === 0 ? 'its clock agrees with the one here' : `its clock is ${much}` }
}

export const clockCheck = {
  title: 'Its clock agrees with the one of this machine',
  reason:
    'One of the two is not kept right. Sessions go by the clock of the store, whatever the one here says: if a replica ' +
    'takes over whose clock is another, they end that much too early or too late.',
  fix: 'chrony or systemd-timesyncd on both machines',
  judge: clockAgrees,
} as const

export const migrationsCheck = {
  title: 'Its tables are up to date',
  reason: 'With missing tables, or those of an older version, every request with a session fails.',
  fix: 'npx holdfast migrate',
  judge: (look) => {
    const { value } = look('migrations')
    if (value === null) return { state: 'unknown', found: 'migrations are not known' }
    return value === ''
      ? { state: 'holds', found: 'no migration is waiting' }
      : { state: 'fails', found: `waiting: ${value}` }
  },
} as const satisfies Pick<PartCheck, 'title' | 'reason' | 'fix' | 'judge'>

const LONGEST = 60
