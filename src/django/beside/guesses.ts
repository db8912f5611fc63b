/**
 * Whose a session was when it was last seen here, so that its row and its user can be asked for in one go. A guess
 * decides nothing: what the row says counts.
 */
export interface Guesses {
  get(id: string): string | undefined
  set(id: string, subject: string | null): void
}

export function createGuesses(): Guesses {
  const known = new Map<string, string>()
  return {
    get: (id) => known.get(id),
    set(id, subject) {
      known.delete(id)
      if (subject === null) return
      known.set(id, subject)
      if (known.size > MOST) known.delete(known.keys().next().value as string)
    },
  }
}

/** A few megabytes. */
const MOST = 20_000
