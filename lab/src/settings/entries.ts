import type { Problem } from '../shared/api.ts'

/** What a setting may be here. */
export type Scalar = string | number | boolean | null

/** What a file sets, by name. */
export type Settings = Readonly<Record<string, Scalar>>

/** Whether both languages mean the same by it. Python's whole numbers have no end. */
export function isExact(number: number): boolean {
  return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
}

/** One line of a settings file: which setting, which value, and where it stands. */
export interface Entry {
  readonly name: string
  readonly value: Scalar
  readonly from: number
  readonly to: number
}

/** The same in order, and where it cannot be read. */
export interface Entries {
  readonly entries: readonly Entry[]
  readonly problems: readonly Problem[]
  /** Whether there are comments, which are lost when the file is written in the other language. */
  readonly hasComments: boolean
}

export function problemAt(text: string, from: number, to: number, message: string): Problem {
  const before = text.slice(0, from).split(/\r\n|\r|\n/)
  return { line: before.length, column: (before.at(-1) ?? '').length + 1, from, to, message }
}

/** A text of which nothing is known but where reading it ended. */
export function unreadable(text: string, at: number, message: string): Entries {
  return { entries: [], problems: [problemAt(text, Math.max(0, at - 1), at, message)], hasComments: false }
}
