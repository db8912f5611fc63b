/** Points where a slow handler waits until the test lets it go on: order without sleeping. */
export interface Gates {
  /** What the handler awaits. */
  pass(name: string): Promise<void>
  /** Resolves once a handler waits at the gate. */
  reached(name: string): Promise<void>
  open(name: string): void
}

export function createGates(): Gates {
  const gates = new Map<string, { reached: PromiseWithResolvers<void>; opened: PromiseWithResolvers<void> }>()
  const gate = (name: string) => {
    const known = gates.get(name) ?? { reached: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() }
    gates.set(name, known)
    return known
  }
  return {
    async pass(name) {
      gate(name).reached.resolve()
      await gate(name).opened.promise
    },
    reached: (name) => gate(name).reached.promise,
    open: (name) => gate(name).opened.resolve(),
  }
}
