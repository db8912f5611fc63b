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
  /** Lists and dicts that may have been changed in place, whatever names hold them. */
  readonly #changed = new Map<Literal, Computed>()
  /** What functions may do, whenever they are called. */
  readonly #later = { sets: new Map<string, number>(), mentions: new Map<string, number>() }
  #others: Computed | undefined
  #always: Computed | undefined

  literalOf(name: string): Literal | undefined {
    const held = this.#held.get(name)
    return held !== undefined && 'literal' in held && !this.#changed.has(held.literal) ? held.literal : undefined
  }

  set(name: string, held: Held): void {
    this.#held.set(name, held)
  }

  /** The list that a name holds is now another one; names that share it may see that or not. */
  change(literal: Literal, line: number): void {
    if (isMutable(literal)) this.#changed.set(literal, { computed: 'it is changed in place', line })
  }

  apply(effects: Effects, line: number, why: string): void {
    for (const name of effects.mentions) {
      const held = this.#held.get(name)
      if (held !== undefined && 'literal' in held) this.change(held.literal, line)
    }
    for (const name of effects.sets) this.#held.set(name, { computed: why, line })
    for (const name of effects.later.sets) this.#later.sets.set(name, line)
    for (const name of effects.later.mentions) this.#later.mentions.set(name, line)
    if (effects.anyName === undefined) return
    this.#others = { computed: effects.anyName.why, line }
    if (effects.anyName.later) this.#always = this.#others
    this.#held.clear()
  }

  result(): { settings: Map<string, Assignment>; others?: Computed } {
    const settings = new Map<string, Assignment>()
    for (const [name, held] of this.#held) settings.set(name, this.#always ?? this.#assignment(name, held))
    for (const [name, line] of this.#later.sets) settings.set(name, { computed: 'a function may set it', line })
    return { settings, ...(this.#others === undefined ? {} : { others: this.#others }) }
  }

  #assignment(name: string, held: Held): Assignment {
    if ('computed' in held) return held
    const changed = this.#changed.get(held.literal)
    if (changed !== undefined) return changed
    const line = this.#later.mentions.get(name)
    if (line !== undefined && isMutable(held.literal)) return { computed: 'a function may change it', line }
    return { value: valueOf(held.literal), line: held.line }
  }
}
