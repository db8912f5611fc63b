import type { Fault } from '../support/faults.ts'

/** What a process of the application is told when it starts. */
export interface SitePlan {
  readonly postgresPort: number
  readonly redisPort: number
  /** Milliseconds. */
  readonly ahead: number
}

export const MUTANTS = ['deaf', 'upsert', 'write over'] as const
export type Mutant = (typeof MUTANTS)[number]

/** What it is told later. To each order it answers with its tally. */
export type Order =
  | { readonly kind: 'report' }
  /** Its clock goes ahead by so much more. */
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'fail'; readonly part: 'store' | 'cache'; readonly operation: string; readonly fault: Fault }
  | { readonly kind: 'mutate'; readonly mutant?: Mutant }

/** What happened in one process so far. */
export interface Tally {
  readonly events: Readonly<Record<string, number>>
  /** Failures of the engine by their code. `injected`: on purpose. */
  readonly failures: Readonly<Record<string, number>>
  /** Whether it uses copies of its own just now. */
  readonly near: boolean
}

export const STORE_TIMEOUT_MS = 1000
export const CACHE_TIMEOUT_MS = 250

/**
 * The longest that a request may take: it asks the store a few times at most, for a record, a write, and once more when
 * that was late. Who waits longer than this hangs.
 */
export const PATIENCE_MS = 10_000
