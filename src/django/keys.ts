import { keyProblem } from '../token/key-ring.ts'
import { kindOf, type Reader } from './readers.ts'

/** Nothing of a key is ever shown, not even of one that is refused. */
export const key: Reader<string> = (given) => {
  if (typeof given !== 'string') return { problem: `must be a string, not ${kindOf(given)}` }
  const problem = keyProblem(given)
  return problem === undefined ? { value: given } : { problem }
}

export const keys: Reader<readonly string[]> = (given) => {
  if (!Array.isArray(given)) return { problem: `must be an array of strings, not ${kindOf(given)}` }
  const good: string[] = []
  for (const [index, entry] of given.entries()) {
    const read = key(entry)
    if ('problem' in read) return { problem: `cannot be used: entry ${index} ${read.problem}` }
    good.push(read.value)
  }
  return { value: good }
}

/** Django's `startproject` writes such a key into the source, where everyone who reads the repository has it. */
export function warnOfInsecureKey(secretKey: string): void {
  if (!secretKey.startsWith('django-insecure-')) return
  process.emitWarning(
    'SECRET_KEY is the one that startproject wrote into settings.py. Give production a key of its own.',
    { type: 'HoldfastWarning', code: 'HOLDFAST_INSECURE_KEY' },
  )
}
