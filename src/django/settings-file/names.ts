import type { Effects } from './effects.ts'
import { isMutable, valueOf, type Literal, type PythonValue } from './value.ts'

/** What a name of the file holds: a value that stands there, or one that only running the file would tell. */
export type Assignment =
  | { readonly value: PythonValue; readonly line: number }
  /** Why, as a sentence about the name: 'it calls env()'. */
  | Computed

export interface Computed {
  readonly computed: string
  readonly line: number
}

type Held = { readonly literal: Literal; readonly line: number } | Computed

/** The names of the file while it is read from top to bottom. */
export class Names {
  readonly #held = new Map<string, Held>()
  /** Lists and dicts of `A = B = […]`. */
  readonly #shared = new Set<Literal>()
  /** Lists and dicts that may have been changed in place, whatever names hold them. */
  readonly #changed = new Map<Literal, Computed>()
  /** What functions set and mention, with their lines: they may be called at any time. */
  readonly #later = { sets: new Map<string, number>(), mentions: new Map<string, number>() }
  #others: Computed | undefined
  #always: Computed | undefined

  /** What `A += …` adds to. A list that several names share is none: they would all see it change. */
  literalOf(name: string): Literal | undefined {
    const held = this.#held.get(name)
    if (held === undefined || 'computed' in held) return undefined
    return this.#shared.has(held.literal) || this.#changed.has(held.literal) ? undefined : held.literal
  }

  set(names: readonly string[], literal: Literal, line: number): void {
    if (names.length > 1 && isMutable(literal)) this.#shared.add(literal)
    for (const name of names) {
      const held = { literal, line }
      this.#held.set(name, held)
      const mentioned = this.#later.mentions.get(name)
      if (mentioned !== undefined) this.#change(held, { computed: 'a function may change it', line: mentioned })
    }
  }

  apply(effects: Effects, line: number, why: string): void {
    // What is set in an if may hold the old list still, and whoever changes it then changes that list.
    for (const name of [...effects.mentions, ...effects.sets]) {
      this.#change(this.#held.get(name), { computed: 'it is changed in place', line })
    }
    for (const name of effects.later.mentions) {
      this.#later.mentions.set(name, line)
      this.#change(this.#held.get(name), { computed: 'a function may change it', line })
    }
    for (const name of effects.sets) this.#held.set(name, { computed: why, line })
    for (const name of effects.later.sets) this.#later.sets.set(name, line)
    if (effects.anyName === undefined) return
    this.#others = { computed: effects.anyName.why, line }
    if (effects.anyName.later) this.#always = this.#others
    this.#held.clear()
  }

  #change(held: Held | undefined, computed: Computed): void {
    if (held !== undefined && 'literal' in held && isMutable(held.literal)) this.#changed.set(held.literal, computed)
  }

  result(): { settings: Map<string, Assignment>; others?: Computed } {
    const settings = new Map<string, Assignment>()
    for (const [name, held] of this.#held) settings.set(name, this.#always ?? this.#assignment(held))
    for (const [name, line] of this.#later.sets) settings.set(name, { computed: 'a function may set it', line })
    return { settings, ...(this.#others === undefined ? {} : { others: this.#others }) }
  }

  #assignment(held: Held): Assignment {
    if ('computed' in held) return held
    return this.#changed.get(held.literal) ?? { value: valueOf(held.literal), line: held.line }
  }
}
