import type { Output } from './output.ts'

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  /** What `--help` prints. */
  readonly usage: string
  /** The exit code: 0, or 1 when the answer is no. */
  readonly run: (args: readonly string[], output: Output) => number | Promise<number>
}

/** What was typed cannot be done: told on stderr, with exit code 2. */
export class UsageError extends Error {}
