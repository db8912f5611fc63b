/** What a server, a file or an application is set to, by its own word. Nothing in it is secret, and nothing is judged. */
export interface Inspection {
  /** What was looked at: 'PostgreSQL', 'MySQL', 'MariaDB', 'Redis', 'SQLite', 'memory', or a name of your own. */
  readonly system: string
  /** Each as text, under the name that the system itself gives it. Null: it would not say. */
  readonly settings: Readonly<Record<string, string | null>>
}

/** A part of an engine, and what it is there for. */
export interface InspectedPart extends Inspection {
  /**
   * `sessions`: the options of the application. `store`: it must keep what it was given. `forgetful`: a store that may
   * lose it, as under `cache(store)`. `endings`: remembers which signed cookies have ended. `cache`: fast copies.
   */
  readonly role: 'sessions' | 'store' | 'forgetful' | 'endings' | 'cache'
}

/** What has no `inspect` is of the system 'unknown'. */
export async function inspectPart(
  role: InspectedPart['role'],
  part: { inspect?(): Promise<Inspection> },
): Promise<InspectedPart> {
  return { role, ...((await part.inspect?.()) ?? { system: 'unknown', settings: {} }) }
}

/** How many milliseconds another clock is ahead, as text. What the asking itself took counts for nothing. */
export async function clockDifference<T>(
  clock: { now(): number },
  ask: () => Promise<T>,
  timeOf: (answer: T) => number,
): Promise<{ answer: T; difference: string }> {
  const before = clock.now()
  const answer = await ask()
  const after = clock.now()
  const time = timeOf(answer)
  return { answer, difference: String(Math.max(time - after, 0) + Math.min(time - before, 0)) }
}
