import type { Finding } from '../shared/api.ts'
import type { LabSettings } from './application/sessions.ts'
import type { Application, ApplicationOptions } from './application/start.ts'

/** One step of the lab: what is done to an application that was started with the learner's settings. */
export interface LabStep {
  readonly path?: ApplicationOptions['path']
  run(application: Application, settings: LabSettings): Promise<StepOutcome>
}

export interface StepOutcome {
  readonly holds: boolean
  /** What the settings did to the application. */
  readonly headline: string
  readonly findings: readonly Finding[]
  readonly live?: Live
}

/** One attack, and the two applications it is tried on. */
export interface LabAttack {
  readonly defenceName: string
  readonly off: ApplicationOptions
  readonly on: ApplicationOptions
  run(application: Application): Promise<AttackOutcome>
}

export interface AttackOutcome {
  readonly succeeded: boolean
  readonly headline: string
  readonly live?: Live
}

/** The attacked page, for a real browser to open while the application runs. */
export interface Live {
  readonly page: string
  /** What the script in it got, once it has reported. */
  readonly loot: Promise<string>
}
