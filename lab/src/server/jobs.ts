import type { LabSettings } from '../attacks/application/sessions.ts'
import type { Attack, Finding, Frame, Moment, Step } from '../shared/api.ts'

/** What the runner's thread is asked to do. */
export type Job = (
  | { readonly kind: 'check'; readonly step: Step; readonly settings: LabSettings }
  | { readonly kind: 'attack'; readonly attack: Attack; readonly defence: 'off' | 'on' }
  | { readonly kind: 'watch' }
) & {
  /** The site in whose frame the live page is shown; undefined where the learner's browser could not reach it. */
  readonly framedBy?: string
}

export type JobOf<Kind extends Job['kind']> = Extract<Job, { readonly kind: Kind }>

export interface Results {
  readonly check: Shown & { readonly holds: boolean; readonly findings: readonly Finding[] }
  readonly attack: Shown & { readonly succeeded: boolean; readonly defenceName: string }
  readonly watch: { readonly frames: readonly Frame[] }
}

interface Shown {
  readonly headline: string
  readonly timeline: readonly Moment[]
  /** The live page, while there is one. */
  readonly page?: string
}

/** To the thread. `end` closes the application of a run that has a live page. */
export type Order = { readonly run: string; readonly job: Job } | { readonly run: string; readonly end: true }

/** From the thread. */
export type Report =
  | { readonly run: string; readonly done: Results[Job['kind']] }
  | { readonly run: string; readonly failed: string }
  | { readonly run: string; readonly loot: string }
