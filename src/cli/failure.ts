import type { ErrorCode } from '../index.ts'
import { UsageError } from './command.ts'
import { harmless } from './output.ts'

/** Tells on stderr why a command did not do its work. Answers the exit code. */
export function answerFailure(error: unknown): number {
  if (error instanceof UsageError) return tell(error.message, 2)
  if (!(error instanceof Error)) return tell(String(error), 2)
  if (isNewer(error)) return tell(error.message, 1)
  // What nobody foresaw shows where it came from.
  const said = 'fix' in error ? error.message : (error.stack ?? error.message)
  return tell(`${said}${causeOf(error.cause)}`, 2)
}

/** By its code, because the application may have another copy of the package than this command. */
export function isNewer(error: unknown): boolean {
  const newer: ErrorCode = 'ERR_STORE_NEWER'
  return typeof error === 'object' && error !== null && 'code' in error && error.code === newer
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
