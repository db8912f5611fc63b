import { timingSafeEqual } from 'node:crypto'

/** In constant time. How long the given one is may show: the other has a length that everybody knows. */
export function equalTexts(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
