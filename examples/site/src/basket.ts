import { findArticle, type Article } from './catalogue.ts'

/** How many of each article, by the article's slug. Prices are never kept here: they come from the catalogue. */
export type Basket = Record<string, number>

export interface BasketLine {
  readonly article: Article
  readonly quantity: number
  readonly pence: number
}

export const MOST_OF_ONE = 12

/**
 * A new basket: `session.update` may call this twice, so it changes nothing in place. An article that was there keeps
 * its line.
 */
export function withQuantity(basket: Basket, slug: string, quantity: number): Basket {
  if (quantity > 0) return { ...basket, [slug]: Math.min(quantity, MOST_OF_ONE) }
  const { [slug]: _, ...others } = basket
  return others
}

/** What the catalogue no longer has is left out. */
export function linesOf(basket: Basket): BasketLine[] {
  return Object.entries(basket).flatMap(([slug, quantity]) => {
    const article = findArticle(slug)
    return article === undefined ? [] : [{ article, quantity, pence: article.pence * quantity }]
  })
}

export function countOf(basket: Basket): number {
  return linesOf(basket).reduce((sum, line) => sum + line.quantity, 0)
}

export function totalOf(basket: Basket): number {
  return linesOf(basket).reduce((sum, line) => sum + line.pence, 0)
}
