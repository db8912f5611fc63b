/** What a new password has to be: long. Rules about digits and signs make passwords worse. */
export function passwordProblem(password: string): string | undefined {
  const length = Array.from(password.normalize('NFKC')).length
  if (length < SHORTEST_PASSWORD) return `Please choose a password of at least ${SHORTEST_PASSWORD} characters.`
  if (length > LONGEST_PASSWORD) return `Please choose a password of at most ${LONGEST_PASSWORD} characters.`
  if (new Set(password).size < FEWEST_DIFFERENT) return 'Please choose a password with more different characters.'
  return undefined
}

export const SHORTEST_PASSWORD = 12
/** Long enough for any phrase, short enough that nobody makes us hash a novel. */
export const LONGEST_PASSWORD = 256
const FEWEST_DIFFERENT = 5
