import type { ErrorCode } from '../index.ts'
import { UsageError } from './command.ts'
import { harmless } from './output.ts'

/** Tells on stderr why a command did not do its work. Answers the exit code. */
export function answerFailure(error: unknown): number {
  if (error instanceof UsageError) return tell(error.message, 2)
  if (!(error instanceof Error)) return tell(String(error), 2)
  const { code, cause }: { code?: unknown; cause?: unknown } = error
  // By its code, because the application may have another copy of the package than this command.
  if (code === NEWER) return tell(error.message, 1)
  const isKnown = 'fix' in error
  // What nobody foresaw shows where it came from.
  return tell(
    `${isKnown ? error.message : (error.stack ?? error.message)}${cause === undefined ? '' : causeOf(cause)}`,
    2,
  )
}

function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  const { message, code }: { message: string; code?: unknown } = cause
  // An attempt at several addresses has only a code.
  return `\n  ${message === '' ? String(code) : message}`
}

function tell(text: string, exitCode: number): number {
  process.stderr.write(`holdfast: ${text.split('\n').map(harmless).join('\n')}\n`)
  return exitCode
}

const NEWER: ErrorCode = 'ERR_STORE_NEWER'
