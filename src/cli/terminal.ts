import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'

/** Asks a person for a yes. Undefined when there is nobody to ask. */
export async function confirm(question: string): Promise<boolean | undefined> {
  const { stdin: input, stderr: output } = process // The answer of the command is alone on stdout.
  if (!input.isTTY || !output.isTTY) return undefined
  const lines = createInterface({ input, output })
  try {
    // Ctrl+C and Ctrl+D close it. Not every Node ends the question then.
    const closed = once(lines, 'close').then(() => '')
    const answer = await Promise.race([lines.question(`${question} [y/N] `), closed])
    return /^y(?:es)?$/i.test(answer.trim())
  } catch {
    return false
  } finally {
    lines.close()
  }
}

/** One line that changes, for a person who waits. A file or a pipe gets none. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}${ERASE_REST}`)
}

export function endProgress(): void {
  showProgress('')
}

/** What a person should know beside the answer. */
export function warn(text: string): void {
  process.stderr.write(`holdfast: ${text}\n`)
}

const ERASE_REST = '\u001b[K'
