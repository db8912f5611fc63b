import type { InspectedPart, MigrateOptions, Migration, Sessions } from '../index.ts'

/** Where a command finds the sessions that it is about. */
export interface Place {
  /** Whether the application made these sessions, with its keys and its cache. */
  readonly isConfigured: boolean
  readonly sessions: () => Sessions
  readonly migrate: (options: MigrateOptions) => Promise<readonly Migration[]>
  readonly inspect: () => Promise<readonly InspectedPart[]>
  readonly close: () => Promise<void>
}
