import catalogue from '../catalogue.json' with { type: 'json' }

export const CATALOGUE: ReadonlyMap<string, string> = new Map(Object.entries(catalogue))

/** What Django wrote, or we did: how many of each. Whatever else is there is left out. */
export function readBasket(stored: unknown): Record<string, number> {
  if (typeof stored !== 'object' || stored === null) return {}
  return Object.fromEntries(
    Object.entries(stored).filter(
      (line): line is [string, number] => CATALOGUE.has(line[0]) && Number.isInteger(line[1]),
    ),
  )
}

export function withQuantity(basket: Record<string, number>, slug: string, quantity: number): Record<string, number> {
  const { [slug]: _, ...others } = basket
  return quantity > 0 ? { ...others, [slug]: quantity } : others
}
