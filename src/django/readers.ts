/** What a value came to: itself with its type known, or what is wrong with it, to be said after its name. */
export type Read<T> = { readonly value: T } | { readonly problem: string }
export type Reader<T> = (given: unknown) => Read<T>

export const boolean: Reader<boolean> = (given) =>
  typeof given === 'boolean' ? { value: given } : mustBe('true or false', given)

/** @param most The largest number allowed, and why there is a limit. */
export function seconds(most: number, because: string): Reader<number> {
  return (given) =>
    typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= most
      ? { value: given }
      : mustBe(`a whole number of seconds from 1 to ${most} (${because})`, given)
}

export const text: Reader<string> = (given) =>
  typeof given === 'string' && given !== '' ? { value: given } : mustBe('a string', given)

export const textOrNull: Reader<string | null> = (given) =>
  given === null || (typeof given === 'string' && given !== '') ? { value: given } : mustBe('a string or null', given)

/** @param reasons Why a value that Django knows is refused. */
export function oneOf<Choice extends string | null>(
  choices: readonly [Choice, ...Choice[]],
  reasons: (given: unknown) => string | undefined = () => undefined,
): Reader<Choice> {
  return (given) => {
    const chosen = choices.find((choice) => choice === given)
    if (chosen !== undefined) return { value: chosen }
    const reason = reasons(given)
    return reason === undefined ? mustBe(listOf(choices), given) : { problem: reason }
  }
}

/** What was expected, what came, and how to say it in TypeScript when it was said in Python. */
export function mustBe(expected: string, given: unknown): { readonly problem: string } {
  return { problem: `must be ${expected}, not ${show(given)}${hint(given)}` }
}

function hint(given: unknown): string {
  if (typeof given !== 'string') return ''
  const bare = PYTHON.get(given) ?? (/^(?:true|false|null|\d+)$/.test(given) ? given : undefined)
  return bare === undefined ? '' : ` (write ${bare}, without quotes)`
}

const PYTHON: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
])

function listOf(choices: readonly (string | null)[]): string {
  return choices.map((choice) => (choice === null ? 'null' : `'${choice}'`)).join(' or ')
}

function show(given: unknown): string {
  if (typeof given === 'string') return `the string '${given.slice(0, LONGEST_SHOWN)}'`
  if (typeof given === 'number' || typeof given === 'boolean' || given === null) return String(given)
  return kindOf(given)
}

const LONGEST_SHOWN = 60

/** For values that must not be shown. */
export function kindOf(given: unknown): string {
  if (given === undefined) return 'undefined'
  if (given === null) return 'null'
  if (Array.isArray(given)) return 'an array'
  return typeof given === 'object' ? 'an object' : `a ${typeof given}`
}
