import { keyProblem } from '../token/key-ring.ts'
import { kindOf, type Reader } from './readers.ts'

/** Nothing of a key is ever shown, not even of one that is refused. */
export const key: Reader<string> = (given) => {
  const problem = problemOf(given)
  return problem === undefined
    ? { value: String(given) }
    : { problem: `${problem}; make one with \`npx holdfast keygen\`` }
}

export const keys: Reader<readonly string[]> = (given) => {
  if (!Array.isArray(given)) return { problem: `must be an array of strings, not ${kindOf(given)}` }
  const entries = Array.from<unknown>(given)
  const problems = entries.flatMap((entry, index) => {
    const problem = problemOf(entry)
    return problem === undefined ? [] : `entry ${index} ${problem}`
  })
  return problems.length === 0
    ? { value: entries.map(String) }
    : { problem: `cannot be used: ${problems.join(', and ')}` }
}

function problemOf(given: unknown): string | undefined {
  if (given === undefined) return 'is missing, or its environment variable is not set'
  return typeof given === 'string' ? keyProblem(given) : `must be a string, not ${kindOf(given)}`
}

/** Django takes any key, and who shares its sessions has to take it too. */
export function warnOfWeakKey(...inForce: readonly string[]): void {
  const problems = new Set(inForce.flatMap((secret) => keyProblem(secret) ?? []))
  for (const problem of problems) {
    process.emitWarning(`A SECRET_KEY ${problem}. Whoever guesses it signs in as anybody.`, {
      type: 'HoldfastWarning',
      code: 'HOLDFAST_INSECURE_KEY',
    })
  }
}

/** Django's `startproject` writes such a key into the source, where everyone who reads the repository has it. */
export function warnOfInsecureKey(...inForce: readonly string[]): void {
  if (!inForce.some((secret) => secret.startsWith('django-insecure-'))) return
  process.emitWarning(
    'A SECRET_KEY is the one that startproject wrote into settings.py. Give production a key of its own.',
    { type: 'HoldfastWarning', code: 'HOLDFAST_INSECURE_KEY' },
  )
}
