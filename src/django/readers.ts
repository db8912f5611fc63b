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

/** @param expected What the text is, such as 'a path'. */
export function text(expected: string): Reader<string> {
  return (given) => (typeof given === 'string' && given !== '' ? { value: given } : mustBe(expected, given))
}

export function textOrNull(expected: string): Reader<string | null> {
  const read = text(`${expected} or null`)
  return (given) => (given === null ? { value: given } : read(given))
}

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

/** What was expected and what came. */
export function mustBe(expected: string, given: unknown): { readonly problem: string } {
  return { problem: `must be ${expected}, not ${show(given)}` }
}

/** What a string says that should have been no string: written as in Python, or read from the environment. */
export function unquoted(given: unknown): boolean | number | null | undefined {
  if (typeof given !== 'string') return undefined
  if (/^\d{1,15}$/.test(given)) return Number(given)
  return WORDS.get(given)
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
  ['None', null],
  ['null', null],
])

function listOf(choices: readonly (string | null)[]): string {
  return choices.map((choice) => (choice === null ? 'null' : `'${choice}'`)).join(' or ')
}

function show(given: unknown): string {
  if (given === '') return 'an empty string'
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
